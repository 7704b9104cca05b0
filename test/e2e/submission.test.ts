/** Submission (RFC 6409) with the clients that people have: nodemailer, and swaks of Debian's packages. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createTransport, type Transporter } from 'nodemailer'
import { describe, expect, test } from 'vitest'
import { addAccount, testPassword } from '../support/accounts.ts'
import { openReader, openWriter } from '../support/database-beside.ts'
import { fieldOf } from '../support/list.ts'
import type { Stage } from '../support/stage.ts'
import { afterTest, relayOn, stage } from '../support/stage.ts'
import type { TestRelay } from '../support/test-relay.ts'
import { mailauthVerdict } from '../support/today-verifiers.ts'
import { verifyReceived } from '../support/verify.ts'

const listeners = [
  { name: 'mx', port: 0, tls: 'none', earlyTalkerDelayMilliseconds: 0 },
  { name: 'submission', kind: 'submission', port: 0, tls: 'starttls', earlyTalkerDelayMilliseconds: 0 },
  { name: 'submissions', kind: 'submission', port: 0, tls: 'implicit', earlyTalkerDelayMilliseconds: 0 },
] as const

async function submissionRelay(
  settings: object = {},
): Promise<{ on: Stage; relay: TestRelay; ports: number[] }> {
  const on = await stage()
  const relay = await relayOn(on, {
    listeners: [...listeners],
    domains: { 'alias.example': { aliases: { ann: ['ann@destination.example'] } } },
    submission: { failureDelayMilliseconds: 0 },
    ...settings,
  })
  return { on, relay, ports: relay.relay.listeners.map(({ port }) => port) }
}

function client(port: number, secure: boolean, options: object = {}): Transporter {
  const transport = createTransport({
    host: '127.0.0.1',
    port,
    secure,
    requireTLS: true,
    // The relay shows the certificate that it has made itself.
    tls: { rejectUnauthorized: false },
    auth: { user: 'ann', pass: testPassword },
    ...options,
  })
  afterTest(async () => transport.close())
  return transport
}

const mail = {
  from: 'Ann <ann@alias.example>',
  to: 'you@destination.example',
  subject: 'Hello',
  text: 'Hello',
}

describe('DKIM of what is submitted', () => {
  test('is of the domain in From, and passes elsewhere; an author of another domain is refused, so that none is made for it', async () => {
    const { on, relay, ports } = await submissionRelay()
    await addAccount(relay, 'ann', ['ann@alias.example', 'ann@elsewhere.example'])
    const transport = client(ports[2] ?? 0, true)
    await transport.sendMail(mail)
    await expect(transport.sendMail({ ...mail, from: 'Ann <ann@elsewhere.example>' })).rejects.toThrow(
      /550 5\.7\.1 ann may not send as/,
    )
    const [own] = await on.sink.received(1)
    const { dkim } = await mailauthVerdict(own?.octets ?? Buffer.alloc(0), on.zone)
    expect(dkim).toEqual(['alias.example ed pass', 'alias.example rsa pass'])
  })
})

describe('nodemailer', () => {
  test.each([
    ['STARTTLS', 1, false],
    ['TLS from the first octet', 2, true],
  ] as const)('submits over %s; the copy is signed at i=1 and nobody sees Bcc', async (_, at, secure) => {
    const { on, relay, ports } = await submissionRelay()
    await addAccount(relay, 'ann', ['ann@alias.example'])
    const transport = client(ports[at] ?? 0, secure)
    const raw = [
      'From: Ann <ann@alias.example>',
      'To: you@destination.example',
      'Bcc: boss@destination.example',
      'Subject: Hello',
      '',
      'Hello',
      '',
    ].join('\r\n')
    await transport.sendMail({
      envelope: { from: 'ann@alias.example', to: ['you@destination.example', 'boss@destination.example'] },
      raw,
    })
    const copies = await on.sink.received(2)
    for (const copy of copies) {
      expect(await verifyReceived(copy, on.zone)).toMatchObject({ state: 'pass', hops: [{ sequence: 1 }] })
      expect(copy.octets.toString()).not.toMatch(/^bcc:/im)
      expect(fieldOf(copy, 'Date')).toMatch(/^\w{3}, \d\d? \w{3} \d{4} /)
      expect(fieldOf(copy, 'Message-ID')).toMatch(/^<[^<>]+@alias\.example>$/)
      expect(fieldOf(copy, 'Received')).toContain('ESMTPSA')
    }
    expect(copies.flatMap(copy => copy.forwardPaths).sort()).toEqual([
      'boss@destination.example',
      'you@destination.example',
    ])
  })

  test('submits many messages over pooled connections', async () => {
    const { on, relay, ports } = await submissionRelay()
    await addAccount(relay, 'ann', ['@alias.example'])
    const transport = client(ports[2] ?? 0, true, { pool: true, maxConnections: 2, maxMessages: 5 })
    await Promise.all(
      Array.from({ length: 20 }, (_, n) => transport.sendMail({ ...mail, subject: `Number ${n}` })),
    )
    const copies = await on.sink.received(20)
    expect(new Set(copies.map(copy => fieldOf(copy, 'Subject'))).size).toBe(20)
  })

  test('is told what is wrong: password, sender, author, and the day that is full', async () => {
    const { relay, ports } = await submissionRelay()
    await addAccount(relay, 'ann', ['ann@alias.example'], { dailyLimit: 2 })
    const transport = client(ports[2] ?? 0, true)
    const wrong = client(ports[2] ?? 0, true, { auth: { user: 'ann', pass: 'wrong' } })
    await expect(wrong.sendMail(mail)).rejects.toMatchObject({ code: 'EAUTH', responseCode: 535 })
    const boss = { from: 'boss@alias.example', to: ['you@destination.example'] }
    await expect(transport.sendMail({ ...mail, envelope: boss })).rejects.toMatchObject({
      responseCode: 550,
      response: expect.stringContaining('ann may not send as <boss@alias.example>'),
    })
    const from = { envelope: { from: 'ann@alias.example', to: ['you@destination.example'] } }
    await expect(transport.sendMail({ ...mail, ...from, from: 'boss@alias.example' })).rejects.toMatchObject({
      response: expect.stringContaining('ann may not send as boss@alias.example'),
    })
    await transport.sendMail({ ...mail, to: 'one@destination.example, two@destination.example' })
    await expect(transport.sendMail(mail)).rejects.toMatchObject({
      responseCode: 450,
      response: expect.stringMatching(
        /4\.7\.1 this account may send to 2 recipients a day; try again in \d+ min/,
      ),
    })
  })

  test('has to sign in again once its account was disabled', async () => {
    const { relay, ports } = await submissionRelay()
    const id = await addAccount(relay, 'ann', ['ann@alias.example'])
    const transport = client(ports[2] ?? 0, true, { pool: true, maxConnections: 1 })
    await transport.sendMail(mail)
    const writer = openWriter(relay.database)
    writer.changeAccount(id, { state: 'disabled' }, Date.now())
    writer.close()
    await expect(transport.sendMail(mail)).rejects.toThrow()
    await expect(client(ports[2] ?? 0, true).sendMail(mail)).rejects.toMatchObject({ code: 'EAUTH' })
  })

  test('hears by a report of what fails, and the hop log names its account', async () => {
    const { on, relay, ports } = await submissionRelay()
    await addAccount(relay, 'Ann', ['ann@alias.example'])
    on.sink.always('rcpt', ({ line }) => (line.includes('gone@') ? '550 5.1.1 no such user' : undefined))
    await client(ports[2] ?? 0, true).sendMail({ ...mail, to: 'gone@destination.example' })
    const [report] = await on.sink.received(1)
    expect(report).toMatchObject({
      reversePath: expect.stringMatching(/^$|^b\+/),
      forwardPaths: ['ann@destination.example'],
    })
    expect(report?.octets.toString()).toContain('gone@destination.example')
    const reader = openReader(relay.database)
    const submitted = reader.listMessages({ limit: 10 }).find(({ record }) => record.kind === 'originate')
    reader.close()
    expect(submitted?.peer).toMatchObject({ account: 'Ann', protocol: 'ESMTPSA' })
  })
})

test('too many wrong passwords of a network end with the time to come again, and nobody elsewhere notices', async () => {
  const { on, relay, ports } = await submissionRelay({
    submission: { failureDelayMilliseconds: 0, failuresPerNetwork: 3 },
  })
  await addAccount(relay, 'ann', ['ann@alias.example'])
  const port = ports[2] ?? 0
  for (let n = 0; n < 3; n++) {
    const guess = client(port, true, { auth: { user: `name${n}`, pass: 'wrong' } })
    await expect(guess.sendMail(mail)).rejects.toMatchObject({ responseCode: 535 })
  }
  await expect(client(port, true).sendMail(mail)).rejects.toMatchObject({
    responseCode: 454,
    response: expect.stringMatching(/4\.7\.0 too many wrong passwords, try again in \d+ seconds/),
  })
  await client(port, true, { localAddress: '127.0.0.9' }).sendMail(mail)
  expect(await on.sink.received(1)).toHaveLength(1)
})

const swaks = ['/usr/bin/swaks', '/usr/local/bin/swaks'].find(existsSync)
if (swaks === undefined) console.warn('tests with swaks are skipped: it is not installed (package swaks)')

describe.skipIf(swaks === undefined)('swaks', () => {
  async function run(...args: readonly string[]) {
    const child = spawn(swaks ?? '', ['--helo', 'client.example', '--server', '127.0.0.1', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const out: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => out.push(chunk))
    const [status] = (await once(child, 'close')) as [number | null]
    return { status, out: Buffer.concat(out).toString() }
  }

  test.each(['PLAIN', 'LOGIN'])('submits with AUTH %s over STARTTLS', async mechanism => {
    const { on, relay, ports } = await submissionRelay()
    await addAccount(relay, 'ann', ['ann@alias.example'])
    const { status, out } = await run(
      ...['--port', String(ports[1]), '--tls', '--auth', mechanism],
      ...['--auth-user', 'ann', '--auth-password', testPassword],
      ...['--from', 'ann@alias.example', '--to', 'you@destination.example'],
    )
    expect([status, out]).toEqual([0, expect.stringContaining('250 2.0.0 queued as')])
    const [copy] = await on.sink.received(1)
    if (copy === undefined) throw new Error('nothing received')
    expect(await verifyReceived(copy, on.zone)).toMatchObject({ state: 'pass' })
  })

  test.each([
    ['without TLS', ['--auth', 'PLAIN'], 28],
    ['without AUTH', ['--tls'], 23],
  ])('gets nowhere %s', async (_, how, expected) => {
    const { relay, ports } = await submissionRelay()
    await addAccount(relay, 'ann', ['ann@alias.example'])
    const { status } = await run(
      ...['--port', String(ports[1]), ...how, '--auth-user', 'ann', '--auth-password', testPassword].slice(
        0,
        how.includes('--auth') ? undefined : 2 + how.length,
      ),
      ...['--from', 'ann@alias.example', '--to', 'you@destination.example'],
    )
    expect(status).toBe(expected)
  })
})
