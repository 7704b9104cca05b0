/** The load of the bench, a process of its own: as many messages as fit through some sessions, or so many a second. */
import { setTimeout as sleep } from 'node:timers/promises'
import { ClientSession } from './client-session.ts'
import { MessagePool } from './message-pool.ts'
import type { MessageKind } from './messages.ts'
import { takeOrders } from './orders.ts'
import { nowMilliseconds } from './wire.ts'

/** `kept`: a connection per session; `each`: a connection per message. */
export type ConnectionUse = 'kept' | 'each'

interface Target {
  readonly port: number
  readonly recipient: string
  readonly connection: ConnectionUse
  readonly sessions: number
}

/** A closed loop: every session sends its next message when the last one was taken. Ends by time or by number, or with the last message of the pool. */
export interface LoadOrder extends Target {
  readonly seconds: number
  readonly maxMessages: number
}

export interface LoadReport {
  readonly messages: number
  readonly startedAt: number
}

/** An open loop: messages start at fixed times, whatever became of those before. */
export interface PaceOrder extends Target {
  readonly perSecond: number
  readonly messages: number
}

/** When each message was sent, by its id. */
export type PaceReport = readonly (readonly [id: number, sentAt: number])[]

/** An order to have so many messages of a kind ready. */
export interface FillOrder {
  readonly kind: MessageKind
  readonly messages: number
}

const pool = new MessagePool()
let lastId = 0

async function load(order: LoadOrder): Promise<LoadReport> {
  const kept = order.connection === 'kept' ? await openSessions(order) : undefined
  const startedAt = nowMilliseconds()
  const endsAt = startedAt + order.seconds * 1000
  let messages = 0
  const mayGoOn = () => pool.size > 0 && messages < order.maxMessages && nowMilliseconds() < endsAt
  const work = async (session?: ClientSession) => {
    while (mayGoOn()) {
      messages++
      await sendOne(order, session)
    }
  }
  await Promise.all(Array.from({ length: order.sessions }, (_, at) => work(kept?.[at])))
  await Promise.all(kept?.map(session => session.quit()) ?? [])
  return { messages, startedAt }
}

async function pace(order: PaceOrder): Promise<PaceReport> {
  const idle = order.connection === 'kept' ? await openSessions(order) : undefined
  const sending: Promise<readonly [number, number]>[] = []
  const startedAt = nowMilliseconds()
  for (let number = 0; number < order.messages; number++) {
    const due = startedAt + (number * 1000) / order.perSecond
    await sleep(Math.max(0, due - nowMilliseconds()))
    sending.push(idle === undefined ? sendOne(order) : sendOnIdle(order, idle))
  }
  const report = await Promise.all(sending)
  await Promise.all(idle?.map(session => session.quit()) ?? [])
  return report
}

/** Takes a session that has nothing to do, or opens another one. */
async function sendOnIdle(target: Target, idle: ClientSession[]): Promise<readonly [number, number]> {
  const session = idle.pop() ?? (await ClientSession.open(target.port))
  const sent = await sendOne(target, session)
  idle.push(session)
  return sent
}

function openSessions({ sessions, port }: Target): Promise<ClientSession[]> {
  return Promise.all(Array.from({ length: sessions }, () => ClientSession.open(port)))
}

/** Sends the next message of the pool over a session, or over a connection of its own. */
async function sendOne(target: Target, kept?: ClientSession): Promise<readonly [id: number, sentAt: number]> {
  const id = ++lastId
  const octets = pool.take()
  const session = kept ?? (await ClientSession.open(target.port))
  const sentAt = await session.send(id, target.recipient, octets)
  if (kept === undefined) await session.quit()
  return [id, sentAt]
}

takeOrders({
  fill: ({ kind, messages }: FillOrder) => pool.fill(kind, messages),
  load,
  pace,
})
