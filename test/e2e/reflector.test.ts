/** The reflector of a running relay: what a signed message comes back as, and whom it answers. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, test } from 'vitest'
import type { ProfileId } from '../../src/dkim2/index.ts'
import { readMessage } from '../../src/message/message.ts'
import { reflectors } from '../../src/record/reflection-record.ts'
import { openStore } from '../../src/store/open-store.ts'
import { openReader } from '../support/database-beside.ts'
import { dkimSigner } from '../support/dkim.ts'
import { reflectedTo } from '../support/reflected.ts'
import { plainMessage, type SendResult, send } from '../support/send.ts'
import { afterTest, relayOn, type Stage, stage } from '../support/stage.ts'
import { serverDatabase } from '../support/store-of-tests.ts'
import {
  databaseIn,
  publishKeys,
  startTestRelay,
  type TestRelay,
  type TestRelaySettings,
  temporaryFolder,
} from '../support/test-relay.ts'
import { mailauthVerdict } from '../support/today-verifiers.ts'
import { verifyReceived } from '../support/verify.ts'

const from = 'a@origin.example'

interface Mirror {
  readonly on: Stage
  readonly relay: TestRelay
  /** Sends a message that the originator has signed. */
  signed(to: string, profile?: ProfileId, octets?: Buffer): Promise<SendResult>
  unsigned(to: string, octets: Buffer, reversePath?: string): Promise<SendResult>
}

async function mirror(config: Partial<TestRelaySettings['config']> = {}): Promise<Mirror> {
  const on = await stage()
  const routes = { 'origin.example': { host: '127.0.0.1', port: on.sink.port, tls: 'none' } } as const
  const domains = { 'mirror.example': { reflector: true } }
  const relay = await relayOn(on, { domains, routes, ...config })
  const unsigned = (to: string, octets: Buffer, reversePath = from) =>
    send(relay.port, { from: reversePath, to: [to], octets })
  return {
    on,
    relay,
    unsigned,
    signed: async (to, profile = 'mailversion', octets = plainMessage()) =>
      unsigned(to, await on.origin.sign(octets, { from, to: [to] }, profile)),
  }
}

test.each([
  ['mailversion', reflectors.filter(one => one !== 'nd')],
  ['message-instance', reflectors],
] as const)(
  '%s: a signed message comes back through this hop, and a report beside it',
  async (profile, addresses) => {
    const { on, signed } = await mirror()
    for (const [at, reflector] of addresses.entries()) {
      const address = `reflect-${reflector}@mirror.example`
      const { queueId, data } = await signed(address, profile, plainMessage({ subject: `For ${reflector}` }))
      expect(data).toMatch(/^250 /)
      const mails = await on.sink.received(2 * at + 2)
      const { report, reportMail, returned } = await reflectedTo(mails.slice(-2))

      expect(report).toMatchObject({ reflector, address, queueId, vouchedBy: 'DKIM2', notReturned: null })
      expect(report).toMatchObject({ verdict: { result: 'pass', profile }, envelope: { mailFrom: from } })
      expect(reportMail).toMatchObject({ reversePath: '', forwardPaths: [from] })
      expect(await verifyReceived(reportMail, on.zone)).toMatchObject({
        state: 'pass',
        hops: [{ sequence: 1, domain: 'mirror.example' }],
      })

      expect(returned).toMatchObject({ reversePath: report.returned?.mailFrom, forwardPaths: [from] })
      const { state, error } = await verifyReceived(returned, on.zone)
      const { dkim } = await mailauthVerdict(returned.octets, on.zone)
      // What is changed after signing fails by DKIM too.
      const passes = report.returned?.expect.result === 'pass'
      if (passes) expect(dkim).toEqual(['mirror.example ed pass', 'mirror.example rsa pass'])
      expect({ reflector, state, error }).toEqual({ reflector, state: report.returned?.expect.result, error })
    }
  },
)

test('what comes back has what was found out on top, below the hop', async () => {
  const { on, signed } = await mirror()
  await signed('reflect-raw@mirror.example')
  const { returned } = await reflectedTo(await on.sink.received(2))
  const names = readMessage(returned.octets).fields.map(({ name }) => name)
  expect(names.slice(0, 6)).toEqual([
    'DKIM2-Signature',
    'MailVersion',
    'DKIM-Signature',
    'DKIM-Signature',
    'Authentication-Results',
    'Received',
  ])
})

