import { expect, test } from 'vitest'
import { ListWatch } from '../../../../src/service/lists/list-watch.ts'
import { openWriter } from '../../../support/database-beside.ts'
import { RecordingLog } from '../../../support/recording-log.ts'
import { newFile, newStore } from '../../store/fixtures.ts'

const owners = ['owner@owners.example']
const news = { address: 'news@lists.example', settings: { owners }, createdAt: 1_000 }
const mailbox = { localPart: 'news', domain: 'lists.example' }

test('lists that another process makes, changes and deletes are seen at the next look', async () => {
  const file = newFile()
  const watch = new ListWatch({ store: await newStore({ file }), log: new RecordingLog() })
  await watch.start()
  expect(watch.table.all).toEqual([])
  const writer = openWriter(file)
  const id = writer.createList(news)
  await watch.check()
  expect(watch.table.claim(mailbox)).toMatchObject({ kind: 'list', listId: id })
  writer.changeList(id, { owners, subjectTag: '[news]' })
  await watch.check()
  expect(watch.table.list(id)?.settings.subjectTag).toBe('[news]')
  writer.deleteList(id)
  writer.close()
  await watch.check()
  expect(watch.table.claim(mailbox)).toBeUndefined()
  await watch.stop()
})

test('a list whose settings cannot be read any more stays as it was, and the log says so', async () => {
  const store = await newStore()
  const log = new RecordingLog()
  const watch = new ListWatch({ store, log })
  const id = await store.createList(news)
  await watch.start()
  await store.changeList(id, { owners: 'nobody' })
  await watch.check()
  expect(watch.table.list(id)?.settings.owners).toEqual(owners)
  expect(log.lines.some(line => line.level === 'error')).toBe(true)
  await watch.stop()
})
