/** Starts that cannot succeed: each says what is wrong, and leaves no timer, socket or thread that would keep the process alive. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { parseConfig } from '../../../src/config/load.ts'
import type { RelayConfigInput } from '../../../src/config/schema.ts'
import { startRelay } from '../../../src/relay.ts'
import { openStore } from '../../../src/store/open-store.ts'
import { openWriter } from '../../support/database-beside.ts'
import { RecordingLog } from '../../support/recording-log.ts'
import { temporaryFolder } from '../../support/test-relay.ts'

type Changes = Partial<RelayConfigInput>

let folder: string
let file: (...parts: string[]) => string

beforeEach(() => {
  folder = temporaryFolder()
  file = (...parts) => join(folder, ...parts)
  mkdirSync(file('keys'), { mode: 0o700 })
})

afterEach(() => rmSync(folder, { recursive: true }))

function start(changes: Partial<RelayConfigInput>) {
  const input = {
    hostname: 'relay.example',
    listeners: [{ name: 'mx', port: 0, tls: 'none' }],
    domains: { 'alias.example': { aliases: { team: ['one@destination.example'] } } },
    resolver: { servers: ['127.0.0.1:9'], timeoutMilliseconds: 100, tries: 1 },
    dataDirectory: file('data'),
    keysDirectory: file('keys'),
    ...changes,
  }
  const world = {
    clock: () => Date.now(),
    random: (size: number) => randomBytes(size),
    log: new RecordingLog(),
  }
  return startRelay(parseConfig(input, { file: 'test', folder }), world)
}

/** What would keep this process alive, by kind; the test runner has some too. */
function held(): Map<string, number> {
  const kinds = ['MessagePort', 'TCPServerWrap', 'TCPSocketWrap', 'UDPWrap', 'PipeWrap']
  const active = process.getActiveResourcesInfo()
  return new Map(kinds.map(kind => [kind, active.filter(one => one === kind).length]))
}

/** Intervals that were begun and not ended, unref'd ones too. */
function openIntervals(): () => number {
  const begun = vi.spyOn(globalThis, 'setInterval')
  const ended = vi.spyOn(globalThis, 'clearInterval')
  onTestFinished(() => {
    begun.mockRestore()
    ended.mockRestore()
  })
  return () => {
    const over = new Set(ended.mock.calls.map(([timer]) => timer))
    return begun.mock.results.filter(({ value }) => !over.has(value)).length
  }
}

function secret(name: string, octets: number): Changes {
  writeFileSync(file('keys', name), randomBytes(octets), { mode: 0o600 })
  return {}
}

function database(make: (database: Database.Database) => void): Changes {
  mkdirSync(file('data'), { mode: 0o700 })
  const opened = new Database(file('data', 'relay.sqlite'))
  make(opened)
  opened.close()
  return {}
}

function dataFolder(mode: number): Changes {
  mkdirSync(file('data'))
  chmodSync(file('data'), mode)
  return {}
}

async function takenPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

interface FailedStart {
  readonly what: string
  /** Brings it about. */
  before(): Changes | Promise<Changes>
  /** What is said. */
  readonly says: RegExp
}

const domain = (settings: object): Changes => ({ domains: { 'alias.example': settings } })
const aliases = (table: Record<string, string[]>): Changes => domain({ aliases: table })
const noFile = { certificateFile: '/nonexistent/cert.pem', keyFile: '/nonexistent/key.pem' }

