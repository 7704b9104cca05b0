import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { startRelay } from '../../src/relay.ts'
import { openReader } from '../support/database-beside.ts'
import { meshRelay } from '../support/mesh.ts'
import type { Planets } from '../support/planets.ts'
import { planets } from '../support/planets.ts'
import { RecordingLog } from '../support/recording-log.ts'
import { returnedIn, textOf } from '../support/reports.ts'
import { plainMessage, send } from '../support/send.ts'
import { afterTest, stage } from '../support/stage.ts'
import { publishKeys } from '../support/test-relay.ts'
import { verifyOctets, verifyReceived } from '../support/verify.ts'

const envelope = { from: 'a@origin.example', to: ['crew@earth.example'] }

/** What Mars has taken, in the order in which it took it. */
function takenOnMars({ mars }: Planets) {
  const reader = openReader(mars.database)
  const taken = reader.listMessages({ limit: 5_000 }).toSorted((a, b) => (a.queueId < b.queueId ? -1 : 1))
  reader.close()
  return taken
}

test('a message crosses by Batch SMTP, and its chain is verified with keys of a zone file', async () => {
  const on = await stage()
  const pair = await planets(on)
  expect(pair.mars.config.resolver.servers).toBeUndefined()
  const octets = await on.origin.sign(plainMessage(), envelope)
  const { queueId } = await send(pair.earth.localPort, { ...envelope, octets })
  const [copy] = await on.sink.received(1)
  expect(copy?.forwardPaths).toEqual(['inbox@destination.example'])
  const verdict = await verifyReceived(copy, on.zone)
  expect(verdict.state).toBe('pass')
  expect(verdict.hops.map(hop => hop.domain)).toEqual(['origin.example', 'earth.example', 'mars.example'])

  const { fields } = await pair.earth.log.until(({ text: said }) => said === 'delivered')
  expect(fields).toMatchObject({ queueId, nextHop: `https://127.0.0.1:${pair.toMars.port}/bsmtp` })
  const [taken] = takenOnMars(pair)
  expect(taken).toMatchObject({ listener: 'http', peer: { helo: 'relay.earth.example', protocol: 'ESMTPS' } })
})

test('a failure on Mars comes back by Batch SMTP, and the report and what it returns verify', async () => {
  const on = await stage()
  const author = await meshRelay(on, 'author.example', { ben: ['home@destination.example'] })
  await planets(on)
  on.sink.always('rcpt', async ({ line }) => (line.includes('<inbox@') ? '550 5.1.1 nobody here' : undefined))
  await send(author.localPort, { from: 'ben@author.example', to: envelope.to, octets: plainMessage() })
  const [report] = await on.sink.received(1)
  expect(report?.forwardPaths).toEqual(['home@destination.example'])
  expect(await verifyReceived(report, on.zone)).toMatchObject({ state: 'pass' })
  expect(textOf(report)).toContain('Final-Recipient: rfc822; crew@earth.example')
  expect(textOf(report)).not.toContain('mars.example')
  const returned = Buffer.from(returnedIn(report), 'latin1')
  expect(await verifyOctets(returned, on.zone)).toMatchObject({
    state: 'pass',
    hops: [{ domain: 'author.example' }],
  })
})

test('a URI record leads to the gateway where they are looked for', async () => {
  const on = await stage()
  const pair = await planets(on)
  publishKeys(on.zone, {
    'mars.example': { _bsmtp_https: [['uri', `10 1 https://127.0.0.1:${pair.toMars.port}/bsmtp`]] },
  })
  const finder = await meshRelay(
    on,
    'finder.example',
    { crew: ['crew@mars.example'] },
    {
      batchSmtp: {
        useUriRecords: true,
        found: {
          gatherMilliseconds: 0,
          clientCertificate: {
            certificateFile: `${pair.folder}/cert.pem`,
            keyFile: `${pair.folder}/key.pem`,
          },
        },
      },
      delivery: { certificateAuthoritiesFile: `${pair.folder}/cert.pem` },
    },
  )
  const octets = await on.origin.sign(plainMessage(), { from: envelope.from, to: ['crew@finder.example'] })
  await send(finder.localPort, { from: envelope.from, to: ['crew@finder.example'], octets })
  // Its certificate alone does not do: Mars wants the token of a peer too, which is never shown to what DNS names.
  const { fields } = await finder.log.until(({ text: said }) => said === 'deferred')
  expect(fields.reason).toContain('HTTP status 401')
  expect(takenOnMars(pair)).toEqual([])
})

