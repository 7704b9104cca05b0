/** A relay with plausible mail: an alias, a list that changes what is posted, a moderated list, destinations that are slow or dead. */
import { preparedPassword, scryptVerifier } from '../../src/accounts/password.ts'
import { freshTarget } from '../../src/service/alias-targets/target-standing.ts'
import { openWriter } from '../support/database-beside.ts'
import { DnsServer } from '../support/dns-server.ts'
import type { Originator } from '../support/originator.ts'
import { originator } from '../support/originator.ts'
import { send } from '../support/send.ts'
import { Sink } from '../support/sink.ts'
import { storeList } from '../support/stored-list.ts'
import type { OpenZone, TestRelay } from '../support/test-relay.ts'
import { startTestRelay } from '../support/test-relay.ts'

export const password = 'correct horse battery'

const day = 86_400_000

export interface Demonstration {
  readonly adminPort: number
  readonly folder: string
  close(): Promise<void>
}

export async function demonstration(): Promise<Demonstration> {
  const zone: OpenZone = {}
  const dns = await DnsServer.start(zone, { isRegistered: true })
  const sink = await Sink.start()
  const origin = originator(zone)
  const relay = await startRelay(dns, zone, sink)
  publish(zone)
  addLists(relay)
  await addAdmin(relay)
  await relay.log.until(({ text, fields }) => text === 'lists have changed' && fields.lists === 2)
  await sendMail(relay, origin, sink)
  addTargets(relay)
  return {
    adminPort: relay.relay.admin?.port ?? 0,
    folder: relay.folder,
    async close() {
      await relay.stop()
      await sink.close()
      await dns.close()
    },
  }
}

function startRelay(dns: DnsServer, zone: OpenZone, sink: Sink): Promise<TestRelay> {
  const to = { host: '127.0.0.1', port: sink.port, tls: 'none' } as const
  const dead = { host: '127.0.0.1', port: 1, tls: 'none' } as const
  return startTestRelay({
    dns,
    zone,
    config: {
      hostname: 'relay.alias.example',
      admin: { port: 0 },
      postmaster: 'ann@destination.example',
      domains: {
        'alias.example': {
          aliases: {
            team: ['first@destination.example', 'second@other.example'],
            sales: ['sales@slow.example'],
            office: ['office@dead.example'],
            events: ['events@gone.example', 'first@destination.example'],
          },
        },
        'lists.example': { aliases: {} },
      },
      routes: {
        'destination.example': to,
        'other.example': to,
        'slow.example': to,
        'dead.example': dead,
        'origin.example': to,
      },
    },
  })
}

function publish(zone: OpenZone): void {
  const name = 'relay.alias.example'
  zone['alias.example'] = {
    ...zone['alias.example'],
    '@': [
      ['mx', `10 ${name}.`],
      ['txt', 'v=spf1 a:relay.alias.example -all'],
    ],
    relay: [['a', '192.0.2.25']],
    _dmarc: [['txt', 'v=DMARC1; p=quarantine; rua=mailto:postmaster@alias.example']],
    '_smtp._tls': [['txt', 'v=TLSRPTv1; rua=mailto:postmaster@alias.example']],
  }
}

function addLists({ database }: TestRelay): void {
  const people = ['ada', 'ben', 'chloe', 'dmitri', 'emi', 'farah'].map(name => `${name}@destination.example`)
  const settings = {
    title: 'News',
    subjectTag: '[News]',
    footer: { text: 'You get this as a reader of News.' },
  } as const
  const createdAt = Date.now() - 200 * day
  const listId = storeList(database, {
    address: 'news@lists.example',
    subscribers: people,
    settings,
    createdAt,
  })
  const moderated = { title: 'Announcements', moderation: 'all' } as const
  storeList(database, {
    address: 'announce@lists.example',
    subscribers: people.slice(0, 4),
    settings: moderated,
    createdAt,
  })
  const writer = openWriter(database)
  writer.suspendSubscribers(listId, ['dmitri@destination.example'], {
    at: Date.now() - 3 * day,
    by: 'bounces',
    reason: '550 5.1.1 no such user',
  })
  writer.close()
}

async function addAdmin({ database }: TestRelay): Promise<void> {
  const cost = { cost: 1024, blockSize: 8, parallelization: 1 }
  const scrypt = await scryptVerifier(preparedPassword(password) ?? '', Buffer.alloc(16, 7), cost)
  const writer = openWriter(database)
  writer.createAdmin({ name: 'ann', nameKey: 'ann', role: 'operator', credentials: { scrypt }, createdAt: 1 })
  writer.close()
}

const mails: readonly (readonly [from: string, to: string, subject: string])[] = [
  ['mara@origin.example', 'sales@alias.example', 'Offer for the autumn'],
  ['jane@origin.example', 'office@alias.example', 'Keys of the meeting room'],
  ['tom@origin.example', 'announce@lists.example', 'New opening hours'],
  ['jane@origin.example', 'events@alias.example', 'Dates for the spring'],
  ['mara@origin.example', 'news@lists.example', 'What is new in November'],
  ['tom@origin.example', 'team@alias.example', 'Minutes of the meeting'],
]

async function sendMail(relay: TestRelay, origin: Originator, sink: Sink): Promise<void> {
  sink.always('rcpt', async ({ line }) => {
    if (line.includes('@slow.example')) return '451 4.3.2 too busy, please come back later'
    return undefined
  })
  for (const [at, [from, to, subject]] of mails.entries()) {
    const text = [
      `From: ${from}`,
      `To: ${to}`,
      `Subject: ${subject}`,
      `Message-ID: <${at}@origin.example>`,
      `Date: ${new Date().toUTCString().replace('GMT', '+0000')}`,
      '',
      'Hello,',
      'please find it below.',
      '',
    ]
    const octets = await origin.sign(Buffer.from(text.join('\r\n'), 'latin1'), { from, to: [to] })
    const { data, rcpt } = await send(relay.port, { from, to: [to], octets })
    if (!data.startsWith('250')) throw new Error(`the demonstration was refused: ${data || rcpt.join()}`)
  }
  await relay.log.until(({ text }) => text.includes('rests'))
  await sink.until(({ messages }) => messages.some(one => one.forwardPaths.includes('second@other.example')))
  await sink.until(({ messages }) =>
    messages.some(one => one.forwardPaths.includes('farah@destination.example')),
  )
}

function addTargets({ database }: TestRelay): void {
  const writer = openWriter(database)
  writer.keepAliasTarget({
    ...freshTarget('events@gone.example', 'events@alias.example', Date.now() - 8 * day),
    state: 'suspended',
    suspendedAt: Date.now() - 2 * day,
    suspendedBy: 'bounces',
    reason: '550 5.1.1 no such user',
    bounceScore: 4,
    probeDueAt: Date.now() + 5 * day,
  })
  writer.close()
}
