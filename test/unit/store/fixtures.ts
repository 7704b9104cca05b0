/** Messages, deliveries and a folder of its own for tests of the store. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { openStore, openStoreBeside } from '../../../src/store/open-store.ts'
import type { PostgresSettings } from '../../../src/store/postgres/connection-settings.ts'
import type { Claim } from '../../../src/store/queries.ts'
import type { AttemptRecord, NewDelivery, NewMessage, PlanOutcome } from '../../../src/store/records.ts'
import type { NewRelay } from '../../../src/store/relay-records.ts'
import type { Access, StorePlace, StoreSettings } from '../../../src/store/settings.ts'
import type { Store } from '../../../src/store/store.ts'
import type { PostgresServer } from '../../support/postgres.ts'
import { admission } from '../../support/records.ts'

/** A file name in a new folder that goes away with the test. */
export function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'store-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return join(folder, 'relay.db')
}

let server: PostgresServer | undefined
/** What has been opened so far, by the file that would hold it. */
const databases = new Map<string, string>()

/** From now on every store is a database of this server instead of a file. */
export function useServer(started: PostgresServer): void {
  server = started
}

/** Whether stores are on a server: what is about files is not tried then. */
export function isOnServer(): boolean {
  return server !== undefined
}

let template: Promise<string> | undefined

/** A database that the others are copies of: it has the tables, and nothing in them. */
async function withTables(started: PostgresServer, settings: (database: string) => PostgresSettings) {
  const database = await started.newDatabase()
  await (await openStoreBeside(settings(database), 'change')).close()
  return database
}

async function onServer(file: string, isEmpty = false): Promise<PostgresSettings | undefined> {
  if (server === undefined) return undefined
  const started = server
  const settings = (database: string) => ({ url: started.url(database), connections: 4 })
  template ??= withTables(started, settings)
  const known = databases.get(file)
  // Whoever looks first finds a database without tables.
  if (known === undefined && isEmpty) return settings(await started.newDatabase())
  const database = known ?? (await started.newDatabase(await template))
  databases.set(file, database)
  return settings(database)
}

/** An open store that is closed with the test. */
export async function newStore(settings: Partial<StoreSettings> = {}): Promise<Store> {
  const file = settings.file ?? newFile()
  const store = await openStore({ ...settings, file, postgres: await onServer(file) })
  onTestFinished(() => store.close())
  return store
}

/** The same store as a command opens it, beside relays. */
export async function newStoreBeside(file: string, access: Access): Promise<Store> {
  const place: StorePlace = (await onServer(file, access === 'read')) ?? file
  const store = await openStoreBeside(place, access)
  onTestFinished(() => store.close())
  return store
}

/** How a planned delivery, or one whose attempt of that number was announced, is held. */
export function claimOf(id = 0, attempts = 1): Claim {
  return { id, attempts }
}

/** A relay that shares a store with others. */
export function newRelay(file: string, name: string, relay: Partial<NewRelay> = {}): Promise<Store> {
  return newStore({ file, isShared: true, relay: { name, now: 0, leaseMilliseconds: 1000, ...relay } })
}

/** A queue id that sorts like its number. */
export function queueId(number: number): string {
  return `T${String(number).padStart(10, '0')}`
}

export function newMessage(number: number, changes: Partial<NewMessage> = {}): NewMessage {
  return {
    queueId: queueId(number),
    receivedAt: 1000,
    record: { kind: 'forward', admission: { ...admission, state: 'pass' } },
    state: 'spooled',
    listener: 'smtp',
    peer: { address: '127.0.0.1', port: 2525, helo: 'origin.example', protocol: 'ESMTP' },
    envelope: { reversePath: 'alice@origin.example', forwardPaths: ['team@alias.example'], smtpUtf8: false },
    octets: Buffer.from(`Subject: ${number}\r\n\r\nbody\r\n`),
    prepend: Buffer.from('Received: from here\r\n'),
    removed: [2, 5],
    ...changes,
  }
}

export function newDelivery(ordinal: number, changes: Partial<NewDelivery> = {}): NewDelivery {
  return {
    ordinal,
    recipient: 'team@alias.example',
    forwardPath: `r${ordinal}@destination.example`,
    reversePath: 'b+token@alias.example',
    destination: 'destination.example',
    prefix: Buffer.from('DKIM2-Signature: i=2\r\n'),
    hop: {
      sequence: 2,
      profile: 'mailversion',
      domain: 'alias.example',
      selectors: ['ed'],
      timestampSeconds: 1,
    },
    kind: 'alias',
    nextAttemptAt: 60_000,
    expiresAt: 1_000_000,
    ...changes,
  }
}

export const forwarded: PlanOutcome = { state: 'forwarded', keepUntil: 2_000_000 }

export function newAttempt(changes: Partial<AttemptRecord> = {}): AttemptRecord {
  return {
    startedAt: 2000,
    endedAt: 2050,
    nextHop: 'mx.destination.example[192.0.2.1]:25',
    tls: { version: 'TLSv1.3' },
    choice: { why: 'MX preference 10' },
    reply: { code: 250, enhanced: '2.0.0', text: 'ok' },
    phase: 'body',
    outcome: 'delivered',
    ...changes,
  }
}

/** Spools and plans a message; its deliveries. */
export async function queued(store: Store, number: number, deliveries: readonly NewDelivery[]) {
  await store.spool(newMessage(number))
  return store.plan(queueId(number), deliveries, forwarded)
}
