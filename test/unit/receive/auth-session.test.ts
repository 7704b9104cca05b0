/** AUTH (RFC 4954) and CLIENTID of one connection, over real sockets and TLS; who may sign in is decided by the test. */
import { randomBytes } from 'node:crypto'
import { afterEach, describe, expect, test } from 'vitest'
import type { Credentials } from '../../../src/accounts/credentials.ts'
import { credentialsOf } from '../../../src/accounts/credentials.ts'
import type { SignIn, SignInOrigin, SubmissionHooks, Submitter } from '../../../src/receive/submitter.ts'
import { wrongPassword } from '../../../src/smtp/replies.ts'
import { testCertificate } from '../../support/certificates.ts'
import { ListenerRig } from '../../support/listener-rig.ts'
import type { RawClient } from '../../support/raw-client.ts'
import { scramClient } from '../../support/scram-client.ts'

const ann: Submitter = { accountId: 1, name: 'ann', senders: [], dailyLimit: null, changedAt: 0 }
const refused: SignIn = { kind: 'refused', reply: wrongPassword }
const signedIn: SignIn = { kind: 'signed-in', submitter: ann }
const credentials: Credentials = await credentialsOf('secret, word', randomBytes, {
  scrypt: { cost: 16, blockSize: 8, parallelization: 1 },
  scramIterations: 4096,
})

const rigs: ListenerRig[] = []
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.close()
})

interface Started {
  readonly rig: ListenerRig
  readonly asked: SignInOrigin[]
  /** What `current` answers. */
  account: Submitter | undefined
}

async function start(tls: 'starttls' | 'implicit', offersClientId = true): Promise<Started> {
  const asked: SignInOrigin[] = []
  const judge = (isRight: boolean, origin: SignInOrigin) => {
    asked.push(origin)
    return Promise.resolve(isRight ? signedIn : refused)
  }
  const submission: SubmissionHooks = {
    offersClientId,
    clientKey: ({ type, token }) => `hash of ${type} ${token}`,
    checkPassword: (name, password, origin) => judge(name === 'ann' && password === 'secret, word', origin),
    beginScram: async () => ({ kind: 'goes-on', verifier: credentials.scram, nonce: 'server' }),
    endScram: (name, isProved, origin) => judge(name === 'ann' && isProved, origin),
    current: async () => started.account,
  }
  const rig = await ListenerRig.start({
    listener: { kind: 'submission', tls, certificate: testCertificate() },
    hooks: { submission },
  })
  rigs.push(rig)
  const started: Started = { rig, asked, account: ann }
  return started
}

const trust = { ca: testCertificate().cert, servername: 'relay.example' }
const base64 = (text: string) => Buffer.from(text).toString('base64')
const plain = (name: string, password: string, as = '') =>
  `AUTH PLAIN ${base64(`${as}\0${name}\0${password}`)}`

async function secureClient(): Promise<{ client: RawClient; started: Started }> {
  const started = await start('implicit')
  return { client: await started.rig.greeted({ tls: trust }), started }
}

describe('without TLS', () => {
  test('neither AUTH nor CLIENTID is offered or taken, and nobody sends', async () => {
    const { rig, asked } = await start('starttls')
    const client = await rig.client()
    await client.reply()
    const ehlo = await client.command('EHLO client.example')
    expect(ehlo).toContain('STARTTLS')
    expect(ehlo).not.toMatch(/AUTH|CLIENTID/)
    expect(
      await client.commands(plain('ann', 'secret, word'), 'CLIENTID UUID x', 'MAIL FROM:<a@alias.example>'),
    ).toEqual([
      expect.stringMatching(/^538 5\.7\.11 /),
      expect.stringMatching(/^530 5\.7\.0 .*STARTTLS/),
      expect.stringMatching(/^530 5\.7\.0 .*STARTTLS/),
    ])
    expect(asked).toEqual([])
  })
})