const failedStarts: readonly FailedStart[] = [
  {
    what: 'the key of the bounce addresses is empty',
    before: () => secret('bounce-address.key', 0),
    says: /bounce-address\.key: expected 32 octets, found 0/,
  },
  {
    what: 'the key of the bounce addresses has 16 octets',
    before: () => secret('bounce-address.key', 16),
    says: /bounce-address\.key: expected 32 octets, found 16/,
  },
  {
    what: 'an earlier key of the bounce addresses is empty',
    before: () => secret('bounce-address.until-9999999999999.key', 0),
    says: /bounce-address\.until-9999999999999\.key: expected 32 octets, found 0/,
  },
  {
    what: 'the key of the bounce addresses is open to others',
    before() {
      secret('bounce-address.key', 32)
      chmodSync(file('keys', 'bounce-address.key'), 0o644)
      return {}
    },
    says: /bounce-address\.key.*mode 0644.*chmod 600/,
  },
  {
    what: 'the key of the list tokens is empty',
    before: () => secret('list-token.key', 0),
    says: /list-token\.key: expected 32 octets, found 0/,
  },
  {
    what: 'a signing key is none',
    before: () => secret('ed._domainkey.alias.example.pem', 100),
    says: /ed\._domainkey\.alias\.example\.pem: holds no private key/,
  },
  {
    what: 'a domain is to be signed with a selector that has no key',
    before: () => domain({ aliases: {}, signing: { selectors: ['nowhere'] } }),
    says: /nowhere/,
  },
  {
    what: 'a folder is where the key of the bounce addresses should be',
    before() {
      mkdirSync(file('keys', 'bounce-address.key'), { mode: 0o700 })
      return {}
    },
    says: /bounce-address\.key/,
  },
  {
    what: 'the port of the second listener is taken',
    async before() {
      const port = await takenPort()
      const listeners = [
        { name: 'mx', port: 0, tls: 'starttls' },
        { name: 'second', port, tls: 'none' },
      ] as const
      return { listeners: [...listeners] }
    },
    says: /listener second on 127\.0\.0\.1:\d+ cannot be opened: .*EADDRINUSE/,
  },
  {
    what: 'the port of the HTTP listener is taken',
    before: async () => ({ http: { port: await takenPort(), publicUrl: 'https://relay.example' } }),
    says: /http on 127\.0\.0\.1:\d+ cannot be opened: .*EADDRINUSE/,
  },
  {
    what: 'a certificate cannot be read',
    before: () => ({ listeners: [{ name: 'mx', port: 0, tls: 'starttls', certificate: noFile }] }),
    says: /listener mx .*\/nonexistent\/cert\.pem/,
  },
  {
    what: 'the certificate of the HTTP listener cannot be read',
    before: () => ({ http: { port: 0, publicUrl: 'https://relay.example', certificate: noFile } }),
    says: /http on 127\.0\.0\.1:0 .*\/nonexistent\/cert\.pem/,
  },
  {
    what: 'the authorities cannot be read',
    before: () => ({ delivery: { certificateAuthoritiesFile: '/nonexistent/ca.pem' } }),
    says: /\/nonexistent\/ca\.pem/,
  },
  {
    what: 'the database was written by a newer program',
    before() {
      openWriterOnce()
      const opened = new Database(file('data', 'relay.sqlite'))
      opened.pragma('user_version = 9999')
      opened.close()
      return {}
    },
    says: /relay\.sqlite: .*version 9999.*newer program/,
  },
  {
    what: 'the database is that of another program',
    before: () => database(opened => void opened.exec('CREATE TABLE other (a)')),
    says: /relay\.sqlite: this is not a database of the relay/,
  },
  {
    what: 'the database is no database',
    before() {
      mkdirSync(file('data'), { mode: 0o700 })
      writeFileSync(
        file('data', 'relay.sqlite'),
        'something else entirely, and long enough to be read'.repeat(99),
      )
      return {}
    },
    says: /relay\.sqlite: .*not a database/,
  },
  {
    what: 'another relay runs on the database',
    async before() {
      mkdirSync(file('data'), { mode: 0o700 })
      const store = await openStore({ file: file('data', 'relay.sqlite') })
      onTestFinished(() => store.close())
      return {}
    },
    says: /another relay is running on this database/,
  },
  {
    what: 'the data folder is a file',
    before() {
      writeFileSync(file('data'), '')
      return {}
    },
    says: /\/data: expected a folder/,
  },
  {
    what: 'the data folder cannot be made',
    before: () => ({ dataDirectory: '/proc/relay/data' }),
    says: /\/proc\/relay/,
  },
  {
    what: 'others may enter the data folder',
    before: () => dataFolder(0o755),
    says: /\/data: other users may enter .*mode 0755.*Run: chmod 700 '\/.*\/data'/,
  },
  {
    what: 'the group may enter the data folder',
    before: () => dataFolder(0o710),
    says: /mode 0710.*chmod 700/,
  },
  {
    what: 'an alias leads to itself',
    before: () => aliases({ circle: ['circle@alias.example'] }),
    says: /alias loop: circle@alias\.example -> circle@alias\.example/,
  },
  {
    what: 'aliases lead to one another',
    before: () =>
      aliases({ one: ['two@alias.example'], two: ['three@alias.example'], three: ['ONE@alias.example'] }),
    says: /alias loop: one@alias\.example -> two@alias\.example -> three@alias\.example -> one@alias\.example/,
  },
  {
    what: 'a catch-all leads to an address of its own domain that only it takes',
    before: () => aliases({ '*': ['archive@alias.example'] }),
    says: /alias loop: .*archive@alias\.example -> archive@alias\.example/,
  },
  {
    what: 'catch-alls lead to one another',
    before: () => ({
      domains: {
        'alias.example': { aliases: { '*': ['*@second.example'] } },
        'second.example': { aliases: { '*': ['*@alias.example'] } },
      },
    }),
    says: /alias loop: \*@alias\.example -> \*@second\.example -> \*@alias\.example/,
  },
]

function openWriterOnce(): void {
  mkdirSync(file('data'), { mode: 0o700 })
  openWriter(file('data', 'relay.sqlite')).close()
}

test.each(failedStarts)('$what: said, and nothing is left', async ({ before, says }) => {
  const changes = await before()
  const heldBefore = held()
  const intervals = openIntervals()
  await expect(start(changes)).rejects.toThrow(says)
  expect(intervals()).toBe(0)
  await vi.waitFor(() => {
    for (const [kind, number] of held()) expect(number, kind).toBeLessThanOrEqual(heldBefore.get(kind) ?? 0)
  })
})

test('a start that failed is made good by mending what it named', async () => {
  secret('bounce-address.key', 16)
  await expect(start({})).rejects.toThrow(/bounce-address\.key/)
  rmSync(file('keys', 'bounce-address.key'))
  const relay = await start({})
  await relay.stop()
  expect(statSync(file('keys', 'bounce-address.key')).size).toBe(32)
})

test('what keeps local parts, leads to a list, or to its owners is no problem', async () => {
  openWriterOnce()
  const writer = openWriter(file('data', 'relay.sqlite'))
  const settings = { title: 'News', owners: ['owner@destination.example'] }
  writer.createList({ address: 'news@alias.example', settings, createdAt: 0 })
  writer.close()
  const relay = await start({
    postmaster: 'team@alias.example',
    domains: {
      'alias.example': {
        aliases: {
          team: ['one@destination.example'],
          all: ['news@alias.example', 'team@alias.example', 'TEAM@alias.example'],
          owners: ['news-owner@alias.example'],
          '*': ['*@second.example'],
        },
      },
      'second.example': { aliases: { box: ['team@alias.example'] } },
    },
  })
  await relay.stop()
})
