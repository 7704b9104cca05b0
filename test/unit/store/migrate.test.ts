import { existsSync, symlinkSync, writeFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openStore } from '../../../src/store/open-store.ts'
import { openDatabase } from '../../../src/store/sqlite/database.ts'
import { migrate, schemaVersion } from '../../../src/store/sqlite/migrate.ts'
import { openReader } from '../../support/database-beside.ts'
import { newFile, newMessage, newStore, queueId } from './fixtures.ts'

function open(file: string): Database.Database {
  const database = new Database(file)
  onTestFinished(() => {
    database.close()
  })
  return database
}

const userVersion = (database: Database.Database) => database.pragma('user_version', { simple: true })

describe('migrations', () => {
  test('an empty file gets all tables, each of them STRICT, and the version of the last migration', () => {
    const { database } = openDatabase({ file: newFile() })
    const tables = database.prepare(`SELECT name, strict FROM pragma_table_list WHERE schema = 'main'`).all()
    database.close()
    const ours = (tables as { name: string; strict: number }[]).filter(
      ({ name }) => !name.startsWith('sqlite_'),
    )
    expect(ours.map(({ name }) => name).sort()).toEqual([
      'account_clients',
      'account_rates',
      'account_use',
      'accounts',
      'admins',
      'alias_changes',
      'alias_target_changes',
      'alias_targets',
      'aliases',
      'api_tokens',
      'attempts',
      'batch_messages',
      'deliveries',
      'delivery_octets',
      'digest_looks',
      'dmarc_days',
      'dmarc_failures',
      'dmarc_reports',
      'dmarc_results',
      'former_subscribers',
      'list_changes',
      'list_message_ids',
      'list_news',
      'list_news_told',
      'list_post_octets',
      'list_posts',
      'list_requests',
      'lists',
      'message_headers',
      'message_identities',
      'message_octets',
      'message_terms',
      'messages',
      'process_runs',
      'queue_id_mark',
      'relay_jobs',
      'relays',
      'sealed_files',
      'sts_policies',
      'subscribers',
      'term_index',
      'term_index_mark',
      'tls_reports',
      'tls_sessions',
      'under_way',
      'untold',
    ])
    expect(ours.every(({ strict }) => strict === 1)).toBe(true)
  })

  test('commits are on disk before they are answered: WAL with synchronous FULL', () => {
    const { database } = openDatabase({ file: newFile() })
    const settings = ['journal_mode', 'synchronous', 'foreign_keys'].map(name =>
      database.pragma(name, { simple: true }),
    )
    database.close()
    expect(settings).toEqual(['wal', 2, 1])
  })

  test('opening again changes nothing and keeps what is there', async () => {
    const file = newFile()
    const first = await openStore({ file })
    await first.spool(newMessage(1))
    await first.close()
    const second = await newStore({ file })
    expect((await second.message(queueId(1)))?.octets).toEqual(newMessage(1).octets)
  })

  test('only what is missing is applied', () => {
    const database = open(newFile())
    const migrations = [1, 2, 3].map(version => ({
      version,
      sql: `CREATE TABLE t${version} (a INTEGER) STRICT;`,
    }))
    migrate(database, migrations.slice(0, 2))
    migrate(database, migrations)
    expect(userVersion(database)).toBe(3)
  })

  test('a migration that fails leaves the database as it was before it', () => {
    const database = open(newFile())
    const migrations = [
      { version: 1, sql: 'CREATE TABLE one (a INTEGER) STRICT;' },
      { version: 2, sql: 'CREATE TABLE two (a INTEGER) STRICT; CREATE TABLE one (a INTEGER) STRICT;' },
    ]
    expect(() => migrate(database, migrations)).toThrow(/already exists/)
    expect(userVersion(database)).toBe(1)
    expect(database.prepare(`SELECT name FROM sqlite_schema`).pluck().all()).toEqual(['one'])
  })

  test('a database of a newer program is refused', async () => {
    const file = newFile()
    await (await openStore({ file })).close()
    const database = open(file)
    database.pragma(`user_version = ${schemaVersion() + 1}`)
    await expect(openStore({ file })).rejects.toMatchObject({
      code: 'newer',
      message: expect.stringContaining(file),
    })
    expect(() => openReader(file)).toThrow(expect.objectContaining({ code: 'newer' }))
  })
})

describe('opening', () => {
  test('another SQLite database is refused and not touched', async () => {
    const file = newFile()
    const database = open(file)
    database.exec('CREATE TABLE someone_elses (a INTEGER)')
    await expect(openStore({ file })).rejects.toMatchObject({ code: 'not-a-store' })
    expect(database.pragma('journal_mode', { simple: true })).toBe('delete')
  })

  test('a file that is no database is refused', async () => {
    const file = newFile()
    writeFileSync(file, 'From: somebody\r\n'.repeat(500))
    await expect(openStore({ file })).rejects.toMatchObject({ code: 'not-a-store' })
    expect(() => openReader(file)).toThrow(expect.objectContaining({ code: 'not-a-store' }))
  })

  test('a folder that is missing is named', async () => {
    const file = `${newFile()}/nowhere/relay.db`
    await expect(openStore({ file })).rejects.toMatchObject({
      code: 'missing',
      message: expect.stringContaining('/nowhere: there is no such folder'),
    })
  })

  test('a second relay on the same database is refused, until the first has ended', async () => {
    const file = newFile()
    const first = await openStore({ file })
    await expect(openStore({ file })).rejects.toMatchObject({ code: 'in-use' })
    await first.close()
    await (await openStore({ file })).close()
  })

  test('a relay keeps out one that comes by another name of the file', async () => {
    const [file, link] = [newFile(), newFile()]
    const running = await openStore({ file })
    onTestFinished(() => running.close())
    symlinkSync(file, link)
    await expect(openStore({ file: link })).rejects.toMatchObject({ code: 'in-use' })
  })
})

describe('the reader', () => {
  test('a missing file is refused and not created', () => {
    const file = newFile()
    expect(() => openReader(file)).toThrow(expect.objectContaining({ code: 'missing' }))
    expect(existsSync(file)).toBe(false)
  })

  test('it reads what a running relay has written, and what a stopped one has left', async () => {
    const file = newFile()
    const store = await openStore({ file })
    await store.spool(newMessage(1))
    const beside = openReader(file)
    expect(beside.message(queueId(1))?.sizeBytes).toBe(newMessage(1).octets.length)
    await store.spool(newMessage(2))
    expect(beside.listMessages({ limit: 10 }).map(message => message.queueId)).toEqual([
      queueId(2),
      queueId(1),
    ])
    beside.close()
    await store.close()
    const after = openReader(file)
    expect(after.lastQueueId()).toBe(queueId(2))
    after.close()
  })

  test('it cannot write', async () => {
    const file = newFile()
    await (await openStore({ file })).close()
    const reader = openReader(file)
    onTestFinished(() => reader.close())
    expect(() => reader.spool(newMessage(2))).toThrow(expect.objectContaining({ code: 'read-only' }))
  })
})