describe('AUTH over TLS', () => {
  test('is needed before MAIL', async () => {
    const { client } = await secureClient()
    expect(await client.command('MAIL FROM:<ann@alias.example>')).toMatch(/^530 5\.7\.0 /)
    expect(await client.command(plain('ann', 'secret, word'))).toMatch(/^235 2\.7\.0 /)
    expect(await client.command('MAIL FROM:<ann@alias.example> AUTH=<>')).toMatch(/^250 /)
  })

  test('PLAIN: with the initial response and without, and nobody acts as somebody else', async () => {
    const { client } = await secureClient()
    expect(await client.command(plain('ann', 'wrong'))).toMatch(/^535 5\.7\.8 /)
    expect(await client.command(plain('ann', 'secret, word', 'bob'))).toMatch(/^535 5\.7\.8 /)
    expect(await client.command('AUTH PLAIN')).toBe('334 ')
    expect(await client.command(base64('ann\0ann\0secret, word'))).toMatch(/^235 /)
  })

  test('LOGIN: name and password, each asked for', async () => {
    const { client } = await secureClient()
    expect(await client.command('AUTH LOGIN')).toBe(`334 ${base64('Username:')}`)
    expect(await client.command(base64('ann'))).toBe(`334 ${base64('Password:')}`)
    expect(await client.command(base64('secret, word'))).toMatch(/^235 /)
  })

  test('SCRAM-SHA-256: both sides prove that they know the password', async () => {
    const { client } = await secureClient()
    const scram = scramClient('ann', 'secret, word')
    const decoded = (reply: string) => Buffer.from(reply.slice(4), 'base64').toString()
    const first = await client.command(`AUTH SCRAM-SHA-256 ${base64(scram.first)}`)
    const proof = await client.command(base64(scram.final(decoded(first))))
    expect(decoded(proof)).toBe(scram.serverFinal())
    expect(await client.command('')).toMatch(/^235 /)
  })

  test('SCRAM-SHA-256: a wrong password gets no proof of the server', async () => {
    const { client } = await secureClient()
    const scram = scramClient('ann', 'another')
    const first = await client.command(`AUTH SCRAM-SHA-256 ${base64(scram.first)}`)
    const serverFirst = Buffer.from(first.slice(4), 'base64').toString()
    expect(await client.command(base64(scram.final(serverFirst)))).toMatch(/^535 5\.7\.8 /)
  })

  test.each([
    ['AUTH', /^501 5\.5\.4 /],
    ['AUTH CRAM-MD5', /^504 5\.5\.4 /],
    ['AUTH PLAIN !!!', /^501 5\.5\.2 /],
    ['AUTH PLAIN YQ', /^501 5\.5\.2 /],
    ['AUTH PLAIN =', /^501 5\.5\.2 /],
    [`AUTH PLAIN ${base64('ann\0secret')}`, /^501 5\.5\.2 /],
    [`AUTH PLAIN ${base64('\0ann\0')}`, /^501 5\.5\.2 /],
    [`AUTH PLAIN ${Buffer.from([0, 0xff, 0, 0xfe]).toString('base64')}`, /^501 5\.5\.2 /],
    [`AUTH SCRAM-SHA-256 ${base64('p=tls-exporter,,n=ann,r=x')}`, /^501 5\.5\.2 /],
    ['AUTH PLAIN a b', /^501 5\.5\.4 /],
  ])('%s is refused', async (line, reply) => {
    const { client, started } = await secureClient()
    expect(await client.command(line)).toMatch(reply)
    expect(started.asked).toEqual([])
  })

  test('can be given up with an asterisk, and happens once', async () => {
    const { client } = await secureClient()
    expect(await client.command('AUTH LOGIN')).toMatch(/^334 /)
    expect(await client.command('*')).toMatch(/^501 5\.7\.0 /)
    expect(await client.command(plain('ann', 'secret, word'))).toMatch(/^235 /)
    expect(await client.command(plain('ann', 'secret, word'))).toMatch(/^503 5\.5\.1 /)
    expect(await client.command('EHLO client.example')).not.toMatch(/AUTH|CLIENTID/)
  })

  test('ends the connection after five failures', async () => {
    const { client } = await secureClient()
    for (let n = 0; n < 5; n++) expect(await client.command(plain('ann', 'wrong'))).toMatch(/^535 /)
    expect(await client.command(plain('ann', 'secret, word'))).toMatch(/^421 4\.7\.0 /)
    await client.closed
  })

  test('of an account that was changed since does not hold any longer', async () => {
    const { client, started } = await secureClient()
    await client.command(plain('ann', 'secret, word'))
    started.account = undefined
    expect(await client.command('MAIL FROM:<ann@alias.example>')).toMatch(/^421 4\.7\.0 /)
  })

  test('shows with the message: protocol, account and client; never in the log what was said', async () => {
    const { client, started } = await secureClient()
    await client.commands('CLIENTID UUID abc', plain('ann', 'secret, word'), 'MAIL FROM:<ann@alias.example>')
    await client.commands('RCPT TO:<team@alias.example>', 'DATA')
    expect(await client.command('Subject: x\r\n\r\n.')).toMatch(/^250 /)
    expect(started.rig.messages[0]).toMatchObject({
      trusted: true,
      submitter: ann,
      peer: { protocol: 'ESMTPSA', account: 'ann', clientKey: 'hash of UUID abc' },
    })
    expect(JSON.stringify(started.rig.events)).not.toMatch(/secret|AHNl/)
  })
})

