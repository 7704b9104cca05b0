/** backup and restore: what comes back is what was there, or nothing is changed. */
import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openStore } from '../../../src/store/open-store.ts'
import { relay } from './command-line.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'backup-'))
})

afterEach(() => rmSync(folder, { recursive: true }))

interface Home {
  readonly folder: string
  readonly config: string
  run(...args: string[]): ReturnType<typeof relay>
}

function home(name: string): Home {
  const own = join(folder, name)
  mkdirSync(own)
  const config = join(own, 'relay.config.json')
  return { folder: own, config, run: (...args) => relay([...args, '--config', config]) }
}

const list = 'news@lists.example'

/** A relay with a list and keys, as after some days. */
async function usedHome(): Promise<Home> {
  const used = home('used')
  const settings = {
    hostname: 'r.example',
    listeners: [{ name: 'mx', port: 25 }],
    domains: { 'lists.example': {} },
  }
  writeFileSync(used.config, JSON.stringify(settings))
  expect((await used.run('keys', 'generate')).status).toBe(0)
  writeFileSync(join(used.folder, 'keys', '.gitignore'), '*')
  await createList(used, list)
  return used
}

async function createList(at: Home, address: string): Promise<void> {
  const made = await at.run('lists', 'create', address, '--owner', 'o@owner.example')
  expect(made).toMatchObject({ status: 0 })
}

async function listsOf(at: Home): Promise<string[]> {
  const { out } = await at.run('lists', 'list', '--json')
  return (JSON.parse(out) as { address: string }[]).map(one => one.address)
}

function keysOf(at: Home): Record<string, string> {
  const keys = join(at.folder, 'keys')
  const names = readdirSync(keys).filter(name => !name.startsWith('.'))
  return Object.fromEntries(names.map(name => [name, readFileSync(join(keys, name), 'latin1')]))
}

/** Everything below a folder with its content, but for locks. */
function contentOf(at: Home): Record<string, string> {
  const files = readdirSync(at.folder, { recursive: true, withFileTypes: true }).filter(entry =>
    entry.isFile(),
  )
  const names = files.map(entry => join(entry.parentPath, entry.name)).filter(name => !name.endsWith('.lock'))
  return Object.fromEntries(names.map(name => [name, readFileSync(name, 'latin1')]))
}

