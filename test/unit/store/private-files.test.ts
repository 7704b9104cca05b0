import { chmodSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { makeFolder } from '../../../src/files/make-folder.ts'
import { openStore } from '../../../src/store/open-store.ts'
import { openReader, openWriter } from '../../support/database-beside.ts'
import { newFile, newMessage, newStore } from './fixtures.ts'

/** Each file of the folder with its permission bits. */
function modes(folder: string): Record<string, string> {
  const names = readdirSync(folder)
  return Object.fromEntries(
    names.map(name => [name, (statSync(join(folder, name)).mode & 0o777).toString(8)]),
  )
}

function withUmask(mask: number): void {
  const before = process.umask(mask)
  onTestFinished(() => void process.umask(before))
}

describe.each([0o000, 0o022, 0o077, 0o777])('with the umask %o', mask => {
  test('a store, its write-ahead log, index and lock are for their owner alone', async () => {
    const file = newFile()
    withUmask(mask)
    const store = await openStore({ file })
    onTestFinished(() => store.close())
    await store.spool(newMessage(1))
    const found = modes(dirname(file))
    expect(Object.keys(found)).toEqual(
      expect.arrayContaining(['relay.db', 'relay.db-shm', 'relay.db-wal', 'relay.db.lock']),
    )
    expect(new Set(Object.values(found))).toEqual(new Set(['600']))
  })

  test('what a command makes before the first start is too', () => {
    const file = newFile()
    withUmask(mask)
    const writer = openWriter(file)
    onTestFinished(() => writer.close())
    writer.createList({ address: 'news@lists.example', settings: {}, createdAt: 0 })
    expect(modes(dirname(file))).toEqual({ 'relay.db': '600', 'relay.db-shm': '600', 'relay.db-wal': '600' })
  })

  test('a folder is made for its owner alone, those above it too', async () => {
    const folder = dirname(newFile())
    withUmask(mask)
    await makeFolder(join(folder, 'a', 'b'))
    expect(modes(folder)).toEqual({ a: '700' })
    expect(modes(join(folder, 'a'))).toEqual({ b: '700' })
  })
})

test.each([
  ['the relay', (file: string) => newStore({ file })],
  ['a command that changes', (file: string) => openWriter(file).close()],
  ['a command that reads', (file: string) => openReader(file).close()],
])(
  'what was open to others is closed to them by %s: the database and all beside it in its name',
  async (_who, open) => {
    const file = newFile()
    openWriter(file).close()
    for (const name of ['', '.lock', '.backup', '-journal-of-old']) {
      if (name !== '') writeFileSync(file + name, '')
      chmodSync(file + name, 0o666)
    }
    writeFileSync(join(dirname(file), 'other.txt'), '', { mode: 0o644 })
    await open(file)
    const { 'other.txt': other, ...own } = modes(dirname(file))
    expect(other).toBe('644')
    expect(new Set(Object.values(own))).toEqual(new Set(['600']))
  },
)

test.each([0o755, 0o750, 0o701, 0o777])(
  'a folder of mode %o is refused with the command that mends it',
  async mode => {
    const file = newFile()
    openWriter(file).close()
    chmodSync(dirname(file), mode)
    const says = new RegExp(`mode 0${mode.toString(8)}, expected 0700\\). Run: chmod 700 '${dirname(file)}'`)
    await expect(openStore({ file })).rejects.toThrow(says)
    expect(() => openWriter(file)).toThrow(says)
    expect(() => openReader(file)).toThrow(says)
  },
)

test('a folder that is there stays as it is, and its owner decides who may enter it', async () => {
  const folder = dirname(newFile())
  mkdirSync(join(folder, 'shared'))
  chmodSync(join(folder, 'shared'), 0o750)
  await makeFolder(join(folder, 'shared'))
  expect(modes(folder)).toEqual({ shared: '750' })
})

test.runIf(process.platform === 'linux')(
  'a folder that cannot be made is told, not tried for ever',
  async () => {
    await expect(makeFolder('/proc/relay/data')).rejects.toThrow('/proc/relay')
    const file = newFile()
    rmSync(file, { force: true })
    writeFileSync(file, '')
    await expect(makeFolder(join(file, 'below'))).rejects.toThrow('ENOTDIR')
  },
)
