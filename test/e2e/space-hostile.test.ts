/** The place where objects are posted, and those who should not: strangers, thieves, and peers whose objects are too much. */
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import type { RelayConfigInput } from '../../src/config/schema.ts'
import { certificateFor, testCertificate } from '../support/certificates.ts'
import { openReader } from '../support/database-beside.ts'
import { planets } from '../support/planets.ts'
import { beginPost, objectOf, type PostSettings, postObject } from '../support/post-object.ts'
import { plainMessage } from '../support/send.ts'
import { stage } from '../support/stage.ts'

type BatchSmtp = NonNullable<RelayConfigInput['batchSmtp']>

/** Mars, and a client that shows what the peer called earth shows. */
async function mars(batchSmtp: Partial<BatchSmtp> = {}) {
  const on = await stage()
  const pair = await planets(on, { mars: { batchSmtp } })
  const asEarth: PostSettings = {
    port: pair.mars.relay.http?.port ?? 0,
    authority: testCertificate().cert,
    token: pair.token,
    certificate: testCertificate(),
  }
  const envelope = { from: 'a@origin.example', to: ['crew@mars.example'] }
  const messageOf = async (subject: string) =>
    (await on.origin.sign(plainMessage({ subject }), envelope)).toString('latin1')
  const transaction = (message: string, to = envelope.to[0]) => [
    `MAIL FROM:<${envelope.from}>`,
    `RCPT TO:<${to}>`,
    'DATA',
    `${message.replace(/^\./gm, '..')}.`,
  ]
  const taken = () => {
    const reader = openReader(pair.mars.database)
    const { length } = reader.listMessages({ limit: 100 })
    reader.close()
    return length
  }
  return { on, pair, asEarth, messageOf, transaction, taken }
}

/** What is different from the peer that Mars knows; null: it is not shown. */
interface Shown {
  readonly token?: string
  readonly certificate?: ReturnType<typeof testCertificate> | null
}

describe('who posts shows all that the configuration names', () => {
  test.each<[string, Shown, number]>([
    ['token and certificate', {}, 200],
    ['no token', { token: '' }, 401],
    ['another token', { token: 'another-token-of-the-tests-0123456789' }, 401],
    ['the token in another letter case', { token: 'INTERPLANETARY-TOKEN-OF-THE-TESTS-0123456789' }, 401],
    ['no certificate', { certificate: null }, 401],
    [
      'another certificate for the same names',
      { certificate: certificateFor(['localhost', '127.0.0.1']) },
      401,
    ],
  ])('%s', async (_what, { token, certificate }, status) => {
    const { asEarth } = await mars()
    const { certificate: own, ...others } = asEarth
    const shown = certificate === undefined ? own : certificate
    const client = { ...others, ...(token !== undefined && { token }), ...(shown && { certificate: shown }) }
    expect((await postObject(client, objectOf('NOOP'))).status).toBe(status)
  })
})

describe('a request that is no object', () => {
  test.each([
    ['another media type', { 'content-type': 'message/rfc822' }, 415],
    [
      'one that needs chunks',
      { 'content-type': 'application/batch-SMTP; required-extensions="8bitmime, CHUNKING"' },
      415,
    ],
    ['compressed', { 'content-encoding': 'gzip' }, 415],
    ['another method', { ':method': 'PUT' }, 405],
    ['octets that are no commands', {}, 400],
  ])('%s', async (what, headers, status) => {
    const { asEarth, taken } = await mars()
    const body = what.startsWith('octets') ? Buffer.alloc(100_000, 0xff) : objectOf('NOOP')
    expect((await postObject({ ...asEarth, headers }, body)).status).toBe(status)
    expect(taken()).toBe(0)
  })
})

