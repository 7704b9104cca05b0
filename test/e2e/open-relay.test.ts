/**
 * Never an open relay: every combination of listener, client, sender and recipient, with the old spellings that have opened relays
 * (source routes, `%`, `!`, quoted parts). What may pass is the table in docs/operating.md, and nothing else.
 */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addAccount, testPassword } from '../support/accounts.ts'
import { DnsServer } from '../support/dns-server.ts'
import { RawClient } from '../support/raw-client.ts'
import { startTestRelay, type TestRelay } from '../support/test-relay.ts'

/** Columns of the table: who asks. */
const clients = ['anybody', 'trusted network', 'not signed in', 'signed in'] as const
type Client = (typeof clients)[number]

/** Rows of the table: MAIL FROM, RCPT TO. */
const senders = {
  own: [
    'ann@alias.example',
    '"ann"@ALIAS.example',
    'ann+tag@alias.example',
    '@far.example:ann@alias.example',
  ],
  'own, of another account': ['bob@alias.example', '"bob"@alias.example'],
  foreign: [
    'mallory@far.example',
    'ann%alias.example@far.example',
    '"ann@alias.example"@far.example',
    'x@sub.alias.example',
  ],
  none: [''],
} as const
type Sender = keyof typeof senders

const recipients = {
  'alias or list': [
    'team@alias.example',
    'TEAM@Alias.Example',
    '"team"@alias.example',
    '@far.example:team@alias.example',
    'postmaster',
  ],
  'nobody here': [
    'nobody@alias.example',
    'you%far.example@alias.example',
    '"you@far.example"@alias.example',
    'far.example!you@alias.example',
    '"you%far.example"@alias.example',
    '@far.example:you%far.example@alias.example',
  ],
  foreign: [
    'you@far.example',
    '@alias.example:you@far.example',
    '@alias.example,@relay.example:you@far.example',
    'team%alias.example@far.example',
    '"team@alias.example"@far.example',
    'you@[192.0.2.1]',
    'team@sub.alias.example',
    'team@relay.example',
  ],
} as const
type Recipient = keyof typeof recipients

type Table = Record<Sender, Record<Recipient, Record<Client, boolean>>>

/** Reads the table of docs/operating.md: `| MAIL FROM | RCPT TO | anybody | ... |`, with yes and no. */
function documented(): Table {
  const text = readFileSync(new URL('../../docs/operating.md', import.meta.url), 'utf8')
  const rows = text
    .split('\n')
    .filter(line => / (?:yes|no) \|/.test(line))
    .map(line =>
      line
        .split('|')
        .slice(1, -1)
        .map(cell => cell.trim()),
    )
  const table: Partial<Record<string, Record<string, Record<string, boolean>>>> = {}
  for (const [sender = '', recipient = '', ...answers] of rows) {
    const of = table[sender] ?? {}
    table[sender] = of
    of[recipient] = Object.fromEntries(clients.map((client, at) => [client, answers[at] === 'yes']))
  }
  return table as Table
}

let dns: DnsServer
let relay: TestRelay
beforeAll(async () => {
  const zone = {}
  dns = await DnsServer.start(zone)
  const greeted = { port: 0, earlyTalkerDelayMilliseconds: 0 } as const
  relay = await startTestRelay({
    dns,
    zone,
    config: {
      postmaster: 'ann@destination.example',
      listeners: [
        { ...greeted, name: 'plain', tls: 'none' },
        { ...greeted, name: 'starttls', tls: 'starttls' },
        { ...greeted, name: 'implicit', tls: 'implicit' },
        { ...greeted, name: 'inside', tls: 'none', trustedClients: ['127.0.0.1'] },
        { ...greeted, name: 'submission', kind: 'submission', tls: 'starttls' },
        { ...greeted, name: 'submissions', kind: 'submission', tls: 'implicit' },
      ],
      domains: {
        'alias.example': {
          aliases: {
            team: ['ann@destination.example'],
            ann: ['ann@destination.example'],
            bob: ['b@destination.example'],
          },
        },
      },
      limits: { maxConnectionsPerPeer: 500 },
    },
  })
  await addAccount(relay, 'ann', ['ann@alias.example'])
})
afterAll(async () => {
  await relay.remove()
  await dns.close()
})

