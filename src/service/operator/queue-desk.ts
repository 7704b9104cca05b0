/** Deliveries that are still to be made, and what an operator does to them. */
import type { SentRecord } from '../../hoplog/record.ts'
import type { HeldWorkLine } from '../../hoplog/summary.ts'
import { heldWorkLine, queueLine } from '../../hoplog/summary.ts'
import { pathText } from '../../hoplog/text.ts'
import { printable } from '../../message/printable.ts'
import type { Asked, Performers } from '../../operator/operations.ts'
import { NotThere, UsageError } from '../../operator/problems.ts'
import type { QueueAction } from '../../operator/queue-operations.ts'
import type { QueuePlace } from '../../store/queries.ts'
import type { DeliverySelection } from '../../store/queue-records.ts'
import type { OperatorChange, Store } from '../../store/store.ts'
import type { DeskDependencies } from './desk-dependencies.ts'
import { journeyOf } from './messages-desk.ts'
import { nextOf, wrongCursor } from './page-cursor.ts'

type QueueDesk = Pick<Performers, 'listQueue' | 'showQueued' | 'changeQueue'>

export function queueDesk({
  store,
  clock,
  changed,
}: Pick<DeskDependencies, 'store' | 'clock' | 'changed'>): QueueDesk {
  return {
    async listQueue(asked) {
      const from = await store('read')
      const entries = await from.listQueue(queryOf(asked))
      return {
        held: asked.after === undefined ? await heldWork(from, asked) : [],
        deliveries: entries.map(queueLine),
        next: nextOf(entries, asked.limit, last => `${last.nextAttemptAt}-${last.id}`),
      }
    },
    showQueued: async ({ queueId }) => openJourney(await store('read'), queueId),
    async changeQueue(asked) {
      const selections = selectionsOf(asked)
      const at = clock()
      // All of them or none, and the relay sees them together.
      const counts = await (await store('change')).together(
        selections.map(({ selection }) => changeOf(asked, selection, at)),
      )
      changed()
      const results = selections.map(({ text }, index) => ({
        selection: text,
        deliveries: counts[index] ?? 0,
      }))
      return { results }
    },
  }
}

function queryOf({ limit, destination, state, after }: Asked<'listQueue'>) {
  return {
    limit,
    ...(destination !== undefined && { destination: destination.toLowerCase() }),
    ...(state !== undefined && { state }),
    ...(after !== undefined && { after: placeOf(after) }),
  }
}

/** @throws UsageError for what no page has said */
function placeOf(cursor: string): QueuePlace {
  const [, nextAttemptAt, id] = /^(\d{1,15})-(\d{1,15})$/.exec(cursor) ?? []
  if (nextAttemptAt === undefined || id === undefined) throw wrongCursor(cursor)
  return { nextAttemptAt: Number(nextAttemptAt), id: Number(id) }
}

/** Held work that is not a delivery. */
async function heldWork(
  store: Pick<Store, 'suspectWork' | 'showMessage'>,
  { state, destination, limit }: Asked<'listQueue'>,
): Promise<HeldWorkLine[]> {
  if (destination !== undefined || (state !== undefined && state !== 'held')) return []
  const work = await store.suspectWork()
  const held = work.filter(({ kind, isHeld }) => isHeld && kind !== 'delivery').slice(0, limit)
  const lines: HeldWorkLine[] = []
  for (const { kind, queueId } of held) {
    const history = await store.showMessage(queueId)
    if (history !== undefined) lines.push(heldWorkLine(kind, history.message))
  }
  return lines
}

/** The record with only what is still open. @throws NotThere when nothing is */
async function openJourney(store: Pick<Store, 'showMessage'>, queueId: string) {
  const notThere = new NotThere(`${pathText(queueId)}: no such message in the queue`)
  const record = await journeyOf(store, queueId).catch((error: unknown) => {
    throw error instanceof NotThere ? notThere : error
  })
  const sent = record.sent.filter(isOpen)
  if (sent.length === 0 && record.state !== 'spooled') throw notThere
  return { ...record, sent }
}

function isOpen(sent: SentRecord): boolean {
  return sent.state === 'queued' || sent.state === 'held'
}

interface Selected {
  readonly text: string
  readonly selection: DeliverySelection
}

/** @throws UsageError where it is not one of the three ways, or names what can be no delivery */
function selectionsOf({ deliveries, destination, all }: Asked<'changeQueue'>): Selected[] {
  const ways = [deliveries, destination, all].filter(way => way !== undefined).length
  if (ways !== 1) throw new UsageError('expected deliveries, destination or all, one of them')
  if (deliveries !== undefined) return deliveries.map(text => ({ text, selection: deliverySelection(text) }))
  if (destination === undefined) return [{ text: 'all', selection: { kind: 'all' } }]
  const domain = destination.toLowerCase()
  return [{ text: domain, selection: { kind: 'destination', destination: domain } }]
}

function deliverySelection(text: string): DeliverySelection {
  const match = /^([0-9A-Za-z]+)(?:\/(\d{1,9}))?$/.exec(text)
  if (match === null) throw new UsageError(`${printable(text)}: expected a delivery such as 1M80WBWJ900/0`)
  const [, queueId = '', ordinal] = match
  const message = { kind: 'message', queueId: queueId.toUpperCase() } as const
  return ordinal === undefined ? message : { ...message, ordinal: Number(ordinal) }
}

const reason = 'given up by the operator'

type QueueChange = OperatorChange<
  'retryDeliveries' | 'holdDeliveries' | 'releaseDeliveries' | 'deleteDeliveries'
>

function changeOf(
  { action, report }: { readonly action: QueueAction; readonly report?: boolean },
  selection: DeliverySelection,
  at: number,
): QueueChange {
  switch (action) {
    case 'retry':
      return ['retryDeliveries', selection, at]
    case 'hold':
      return ['holdDeliveries', selection]
    case 'release':
      return ['releaseDeliveries', selection, at]
    case 'delete':
      return ['deleteDeliveries', selection, { at, reason, isReported: report === true }]
  }
}
