/** What was under way when the process ended by itself: suspect once, held at the second time in a row. */

import { describe, expect, onTestFinished, test } from 'vitest'
import type { Claim, SeenDelivery } from '../../../src/store/queries.ts'
import { openDatabase, type SqliteConnection } from '../../../src/store/sqlite/database.ts'
import { announceAttempt, finishAttempt, releaseAttempts } from '../../../src/store/sqlite/deliveries.ts'
import { attemptInsert, deliveryInsert } from '../../../src/store/sqlite/delivery-rows.ts'
import { messageInsert } from '../../../src/store/sqlite/message-rows.ts'
import { plan, spool } from '../../../src/store/sqlite/messages.ts'
import { deleteDeliveries, releaseDeliveries } from '../../../src/store/sqlite/queue-changes.ts'

import {
  beginRun,
  beginSuspect,
  clearSuspect,
  endRun,
  suspectWork,
} from '../../../src/store/sqlite/under-way.ts'
import { heldReason, type WorkKind } from '../../../src/store/work-records.ts'
import { openReader } from '../../support/database-beside.ts'
import { forwarded, newAttempt, newDelivery, newFile, newMessage, queueId } from './fixtures.ts'

/** A database of which a relay has begun a run. A run that begins without `endRun` is what follows a crash. */
class Crashing {
  readonly file = newFile()
  readonly connection: SqliteConnection = openDatabase({ file: this.file })

  constructor() {
    onTestFinished(() => void this.connection.database.close())
    beginRun(this.connection)
  }

  crash(): void {
    beginRun(this.connection)
  }

  stop(): void {
    endRun(this.connection)
    beginRun(this.connection)
  }

  spool(number: number): number {
    return Number(spool(this.connection, messageInsert(newMessage(number))))
  }

  /** Plans deliveries whose first attempt is announced; their numbers. */
  queue(number: number, copies = 1): number[] {
    this.spool(number)
    const rows = Array.from({ length: copies }, (_, ordinal) => deliveryInsert(newDelivery(ordinal)))
    const planned = plan(this.connection, queueId(number), rows, forwarded)
    return planned ?? []
  }

  /** As a relay that has seen the delivery as it is. */
  announce(id: number): void {
    const seen = this.connection
      .statement('SELECT id, attempts, next_attempt_at AS nextAttemptAt FROM deliveries WHERE id = ?')
      .get(id) as SeenDelivery | undefined
    if (seen !== undefined) announceAttempt(this.connection, seen, 60_000)
  }

  begin(kind: WorkKind, workId: number): void {
    if (kind === 'delivery') this.announce(workId)
    beginSuspect(this.connection, kind, workId)
  }

  claim(id: number): Claim {
    return this.connection.statement('SELECT id, attempts FROM deliveries WHERE id = ?').get(id) as Claim
  }

  finish(id: number, outcome: 'delivered' | 'deferred' = 'delivered'): void {
    const attempt = attemptInsert(newAttempt({ outcome }))
    finishAttempt(this.connection, this.claim(id), attempt, {
      nextAttemptAt: 1,
      warnAt: null,
      reportsTaken: 0,
      isAlone: 1,
    })
  }

  /** As "kind number": `!` is behind what is held. */
  suspects(): string[] {
    return suspectWork(this.connection).map(one => `${one.kind} ${one.workId}${one.isHeld ? '!' : ''}`)
  }

  state(id: number): unknown {
    return this.connection.statement('SELECT state, reason FROM deliveries WHERE id = ?').get(id)
  }
}