describe('a backup', () => {
  test('brings database, keys and configuration to an empty machine, for their owner alone', async () => {
    const used = await usedHome()
    const file = join(folder, 'relay.tar')
    const saved = await used.run('backup', file)
    expect(saved).toMatchObject({ status: 0, notes: '' })
    expect(saved.out).toContain('with 2 files of keys: whoever has it can sign as your domains')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readdirSync(join(used.folder, 'data')).filter(name => name.startsWith('.'))).toEqual([])

    const other = home('other')
    const restored = await other.run('restore', file, '--json')
    expect(restored).toMatchObject({ status: 0, notes: '' })
    expect(JSON.parse(restored.out)).toMatchObject({ hasKeys: true, config: other.config, before: null })
    expect(await listsOf(other)).toEqual([list])
    expect(keysOf(other)).toEqual(keysOf(used))
    expect(readFileSync(other.config)).toEqual(readFileSync(used.config))
    for (const name of ['data', 'keys', 'data/relay.sqlite', 'keys/ed._domainkey.lists.example.pem']) {
      expect(statSync(join(other.folder, name)).mode & 0o077).toBe(0)
    }
    expect(readdirSync(other.folder).toSorted()).toEqual(['data', 'keys', 'relay.config.json'])
  })

  test('is hot: what was committed a moment ago, in the write-ahead log of an open store, is in it', async () => {
    const used = await usedHome()
    const store = await openStore({ file: join(used.folder, 'data/relay.sqlite') })
    await createList(used, 'late@lists.example')
    expect(statSync(join(used.folder, 'data/relay.sqlite-wal')).size).toBeGreaterThan(0)
    expect((await used.run('backup', join(folder, 'hot.tar'))).status).toBe(0)
    await store.close()
    const other = home('other')
    expect((await other.run('restore', join(folder, 'hot.tar'))).status).toBe(0)
    expect(await listsOf(other)).toEqual(['late@lists.example', list])
  })

  test('goes through a pipe from one process to the other', async () => {
    const used = await usedHome()
    const other = home('other')
    const command = `"$NODE" "$MAIN" backup - --config "$FROM" | "$NODE" "$MAIN" restore - --config "$TO"`
    const env = { ...process.env, NODE: process.execPath, MAIN: resolve('src/cli/main.ts') }
    execFileSync('bash', ['-o', 'pipefail', '-c', command], {
      env: { ...env, FROM: used.config, TO: other.config },
      stdio: 'pipe',
    })
    expect(await listsOf(other)).toEqual([list])
    expect(keysOf(other)).toEqual(keysOf(used))
  })

  test('without keys says so, and so does its restore', async () => {
    const used = await usedHome()
    const file = join(folder, 'relay.tar')
    expect((await used.run('backup', file, '--no-keys')).out).toContain('without the keys')
    expect(execFileSync('tar', ['-tf', file], { encoding: 'utf8' })).not.toContain('pem')
    const other = home('other')
    expect((await other.run('restore', file)).out).toContain('bring them back before the start')
  })

  test('overwrites nothing, and there is none where nothing is to save', async () => {
    const used = await usedHome()
    const file = join(folder, 'relay.tar')
    writeFileSync(file, 'precious')
    expect(await used.run('backup', file)).toMatchObject({
      status: 2,
      notes: expect.stringContaining('never overwritten'),
    })
    expect(readFileSync(file, 'utf8')).toBe('precious')
    rmSync(join(used.folder, 'data'), { recursive: true })
    const run = await used.run('backup', join(folder, 'none.tar'))
    expect(run).toMatchObject({ status: 2, notes: expect.stringContaining('no database yet') })
  })

  test('of a database on a server is for the programs of that server: backup and restore say which', async () => {
    const used = await usedHome()
    const file = join(folder, 'relay.tar')
    expect((await used.run('backup', file)).status).toBe(0)
    const settings = JSON.parse(readFileSync(used.config, 'utf8')) as object
    const postgres = 'postgres://relay:secret@db.example:5432/relay'
    writeFileSync(used.config, JSON.stringify({ ...settings, store: { postgres } }))
    const before = contentOf(used)
    const backup = await used.run('backup', join(folder, 'other.tar'))
    const restore = await used.run('restore', file, '--replace')
    for (const [run, program] of [
      [backup, 'pg_dump'],
      [restore, 'pg_restore'],
    ] as const) {
      expect(run).toMatchObject({ status: 2, notes: expect.stringContaining(program) })
      expect(run.notes).not.toContain('secret')
    }
    expect(contentOf(used)).toEqual(before)
    expect(readdirSync(folder).sort()).toEqual(['relay.tar', 'used'])
  })

  test('of a damaged database is refused, and leaves no file', async () => {
    const used = await usedHome()
    const database = join(used.folder, 'data/relay.sqlite')
    const octets = readFileSync(database)
    octets.fill(0xff, 4096 * 3, 4096 * 9)
    writeFileSync(database, octets)
    const run = await used.run('backup', join(folder, 'relay.tar'))
    expect(run.status).toBe(1)
    expect(run.notes).toContain('damaged')
    expect(readdirSync(folder)).toEqual(['used'])
  })
})