const insecure = { rejectUnauthorized: false }

async function connected(listener: string, client: Client): Promise<RawClient> {
  const open = relay.relay.listeners.find(({ name }) => name === listener)
  const port = open?.port ?? 0
  const raw = await RawClient.connect({ port, ...(open?.tls === 'implicit' && { tls: insecure }) })
  await raw.reply()
  await raw.command('EHLO client.example')
  if (open?.tls === 'starttls' && client !== 'anybody') {
    await raw.command('STARTTLS')
    await raw.startTls(insecure)
    await raw.command('EHLO client.example')
  }
  if (client === 'signed in') {
    const token = Buffer.from(`\0ann\0${testPassword}`).toString('base64')
    expect(await raw.command(`AUTH PLAIN ${token}`)).toMatch(/^235 /)
  }
  return raw
}

/** Whether a recipient is taken; nothing is sent. */
async function isTaken(raw: RawClient, sender: string, recipient: string): Promise<boolean> {
  const [, mail = '', rcpt = ''] = await raw.commands(
    'RSET',
    `MAIL FROM:<${sender}>`,
    `RCPT TO:<${recipient}>`,
  )
  for (const reply of [mail, rcpt]) expect(reply).toMatch(/^[245]\d\d /)
  return mail.startsWith('250') && rcpt.startsWith('250')
}

const ways: readonly (readonly [listener: string, client: Client])[] = [
  ['plain', 'anybody'],
  ['starttls', 'anybody'],
  ['implicit', 'anybody'],
  ['inside', 'trusted network'],
  ['submission', 'not signed in'],
  ['submissions', 'not signed in'],
  ['submission', 'signed in'],
  ['submissions', 'signed in'],
]

describe.each(ways)('listener %s, %s', (listener, client) => {
  const pairs = Object.entries(senders).flatMap(([sender, paths]) =>
    Object.entries(recipients).flatMap(([recipient, forwardPaths]) =>
      paths.flatMap(from => forwardPaths.map(to => ({ sender, recipient, from, to }))),
    ),
  )

  test('takes what the table allows, in every spelling, and nothing else', async () => {
    const table = documented()
    let raw = await connected(listener, client)
    const wrong: string[] = []
    for (const [at, { sender, recipient, from, to }] of pairs.entries()) {
      // A session is ended after so many refused commands.
      if (at % 6 === 5) {
        raw.end()
        raw = await connected(listener, client)
      }
      const expected = table[sender as Sender]?.[recipient as Recipient]?.[client]
      if ((await isTaken(raw, from, to)) !== expected) wrong.push(`<${from}> to <${to}>: not ${expected}`)
    }
    raw.end()
    expect(wrong).toEqual([])
  })
})

test('before STARTTLS nobody signs in and nobody sends on a submission listener', async () => {
  const raw = await connected('submission', 'anybody')
  const token = Buffer.from(`\0ann\0${testPassword}`).toString('base64')
  expect(
    await raw.commands(`AUTH PLAIN ${token}`, 'MAIL FROM:<ann@alias.example>', 'RCPT TO:<you@far.example>'),
  ).toEqual([expect.stringMatching(/^538 /), expect.stringMatching(/^530 /), expect.stringMatching(/^503 /)])
  raw.end()
})

test('what was said before STARTTLS counts for nothing after it', async () => {
  const raw = await connected('submission', 'anybody')
  await raw.write('STARTTLS\r\nMAIL FROM:<ann@alias.example>\r\nRCPT TO:<you@far.example>\r\nDATA\r\n')
  expect(await raw.reply()).toMatch(/^220 /)
  await raw.startTls(insecure)
  expect(await raw.command('EHLO client.example')).toMatch(/^250-/)
  expect(await raw.command('RCPT TO:<you@far.example>')).toMatch(/^503 /)
  raw.end()
})