test.each([
  ['five hours: what waits goes as it was signed', 5, 'delivered'],
  ['twelve days that goes on: what waits has failed while its signature still counts', 12 * 24, 'failed'],
])('after an outage of %s', async (_what, hours, outcome) => {
  const on = await stage()
  const pair = await planets(on, { gateway: { retrySeconds: [5 * 3_600] } })
  pair.toMars.turn(false)
  const octets = await on.origin.sign(plainMessage(), envelope)
  const { queueId } = await send(pair.earth.localPort, { ...envelope, octets })
  await pair.earth.log.until(({ text: said }) => said === 'deferred')
  await pair.earth.stop()
  pair.toMars.turn(outcome === 'delivered')
  const log = new RecordingLog()
  const later = await startRelay(pair.earth.config, {
    clock: () => Date.now() + hours * 3_600_000,
    random: count => randomBytes(count),
    log,
  })
  afterTest(() => later.stop())
  const ends = ['delivered', 'failed']
  const { text: said } = await log.until(
    ({ text: end, fields }) => fields.queueId === queueId && ends.includes(end),
  )
  expect(said).toBe(outcome)
  expect(takenOnMars(pair)).toHaveLength(outcome === 'delivered' ? 1 : 0)
})

/** By hand SPACE_MESSAGES=1000 sends more of them. */
const messages = Number(process.env.SPACE_MESSAGES ?? 40)
/** Long enough for a machine to read an object of a quarter of them, now and then. */
const upMilliseconds = messages < 1_000 ? 150 : 400

test(`of ${messages} messages over a link that is up 10 % of the time none is lost, none comes twice, each sender's stay in order`, async () => {
  const on = await stage()
  const pair = await planets(on, {
    gateway: { maxMessages: messages / 4 },
    // What Mars has taken is read at the end.
    mars: { retention: { bodySeconds: 86_400 } },
  })
  // The answer to the first object is lost: Mars has it, and Earth does not know.
  const comesAndGoes = pair.mars.log
    .until(({ text: said }) => said === 'object')
    .then(() => pair.toMars.alternate(upMilliseconds, 9 * upMilliseconds))
  const senders = ['a', 'b', 'c', 'd']
  await Promise.all(
    senders.map(async (sender, at) => {
      for (let number = 0; number < messages / senders.length; number++) {
        const from = `${sender}${at}@origin.example`
        const octets = await on.origin.sign(
          plainMessage({ subject: `${from} ${number}`, extra: `X-Number: ${number}\r\n` }),
          { from, to: envelope.to },
        )
        await send(pair.earth.localPort, { from, to: envelope.to, octets })
      }
    }),
  )
  await comesAndGoes
  await pair.earth.log.count('delivered', messages)
  const taken = takenOnMars(pair)
  expect(taken).toHaveLength(messages)
  const numbers = new Map<string, number[]>()
  const reader = openReader(pair.mars.database)
  for (const { queueId } of taken) {
    const header = reader.message(queueId)?.octets?.toString('latin1') ?? ''
    const [, from = '', number = ''] = /^Subject: (\S+) (\d+)\r$/m.exec(header) ?? []
    numbers.set(from, [...(numbers.get(from) ?? []), Number(number)])
  }
  reader.close()
  expect(numbers.size).toBe(senders.length)
  for (const list of numbers.values())
    expect(list).toEqual(Array.from({ length: messages / senders.length }, (_, at) => at))
  // It was no link that is always there.
  expect(pair.toMars.cut).toBeGreaterThan(0)
  expect(
    pair.mars.log.lines.filter(({ text: said }) => said === 'posted again: taken before').length,
  ).toBeGreaterThan(0)
}, 600_000)
