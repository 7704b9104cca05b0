import { Worker } from 'node:worker_threads'
import { describe, expect, test, vi } from 'vitest'
import { openStore } from '../../../src/store/open-store.ts'
import type { Request } from '../../../src/store/sqlite/batches.ts'
import { openDatabase, type SqliteConnection } from '../../../src/store/sqlite/database.ts'
import { answerQuestions, commitGroup } from '../../../src/store/sqlite/group-commit.ts'
import { messageInsert } from '../../../src/store/sqlite/message-rows.ts'
import type { StoreError } from '../../../src/store/store-error.ts'
import { newFile, newMessage, newStore, queueId } from './fixtures.ts'

const spool = (id: number, number: number): Request => [id, 'spool', [messageInsert(newMessage(number))]]

/** A connection on which a statement throws once. */
function failingOnce(connection: SqliteConnection, sql: string, error: Error): SqliteConnection {
  let failed = false
  return {
    ...connection,
    statement(text) {
      if (failed || text !== sql) return connection.statement(text)
      failed = true
      throw error
    },
  }
}

function sqliteError(code: string): Error {
  return Object.assign(new Error('the disk says no'), { code })
}

describe('group commit', () => {
  test('requests of the same moment share commits', async () => {
    const store = await newStore()
    await Promise.all(Array.from({ length: 200 }, (_, number) => store.spool(newMessage(number))))
    expect(store.statistics.requests).toBe(200)
    expect(store.statistics.commits).toBeLessThanOrEqual(2)
  })

  test('what comes while a commit is under way shares the next one', async () => {
    const store = await newStore({ commitDelayMilliseconds: 5 })
    const lane = async (first: number) => {
      for (let number = first; number < first + 10; number++) await store.spool(newMessage(number))
    }
    await Promise.all([0, 100, 200, 300, 400].map(lane))
    expect(store.statistics.commits).toBeLessThanOrEqual(20)
  })

  test('a request that fails does not fail its neighbours', async () => {
    const store = await newStore()
    const results = await Promise.allSettled([1, 2, 2, 3].map(number => store.spool(newMessage(number))))
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
    expect(store.statistics.commits).toBe(1)
    expect(await store.listMessages({ limit: 10 })).toHaveLength(3)
  })

  test('questions cost no commit and see what was asked before them', async () => {
    const store = await newStore()
    const [, message] = await Promise.all([store.spool(newMessage(1)), store.message(queueId(1))])
    expect(message?.queueId).toBe(queueId(1))
    await Promise.all([store.counts(), store.lastQueueId()])
    expect(store.statistics.commits).toBe(1)
  })

  test('a commit that fails fails the whole group, keeps nothing of it, and the next one works', () => {
    const connection = openDatabase({ file: newFile() })
    const failing = failingOnce(connection, 'COMMIT', sqliteError('SQLITE_IOERR_FSYNC'))
    const first = commitGroup(failing, [spool(1, 1), spool(2, 2)], () => {})
    expect(first.committed).toBe(false)
    expect(first.answers.map(([id, , error]) => [id, error?.code])).toEqual([
      [1, 'io'],
      [2, 'io'],
    ])
    const second = commitGroup(failing, [spool(3, 1)], () => {})
    expect(second.answers).toEqual([[3, undefined]])
    expect(answerQuestions(failing, [[4, 'lastQueueId', []]])).toEqual([[4, queueId(1)]])
    connection.database.close()
  })

  test('a group of nothing but failures is not committed', () => {
    const connection = openDatabase({ file: newFile() })
    commitGroup(connection, [spool(1, 1)], () => {})
    const beforeCommit = vi.fn()
    const { answers, committed } = commitGroup(connection, [spool(2, 1)], beforeCommit)
    expect([committed, answers[0]?.[2]?.code]).toEqual([false, 'conflict'])
    expect(beforeCommit).not.toHaveBeenCalled()
    connection.database.close()
  })
})

describe('the life of the store', () => {
  test('closing answers what was asked before, and refuses what comes after', async () => {
    const store = await openStore({ file: newFile(), commitDelayMilliseconds: 5 })
    const asked = Promise.all([1, 2, 3].map(number => store.spool(newMessage(number))))
    const closed = store.close()
    await expect(store.spool(newMessage(4))).rejects.toMatchObject({ code: 'closed' })
    await asked
    await closed
    await store.close()
  })

  test('when its thread dies, everything outstanding is refused and the owner is told once', async () => {
    const post = vi.spyOn(Worker.prototype, 'postMessage')
    const deaths: StoreError[] = []
    const store = await openStore({
      file: newFile(),
      commitDelayMilliseconds: 60_000,
      onDeath: error => deaths.push(error),
    })
    const outstanding = [1, 2].map(number => store.spool(newMessage(number)))
    await vi.waitUntil(() => post.mock.contexts.length > 0)
    const thread = post.mock.contexts[0] as unknown as Worker
    post.mockRestore()
    await thread.terminate()
    const results = await Promise.allSettled(outstanding)
    expect(results.map(result => (result.status === 'rejected' ? result.reason.code : 'kept'))).toEqual([
      'closed',
      'closed',
    ])
    await expect(store.counts()).rejects.toMatchObject({ code: 'closed' })
    expect(deaths).toHaveLength(1)
    await store.close()
  })
})

describe('a full disk', () => {
  test('is answered as full, keeps nothing of the request, and is over once there is room', async () => {
    const store = await newStore({ maxPages: 200 })
    const octets = Buffer.alloc(100_000)
    const kept: number[] = []
    let refused: unknown
    for (let number = 1; refused === undefined; number++) {
      const message = newMessage(number, { octets, state: 'bounce-received', keepUntil: number })
      await store.spool(message).then(
        () => kept.push(number),
        error => {
          refused = error
        },
      )
    }
    expect(refused).toMatchObject({ name: 'StoreError', code: 'full' })
    expect((await store.listMessages({ limit: 99 })).map(message => message.queueId)).toEqual(
      kept.toReversed().map(queueId),
    )
    expect(await store.prune({ now: 2, limit: 10 })).toMatchObject({ messagesRemoved: 2 })
    await store.spool(newMessage(1000, { octets }))
    expect((await store.message(queueId(1000)))?.octets).toEqual(octets)
  })

  test('a small request beside one that does not fit is kept', async () => {
    const store = await newStore({ maxPages: 200 })
    const results = await Promise.allSettled([
      store.spool(newMessage(1)),
      store.spool(newMessage(2, { octets: Buffer.alloc(2_000_000) })),
      store.spool(newMessage(3)),
    ])
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  })
})