describe('CLIENTID (draft-storey-smtp-client-id-19)', () => {
  test('the dialog of the draft: after STARTTLS, before AUTH', async () => {
    const { rig, asked } = await start('starttls')
    const client = await rig.client()
    expect(await client.reply()).toMatch(/^220 /)
    expect(await client.command('EHLO client.example')).not.toContain('CLIENTID')
    expect(await client.command('STARTTLS')).toMatch(/^220 /)
    await client.startTls(trust)
    expect(await client.command('EHLO client.example')).toMatch(/^250-CLIENTID$/m)
    expect(await client.command('CLIENTID UUID 23bf83be-aad7-46aa-9e6b-39191ccb402f')).toMatch(/^250 /)
    expect(await client.command('AUTH LOGIN')).toMatch(/^334 /)
    expect(await client.command(base64('ann'))).toMatch(/^334 /)
    expect(await client.command(base64('secret, word'))).toMatch(/^235 /)
    expect(asked).toMatchObject([{ clientKey: 'hash of UUID 23bf83be-aad7-46aa-9e6b-39191ccb402f' }])
  })

  test('is taken once, before AUTH, in its syntax', async () => {
    const { client } = await secureClient()
    expect(await client.command('CLIENTID UUID')).toMatch(/^501 5\.5\.4 /)
    expect(await client.command('CLIENTID UUID one')).toMatch(/^250 /)
    expect(await client.command('CLIENTID UUID two')).toMatch(/^503 5\.5\.1 /)
    await client.command(plain('ann', 'secret, word'))
    expect(await client.command('CLIENTID UUID three')).toMatch(/^503 5\.5\.1 /)
  })

  test('is dropped by RSET, and can be given again', async () => {
    const { client, started } = await secureClient()
    await client.commands('CLIENTID UUID one', 'RSET', plain('ann', 'wrong'))
    expect(started.asked.at(-1)).toMatchObject({ clientKey: undefined })
    expect(await client.command('CLIENTID UUID two')).toMatch(/^250 /)
    await client.command(plain('ann', 'secret, word'))
    expect(started.asked.at(-1)).toMatchObject({ clientKey: 'hash of UUID two' })
  })

  test('is not there where it is turned off', async () => {
    const { rig } = await start('implicit', false)
    const client = await rig.client({ tls: trust })
    await client.reply()
    expect(await client.command('EHLO client.example')).not.toContain('CLIENTID')
    expect(await client.command('CLIENTID UUID one')).toMatch(/^502 /)
  })
})

test('a listener for mail of the world knows neither', async () => {
  const rig = await ListenerRig.start({ listener: { tls: 'implicit', certificate: testCertificate() } })
  rigs.push(rig)
  const client = await rig.client({ tls: trust })
  await client.reply()
  expect(await client.command('EHLO client.example')).not.toMatch(/AUTH|CLIENTID/)
  expect(await client.commands(plain('ann', 'secret, word'), 'CLIENTID UUID x')).toEqual([
    expect.stringMatching(/^500 /),
    expect.stringMatching(/^500 /),
  ])
  expect(await client.command('MAIL FROM:<a@alias.example> AUTH=<>')).toMatch(/^555 /)
})
