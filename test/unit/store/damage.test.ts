/** Files of an open database that vanish, are replaced or turn corrupt: nothing more is taken, and it is told once. */
import { copyFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { StoreError } from '../../../src/store/store-error.ts'
import { newFile, newMessage, newStore } from './fixtures.ts'

async function damaged(harm: (file: string) => void) {
  const file = newFile()
  const told: StoreError[] = []
  const store = await newStore({ file, onDamage: error => told.push(error) })
  await store.spool(newMessage(1))
  harm(file)
  return { file, store, told }
}

test.each<[what: string, harm: (file: string) => void]>([
  ['the database has gone', file => rmSync(file)],
  ['the write-ahead log has gone', file => rmSync(`${file}-wal`)],
  ['the index of the write-ahead log has gone', file => rmSync(`${file}-shm`)],
  ['all of them have gone', file => ['', '-wal', '-shm'].forEach(suffix => void rmSync(file + suffix))],
  ['the database was moved away', file => renameSync(file, `${file}.away`)],
  [
    'a copy stands in its place',
    file => {
      copyFileSync(file, `${file}.copy`)
      renameSync(`${file}.copy`, file)
    },
  ],
  ['the database was emptied', file => truncateSync(file, 0)],
  ['something else was written over it', file => writeFileSync(file, 'x'.repeat(65_536))],
])('%s: nothing is stored or answered any more, and it is told once', async (_what, harm) => {
  const { file, store, told } = await damaged(harm)
  await expect(store.spool(newMessage(2))).rejects.toMatchObject({ code: 'damaged' })
  await expect(store.spool(newMessage(3))).rejects.toMatchObject({ code: 'damaged' })
  await expect(store.listsVersion()).rejects.toMatchObject({ code: 'damaged' })
  expect(told).toHaveLength(1)
  expect(told[0]?.message).toContain(file)
})

test('a database that comes back where it was is used again', async () => {
  const { file, store } = await damaged(moved => renameSync(moved, `${moved}.away`))
  await expect(store.spool(newMessage(2))).rejects.toMatchObject({ code: 'damaged' })
  renameSync(`${file}.away`, file)
  await store.spool(newMessage(3))
  expect(await store.message(newMessage(3).queueId)).toBeDefined()
})