test('a message that no hop can be made of: the report says why, and nothing else comes', async () => {
  const { on, signed, unsigned } = await mirror({ profile: 'message-instance' })
  publishKeys(on.zone, { 'origin.example': { '@': [['txt', 'v=spf1 ip4:127.0.0.1 -all']] } })
  await unsigned('reflect-raw@mirror.example', plainMessage())
  const [mail] = await on.sink.received(1)
  expect(mail?.octets.toString('latin1')).toContain('From not authentic')
  await signed('reflect-raw@mirror.example')
  expect((await reflectedTo((await on.sink.received(3)).slice(1))).report.vouchedBy).toBe('DKIM2')
})

test('a message that a crash left on disk is answered at the next start', async () => {
  const { on, relay, signed } = await mirror()
  const { queueId } = await signed('reflect-subject@mirror.example')
  await on.sink.received(2)
  await relay.stop()
  const reader = openReader(relay.database)
  const left = reader.message(queueId)
  reader.close()
  if (left?.octets == null) throw new Error('the message is gone')

  const folder = temporaryFolder()
  mkdirSync(join(folder, 'data'), { mode: 0o700 })
  const file = databaseIn(folder)
  const store = await openStore({ file, postgres: serverDatabase(file) })
  const { keepUntil: _, octets, ...message } = left
  await store.spool({ ...message, octets, state: 'spooled' })
  await store.close()
  const config = {
    domains: { 'mirror.example': { reflector: true } },
    routes: { 'origin.example': { host: '127.0.0.1', port: on.sink.port, tls: 'none' } },
  } as const
  const again = await startTestRelay({ dns: on.dns, zone: on.zone, config, folder })
  afterTest(() => again.remove())
  const { report, returned } = await reflectedTo((await on.sink.received(4)).slice(2))
  expect(report).toMatchObject({ reflector: 'subject', queueId })
  expect(await verifyReceived(returned, on.zone)).toMatchObject({
    state: 'pass',
    hops: [{}, { sequence: 2 }],
  })
})