test('the posting peer is no open relay, and a bare line end hides no second message', async () => {
  const { asEarth, messageOf, transaction, taken } = await mars()
  const smuggled = `${plainMessage()}\n.\nMAIL FROM:<>\r\nRCPT TO:<crew@mars.example>\r\nDATA\r\nX: y\r\n`
  const { status, body } = await postObject(
    asEarth,
    objectOf(
      ...transaction(await messageOf('elsewhere'), 'x@elsewhere.example'),
      ...transaction(smuggled),
      ...transaction(await messageOf('good')),
    ),
  )
  expect(status).toBe(207)
  expect(body.split('\r\n').map(line => line.slice(0, 9))).toEqual([
    '250 hello',
    ...['250 2.1.0', '550 5.7.1', '554 5.5.1', '554 5.5.1'],
    ...['250 2.1.0', '250 2.1.5', '354 go ah', '550 5.6.1'],
    ...['250 2.1.0', '250 2.1.5', '354 go ah', '250 2.0.0'],
    '221 2.0.0',
    '',
  ])
  expect(taken()).toBe(1)
})

test('an object that is posted again is answered as before and taken once; stolen and posted by another peer it goes no further', async () => {
  const { on, pair, asEarth, messageOf, transaction, taken } = await mars()
  const object = objectOf(...transaction(await messageOf('once')))
  const first = await postObject(asEarth, object)
  expect(first.status).toBe(200)
  expect(await postObject(asEarth, object)).toEqual(first)
  expect(taken()).toBe(1)
  const { relay, config } = pair.mars
  const { earth } = config.batchSmtp.peers
  await relay.change({ ...config, batchSmtp: { ...config.batchSmtp, peers: { thief: earth ?? {} } } })
  await postObject(asEarth, object)
  await on.sink.received(1)
  expect(taken()).toBe(1)
})

describe('an object beyond its bounds', () => {
  test.each([
    ['octets', { maxObjectBytes: 4_000 }, 413],
    ['messages', { maxMessages: 1 }, 207],
  ])('in %s gives what stood before, which is known again', async (_what, bounds, status) => {
    const { asEarth, messageOf, transaction, taken } = await mars(bounds)
    const one = await messageOf('one')
    const two = `${await messageOf('two')}${'x'.repeat(70)}\r\n`.repeat(1)
    const padding = `${'y'.repeat(70)}\r\n`.repeat(60)
    const answer = await postObject(asEarth, objectOf(...transaction(one), ...transaction(two + padding)))
    expect(answer.status).toBe(status)
    expect(taken()).toBe(1)
    const again = await postObject(asEarth, objectOf(...transaction(one)))
    expect(again.status).toBe(200)
    expect(taken()).toBe(1)
  })

  test('in time is ended, and one that another of the same peer overtakes', async () => {
    const { asEarth, messageOf, transaction, taken, pair } = await mars({ objectTimeoutSeconds: 1 })
    const slow = beginPost(asEarth)
    slow.stream.write(
      `${['EHLO peer.example', ...transaction(await messageOf('whole'))].join('\r\n')}\r\nMAIL`,
    )
    // Where its client still reads it gets an answer, or none; what it sent is what counts.
    await slow.answer().catch(() => undefined)
    const ended = await pair.mars.log.count('object', 1)
    expect(ended[0]?.fields).toMatchObject({ peer: 'earth', fault: 'cut off' })
    expect(taken()).toBe(1)

    const before = beginPost(asEarth)
    before.stream.write('EHLO peer.example\r\nMAIL')
    await pair.mars.log.count('an object begins', 2)
    const next = postObject(asEarth, objectOf('NOOP'))
    await before.answer().catch(() => undefined)
    const [, overtaken] = await pair.mars.log.count('object', 2)
    expect(overtaken?.fields).toMatchObject({ fault: 'cut off' })
    expect(await next).toMatchObject({ status: 200 })
  })
})

test('a peer that goes away in the middle leaves the messages that came whole, and no half one', async () => {
  const { pair, asEarth, messageOf, transaction, taken } = await mars()
  const half = beginPost(asEarth)
  half.stream.write(`${['EHLO peer.example', ...transaction(await messageOf('whole'))].join('\r\n')}\r\n`)
  half.stream.write('MAIL FROM:<a@origin.example>\r\nRCPT TO:<crew@mars.example>\r\nDATA\r\nSubject: half')
  await pair.mars.log.until(({ text }) => text === 'admitted')
  half.stream.on('error', () => undefined)
  half.stream.session?.destroy()
  await once(half.stream, 'close')
  await pair.mars.log.until(({ text, fields }) => text === 'object' && fields.fault === 'cut off')
  expect(taken()).toBe(1)
})