describe('a restore', () => {
  async function saved(): Promise<{ used: Home; file: string }> {
    const used = await usedHome()
    const file = join(folder, 'relay.tar')
    expect((await used.run('backup', file)).status).toBe(0)
    return { used, file }
  }

  /** The same backup, changed by somebody. */
  function changed(file: string, change: (unpacked: string) => void): void {
    const unpacked = mkdtempSync(join(folder, 'unpacked-'))
    execFileSync('tar', ['-xf', file, '-C', unpacked])
    change(unpacked)
    execFileSync('tar', ['-cf', file, '-C', unpacked, '.'])
  }

  test('does not touch what is there, unless told to, and keeps what it replaces', async () => {
    const { used, file } = await saved()
    await createList(used, 'later@lists.example')
    const before = contentOf(used)
    const refused = await used.run('restore', file)
    expect(refused.status).toBe(2)
    expect(refused.notes).toContain('With --replace they are moved out of the way')
    expect(contentOf(used)).toEqual(before)

    const restored = await used.run('restore', file, '--replace', '--json')
    expect(restored.status).toBe(0)
    expect(await listsOf(used)).toEqual([list])
    const kept = JSON.parse(restored.out).before
    expect(readFileSync(join(kept, 'relay.sqlite'), 'latin1')).toBe(
      before[join(used.folder, 'data/relay.sqlite')],
    )
  })

  test('is refused while a relay runs on the database', async () => {
    const { used, file } = await saved()
    const store = await openStore({ file: join(used.folder, 'data/relay.sqlite') })
    const run = await used.run('restore', file, '--replace')
    await store.close()
    expect(run.status).toBe(1)
    expect(run.notes).toContain('another relay is running on this database')
    expect(await listsOf(used)).toEqual([list])
  })

  const faults: readonly [what: string, change: (file: string) => void, complaint: string][] = [
    [
      'no archive',
      file => writeFileSync(file, 'Subject: x\r\n\r\nx\r\n'.repeat(100)),
      'is no backup of this relay',
    ],
    ['nothing', file => writeFileSync(file, ''), 'is no backup of this relay'],
    [
      'half of it',
      file => truncateSync(file, Math.floor(statSync(file).size / 2)),
      'is no backup of this relay: tar',
    ],
    [
      'an octet that changed',
      file => changed(file, at => writeFileSync(join(at, 'keys/ed._domainkey.lists.example.pem'), 'x')),
      'is damaged: keys/ed._domainkey.lists.example.pem is not as it was saved',
    ],
    [
      'a file that is missing',
      file => changed(file, at => rmSync(join(at, 'relay.sqlite'))),
      'is not whole: relay.sqlite is missing',
    ],
    [
      'a file more',
      file => changed(file, at => writeFileSync(join(at, 'keys/more.pem'), 'x')),
      'does not belong into it',
    ],
    [
      'a link',
      file => changed(file, at => symlinkSync('/etc/passwd', join(at, 'keys/link'))),
      'keys/link is neither a file nor a folder',
    ],
    [
      'a name that leads elsewhere',
      file =>
        changed(file, at => {
          const manifest = readFileSync(join(at, 'manifest.json'), 'utf8')
          writeFileSync(join(at, 'manifest.json'), manifest.replace('keys/ed', 'keys/../../ed'))
        }),
      'relay.sqlite, or a file in keys/, config/ or files/',
    ],
  ]

  test.each(faults)('of %s is refused with words, and changes nothing', async (_, change, complaint) => {
    const { file } = await saved()
    change(file)
    const other = home('other')
    const run = await other.run('restore', file)
    expect(run.status).toBe(2)
    expect(run.notes).toContain(complaint)
    expect(readdirSync(other.folder)).toEqual([])
  })

  test('of a file that is not there names it', async () => {
    const run = await home('other').run('restore', join(folder, 'nowhere.tar'))
    expect(run).toMatchObject({ status: 2, notes: expect.stringContaining('nowhere.tar: cannot be read') })
  })

  test('goes back a version: what a newer program left is refused, the backup of before runs again', async () => {
    const { used, file } = await saved()
    const database = new Database(join(used.folder, 'data/relay.sqlite'))
    database.pragma('user_version = 999')
    database.close()
    const newer = await used.run('lists', 'list')
    expect(newer.status).toBe(1)
    expect(newer.notes).toContain('use the program that wrote it')

    // A backup that the newer program makes is not for this one.
    const late = join(folder, 'late.tar')
    changed(file, () => {})
    expect((await used.run('backup', late)).notes).toContain('written by a newer program')
    expect(existsSync(late)).toBe(false)

    expect((await used.run('restore', file, '--replace')).status).toBe(0)
    expect(await listsOf(used)).toEqual([list])
  })
})