describe('whom it answers', () => {
  test('where nothing is turned on there is no such address', async () => {
    const { signed } = await mirror({ domains: { 'mirror.example': {} } })
    expect((await signed('reflect-raw@mirror.example')).rcpt).toEqual([
      expect.stringMatching(/^550 5\.1\.1 /),
    ])
  })

  test('nobody vouches for the sender: refused in the session, so that nobody gets mail he did not ask for', async () => {
    const { unsigned, relay } = await mirror()
    const { data } = await unsigned('reflect-raw@mirror.example', plainMessage())
    expect(data).toMatch(/^550 5\.7\.1 .*DKIM2, DKIM or SPF/)
    const reader = openReader(relay.database)
    expect(reader.listMessages({ limit: 10 })).toEqual([])
    reader.close()
  })

  test('SPF vouches', async () => {
    const { on, unsigned } = await mirror()
    publishKeys(on.zone, { 'origin.example': { '@': [['txt', 'v=spf1 ip4:127.0.0.1 -all']] } })
    await unsigned('reflect-raw@mirror.example', plainMessage())
    const { report, returned } = await reflectedTo(await on.sink.received(2))
    expect(report.vouchedBy).toBe('SPF')
    expect(await verifyReceived(returned, on.zone)).toMatchObject({ state: 'pass', hops: [{ sequence: 1 }] })
  })

  test('DKIM vouches for what names the reflector in To; sent there again by somebody else, it does not', async () => {
    const { on, unsigned } = await mirror()
    const dkim = dkimSigner(on.zone)
    const text = (to: string) => plainMessage().toString('latin1').replace('team@alias.example', to)
    const meant = await dkim.sign(text('reflect-raw@mirror.example'))
    const other = await dkim.sign(text('friend@elsewhere.example'))
    expect((await unsigned('reflect-raw@mirror.example', other)).data).toMatch(/^550 5\.7\.1 /)
    expect((await unsigned('reflect-raw@mirror.example', meant)).data).toMatch(/^250 /)
    expect((await reflectedTo(await on.sink.received(2))).report.vouchedBy).toBe('DKIM')
  })

  test('a broken chain is refused in the words of the draft, whatever the domain does with its aliases', async () => {
    const admit = { fail: 'accept-without-hop' } as const
    const { on, unsigned } = await mirror({ domains: { 'mirror.example': { reflector: true, admit } } })
    const to = 'reflect-raw@mirror.example'
    const octets = await on.origin.sign(plainMessage(), { from, to: [to] })
    const broken = Buffer.from(octets.toString('latin1').replace('Hello.', 'Hello!'), 'latin1')
    expect((await unsigned(to, broken)).data).toMatch(/^550 5\.7\.1 FAIL /)
  })

  test.each([
    ['the null reverse-path', '', ''],
    ['a program (RFC 3834)', from, 'Auto-Submitted: auto-replied\r\n'],
    ['a list', from, 'List-Id: <news.origin.example>\r\n'],
  ])('never %s: it is taken, and nothing follows', async (_who, reversePath, extra) => {
    const { on, relay, unsigned, signed } = await mirror()
    const to = 'reflect-raw@mirror.example'
    const octets = await on.origin.sign(plainMessage({ extra }), { from: reversePath, to: [to] })
    const { queueId } = await unsigned(to, octets, reversePath)
    const reader = openReader(relay.database)
    expect(reader.message(queueId)).toMatchObject({ state: 'obeyed' })
    reader.close()
    await signed(to)
    const { report } = await reflectedTo(await on.sink.received(2))
    expect(report.queueId).not.toBe(queueId)
    expect(on.sink.messages).toHaveLength(2)
  })

  test('never an address of this relay: it would come back here', async () => {
    const { unsigned, on } = await mirror()
    publishKeys(on.zone, { 'mirror.example': { '@': [['txt', 'v=spf1 ip4:127.0.0.1 -all']] } })
    const octets = plainMessage()
    const { data } = await unsigned('reflect-raw@mirror.example', octets, 'reflect-raw@mirror.example')
    expect(data).toMatch(/^550 5\.7\.1 .*own relay/)
  })

  test('no more than its limits: of one address, of one network', async () => {
    const to = 'reflect-raw@mirror.example'
    const address = await mirror({ reflector: { requestsPerAddress: 1 } })
    const subject = (text: string) => plainMessage({ subject: text })
    expect((await address.signed(to, 'mailversion', subject('1'))).data).toMatch(/^250 /)
    expect((await address.signed(to, 'mailversion', subject('2'))).data).toMatch(/^550 5\.7\.1 too many/)
    const network = await mirror({ reflector: { requestsPerNetwork: 1 } })
    expect((await network.signed(to, 'mailversion', subject('1'))).data).toMatch(/^250 /)
    expect((await network.signed(to, 'mailversion', subject('2'))).data).toMatch(/^451 4\.7\.1 too many/)
  })

  test('the same message once: whoever has got hold of it does not make this relay send it again', async () => {
    const { on, relay } = await mirror()
    const to = 'reflect-raw@mirror.example'
    const octets = await on.origin.sign(plainMessage(), { from, to: [to] })
    expect((await send(relay.port, { from, to: [to], octets })).data).toMatch(/^250 /)
    expect((await send(relay.port, { from, to: [to], octets }, '127.0.0.2')).data).toMatch(
      /^550 5\.7\.1 .*Duplicate/,
    )
  })

  test('what cannot be delivered to the sender is reported to nobody', async () => {
    const { on, relay, signed } = await mirror()
    on.sink.always('rcpt', '550 5.1.1 no such address')
    await signed('reflect-raw@mirror.example')
    await relay.log.count('failed, no report is sent', 2)
    const reader = openReader(relay.database)
    expect(
      reader
        .listMessages({ limit: 10 })
        .map(({ record }) => record.kind)
        .sort(),
    ).toEqual(['notice', 'notice', 'reflection'])
    reader.close()
  })
})

test('npm run demo -- reflector: a reflector and a name server on this machine, until it is interrupted', async () => {
  const on = await stage()
  const zoneFile = join(temporaryFolder(), 'zone.json')
  writeFileSync(zoneFile, JSON.stringify(on.zone))
  const args = ['test/demo/main.ts', 'reflector', zoneFile, `127.0.0.1:${on.sink.port}`]
  const demo = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(demo, 'exit')
  afterTest(async () => void demo.kill('SIGKILL'))
  const [line] = (await once(createInterface({ input: demo.stdout }), 'line')) as [string]
  const to = 'reflect-raw@mirror.example'
  const octets = await on.origin.sign(plainMessage(), { from, to: [to] })
  await send(Number(/^SMTP 127\.0\.0\.1:(\d+):/.exec(line)?.[1]), { from, to: [to], octets })
  const { report } = await reflectedTo(await on.sink.received(2))
  expect(report).toMatchObject({ address: to, verdict: { result: 'pass' } })
  demo.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
  rmSync(dirname(zoneFile), { recursive: true })
})
