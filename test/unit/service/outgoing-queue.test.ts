import { readdirSync } from 'node:fs'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Suspects } from '../../../src/queue/suspects.ts'
import { OutgoingQueue } from '../../../src/service/outgoing-queue.ts'
import type { NewDelivery, StoredDelivery } from '../../../src/store/records.ts'
import type { OpenPath } from '../../support/path.ts'
import { openPath } from '../../support/path.ts'
import { newDelivery, newMessage, queueId } from '../store/fixtures.ts'

interface Rig extends OpenPath {
  readonly queue: OutgoingQueue
  readonly suspects: Suspects
  /** What the reports were told, in order. */
  readonly told: string[]
  /** Resolves once so much was told. */
  until(text: string): Promise<void>
  plan(number: number, ...deliveries: Partial<NewDelivery>[]): Promise<StoredDelivery[]>
}

async function rig(changes: Parameters<typeof openPath>[0] = {}): Promise<Rig> {
  const open = await openPath(changes)
  const { path } = open
  const told: string[] = []
  const waiting: (() => void)[] = []
  function tell(text: string): void {
    told.push(text)
    for (const wake of waiting.splice(0)) wake()
  }
  const suspects = new Suspects({
    store: path.store,
    turnMilliseconds: 60_000,
    onFree: () => queue.look(),
    onError: error => tell(`error ${error}`),
  })
  const queue: OutgoingQueue = new OutgoingQueue({
    path,
    suspects,
    reports: () => ({
      add: id => tell(`due ${id}`),
      report: id => tell(`final ${id}`),
      delayAt: at => tell(`delay ${at - open.clock.now}`),
    }),
  })
  queue.start([])
  onTestFinished(async () => {
    queue.release()
    await queue.stop(5_000)
  })
  async function plan(number: number, ...deliveries: Partial<NewDelivery>[]): Promise<StoredDelivery[]> {
    const { now } = open.clock
    await path.store.spool(newMessage(number, { prepend: Buffer.alloc(0), removed: [] }))
    const planned = deliveries.map((changes, ordinal) =>
      newDelivery(ordinal, {
        forwardPath: 'one@box.example',
        destination: 'box.example',
        nextAttemptAt: now + 60_000,
        expiresAt: now + path.config.queue.lifetimeSeconds * 1000,
        hop: null,
        ...changes,
      }),
    )
    return path.store.plan(queueId(number), planned, { state: 'forwarded', keepUntil: now + 10 ** 10 })
  }
  async function until(text: string): Promise<void> {
    while (!told.includes(text)) await new Promise<void>(resolve => waiting.push(resolve))
  }
  return { ...open, queue, suspects, told, until, plan }
}

const nowhere = { forwardPath: 'one@nowhere.example', destination: 'nowhere.example' }