describe('deliveries', () => {
  test('an attempt that a crash cut off is suspect, one that was recorded is not', () => {
    const relay = new Crashing()
    const [cut = 0, done = 0, deferred = 0] = relay.queue(1, 3)
    relay.finish(done)
    relay.finish(deferred, 'deferred')
    relay.crash()
    expect(relay.suspects()).toEqual([`delivery ${cut}`])
    expect(relay.state(cut)).toMatchObject({ state: 'queued' })
  })

  test('what is cut off twice in a row is held with the reason', () => {
    const relay = new Crashing()
    const [id = 0] = relay.queue(1)
    relay.crash()
    relay.begin('delivery', id)
    relay.crash()
    expect(relay.state(id)).toEqual({ state: 'held', reason: heldReason })
    expect(suspectWork(relay.connection)).toMatchObject([{ queueId: queueId(1), ordinal: 0, isNew: true }])
    relay.crash()
    expect(suspectWork(relay.connection)).toMatchObject([{ isHeld: true, isNew: false }])
  })

  test('an attempt in between that was recorded begins the count anew', () => {
    const relay = new Crashing()
    const [id = 0] = relay.queue(1)
    relay.crash()
    relay.begin('delivery', id)
    relay.finish(id, 'deferred')
    relay.announce(id)
    relay.crash()
    // Whether or not the relay has still said that the suspect is cleared.
    expect(relay.state(id)).toMatchObject({ state: 'queued' })
  })

  test('a neighbour whose turn had not come stays suspect and is not held', () => {
    const relay = new Crashing()
    const [guilty = 0, innocent = 0] = relay.queue(1, 2)
    relay.crash()
    relay.begin('delivery', guilty)
    relay.crash()
    expect(relay.suspects()).toEqual([`delivery ${guilty}!`, `delivery ${innocent}`])
    relay.begin('delivery', innocent)
    relay.finish(innocent)
    clearSuspect(relay.connection, 'delivery', innocent)
    relay.crash()
    expect(relay.suspects()).toEqual([`delivery ${guilty}!`])
  })

  test('of several that were under way again the last one is held, and set free when another is found guilty', () => {
    const relay = new Crashing()
    const [guilty = 0, innocent = 0] = relay.queue(1, 2)
    relay.crash()
    relay.begin('delivery', guilty)
    relay.begin('delivery', innocent)
    relay.crash()
    expect(relay.suspects()).toEqual([`delivery ${guilty}`, `delivery ${innocent}!`])
    relay.begin('delivery', guilty)
    relay.crash()
    expect(relay.suspects()).toEqual([`delivery ${guilty}!`, `delivery ${innocent}`])
    expect(relay.state(innocent)).toEqual({ state: 'queued', reason: null })
  })

  test('a suspect that is held for the deed of a newcomer is set free when the newcomer is found', () => {
    const relay = new Crashing()
    const [innocent = 0] = relay.queue(1)
    relay.crash()
    const [guilty = 0] = relay.queue(2)
    relay.begin('delivery', innocent)
    relay.crash()
    expect(relay.suspects()).toEqual([`delivery ${innocent}!`, `delivery ${guilty}`])
    relay.begin('delivery', guilty)
    relay.crash()
    expect(relay.suspects()).toEqual([`delivery ${innocent}`, `delivery ${guilty}!`])
  })

  test('two that end the process are both held in the end', () => {
    const relay = new Crashing()
    const ids = relay.queue(1, 2)
    for (let crashes = 0; crashes < 6; crashes++) {
      relay.crash()
      const [next] = suspectWork(relay.connection).filter(one => !one.isHeld)
      if (next !== undefined) relay.begin('delivery', next.workId)
    }
    expect(relay.suspects()).toEqual(ids.map(id => `delivery ${id}!`))
  })

  test('a clean stop does not count, before a crash or between two', () => {
    const relay = new Crashing()
    const [hanging = 0] = relay.queue(1)
    relay.stop()
    expect(relay.suspects()).toEqual([])
    relay.crash()
    expect(relay.suspects()).toEqual([])
    relay.announce(hanging)
    relay.crash()
    relay.begin('delivery', hanging)
    relay.stop()
    relay.crash()
    expect(relay.state(hanging)).toMatchObject({ state: 'queued' })
  })

  test('an attempt that was given back was not under way', () => {
    const relay = new Crashing()
    const [fresh = 0] = relay.queue(1)
    releaseAttempts(relay.connection, [relay.claim(fresh)], 1)
    relay.crash()
    expect(relay.suspects()).toEqual([])
  })

  test('one that the operator releases is tried twice more', () => {
    const relay = new Crashing()
    const [id = 0] = relay.queue(1)
    relay.crash()
    relay.begin('delivery', id)
    relay.crash()
    const selection = { kind: 'message', queueId: queueId(1), ordinal: 0 } as const
    expect(releaseDeliveries(relay.connection, selection, 5)).toBe(1)
    expect(relay.state(id)).toEqual({ state: 'queued', reason: null })
    expect(relay.suspects()).toEqual([])
    relay.crash()
    expect(relay.suspects()).toEqual([])
    relay.begin('delivery', id)
    relay.crash()
    expect(relay.suspects()).toEqual([`delivery ${id}`])
  })
})