describe('copies that are queued', () => {
  test('are attempted at once, written down, and the message is final after the last of them', async () => {
    const { queue, plan, until, told, mailbox, path } = await rig()
    queue.queue(await plan(1, {}, {}))
    expect(queue.has(queueId(1))).toBe(true)
    await until(`final ${queueId(1)}`)
    expect(queue.has(queueId(1))).toBe(false)
    expect(told).toEqual([`final ${queueId(1)}`])
    expect(readdirSync(mailbox)).toHaveLength(2)
    const history = await path.store.showMessage(queueId(1))
    expect(history?.deliveries.map(({ state, attempts }) => [state, attempts])).toEqual([
      ['delivered', 1],
      ['delivered', 1],
    ])
  })

  test('have the message forgotten that was kept in memory for them', async () => {
    const { queue, plan, until, path } = await rig()
    const planned = await plan(1, {})
    const message = { chunks: [Buffer.from('x')], sizeBytes: 1, eightBit: false, smtpUtf8: false }
    path.cache.put(queueId(1), message)
    queue.queue(planned)
    await until(`final ${queueId(1)}`)
    expect(path.cache.get(queueId(1))).toBeUndefined()
  })

  test('that fail are reported together, after those that went well', async () => {
    const { queue, plan, until, told } = await rig()
    queue.queue(await plan(1, nowhere, {}, nowhere))
    await until(`final ${queueId(1)}`)
    expect(told).toEqual([`due ${queueId(1)}`, `due ${queueId(1)}`, `final ${queueId(1)}`])
  })

  test('whose success the sender asked to hear of have a report due', async () => {
    const { queue, plan, until, told } = await rig()
    queue.queue(await plan(1, { successDsn: 'wanted' }))
    await until(`final ${queueId(1)}`)
    expect(told).toEqual([`due ${queueId(1)}`, `final ${queueId(1)}`])
  })

  test('that failed while they were planned are not attempted', async () => {
    const { queue, plan, path, clock } = await rig()
    const planned = await plan(1, { failure: { reason: '5.4.6 a loop', at: clock.now } })
    queue.queue(planned)
    expect(queue.has(queueId(1))).toBe(false)
    expect((await path.store.showMessage(queueId(1)))?.deliveries[0]?.log).toEqual([])
  })

  test('that are deferred tell when the sender is to hear of the delay, and leave the message', async () => {
    const { queue, plan, until, path } = await rig({
      routes: { 'slow.example': { host: '127.0.0.1', port: 1, tls: 'none' } },
      bounces: { delayWarningSeconds: 3_600 },
      delivery: { allowPrivateAddresses: true },
    })
    queue.queue(await plan(1, { forwardPath: 'one@slow.example', destination: 'slow.example' }))
    await until(`delay ${3_600_000}`)
    await queue.atMost(queueId(1), 0)
    expect((await path.store.delivery(queueId(1), 0))?.state).toBe('queued')
  })
})

describe('what is due in the store', () => {
  test('is found by a look, at the time of the clock and not before', async () => {
    const { queue, plan, until, told, clock } = await rig()
    await plan(1, {})
    queue.look()
    clock.now += 60_000
    queue.look()
    await until(`final ${queueId(1)}`)
    expect(told).toEqual([`final ${queueId(1)}`])
  })

  test('of a suspect is noted before it is begun and cleared when it is written down', async () => {
    const { queue, suspects, plan, until, path } = await rig()
    const [planned] = await plan(1, {})
    if (planned === undefined) throw new Error('nothing was planned')
    const calls: string[] = []
    const work = { kind: 'delivery', workId: planned.id, queueId: queueId(1), ordinal: 0 } as const
    suspects.add([{ ...work, isHeld: false, isNew: true }])
    const begin = suspects.begin.bind(suspects)
    suspects.begin = id => {
      calls.push('begin')
      return begin(id)
    }
    const end = suspects.end.bind(suspects)
    suspects.end = id => {
      calls.push('end')
      end(id)
    }
    queue.queue([planned])
    await until(`final ${queueId(1)}`)
    expect(calls).toEqual(['begin', 'end'])
    expect((await path.store.delivery(queueId(1), 0))?.state).toBe('delivered')
  })
})

describe('when the relay stops', () => {
  test('who waits for room is let go, and copies that were not attempted are due at once after the next start', async () => {
    const { queue, plan, path, clock } = await rig()
    await queue.stop(5_000)
    const planned = await plan(1, {}, {})
    queue.queue(planned)
    await queue.stop(5_000)
    queue.release()
    await queue.atMost(queueId(1), 0)
    const { deliveries } = await path.store.due({ now: clock.now, limit: 10 })
    expect(deliveries.map(({ attempts }) => attempts)).toEqual([0, 0])
  })
})

test('a message without copies on their way has its report due and is final at once', async () => {
  const { queue, told } = await rig()
  queue.reportDue('Q9')
  queue.becameFinal('Q9')
  expect(told).toEqual(['due Q9', 'final Q9'])
})