describe('other work of a message', () => {
  test('a message that is spooled, posts that are open, reports that are due', () => {
    const relay = new Crashing()
    const message = relay.spool(1)
    const [failed = 0] = relay.queue(2)
    relay.connection.statement(`UPDATE deliveries SET state = 'failed', dsn = 'due' WHERE id = ?`).run(failed)
    openPost(relay, 3)
    relay.crash()
    expect(relay.suspects()).toEqual([`message ${message}`, 'reports 2', 'posts 3'])
    for (const kind of ['message', 'reports', 'posts'] as const) {
      const workId = { message, reports: 2, posts: 3 }[kind]
      relay.begin(kind, workId)
      relay.crash()
      expect(relay.suspects()).toContain(`${kind} ${workId}!`)
    }
    const held = openReader(relay.file)
    onTestFinished(() => held.close())
    expect([1, 2, 3].map(number => held.message(queueId(number))?.reason)).toEqual(
      [1, 2, 3].map(() => heldReason),
    )
  })

  test('what was done meanwhile is forgotten', () => {
    const relay = new Crashing()
    const message = relay.spool(1)
    relay.crash()
    relay.begin('message', message)
    plan(relay.connection, queueId(1), [], forwarded)
    relay.crash()
    expect(relay.suspects()).toEqual([])
  })

  test('a post that came further than at the crash before is not held', () => {
    const relay = new Crashing()
    openPost(relay, 1)
    relay.crash()
    relay.begin('posts', 1)
    relay.connection.statement('UPDATE list_posts SET copies = copies + 1').run()
    relay.crash()
    expect(relay.suspects()).toEqual(['posts 1'])
    relay.begin('posts', 1)
    relay.crash()
    expect(relay.suspects()).toEqual(['posts 1!'])
  })

  test.each(['release', 'delete'] as const)('the operator can %s it by the id of the message', what => {
    const relay = new Crashing()
    const message = relay.spool(1)
    relay.crash()
    relay.begin('message', message)
    relay.crash()
    const selection = { kind: 'message', queueId: queueId(1) } as const
    const deletion = { at: 9, reason: 'given up by the operator', isReported: false }
    const act = () =>
      what === 'release'
        ? releaseDeliveries(relay.connection, selection, 5)
        : deleteDeliveries(relay.connection, selection, deletion)
    expect([act(), act()]).toEqual([1, 0])
    expect(relay.suspects()).toEqual([])
    const stored = relay.connection.statement('SELECT state, reason FROM messages').get()
    const released = { state: 'spooled', reason: null }
    expect(stored).toEqual(what === 'release' ? released : { state: 'failed', reason: deletion.reason })
  })
})

function openPost(relay: Crashing, number: number): void {
  const id = relay.spool(number)
  plan(relay.connection, queueId(number), [], forwarded)
  relay.connection
    .statement(
      `INSERT INTO list_posts (message_id, list_id, list_address, recipient, state, created_at)
       VALUES (?, 1, 'news@lists.example', 'news@lists.example', 'accepted', 1)`,
    )
    .run(id)
}
