/** A list whose failures count one by one, and what came of them: for tests that refuse copies or report them. */
import type { Subscriber } from '../../src/store/list-records.ts'
import { openReader } from './database-beside.ts'
import type { LogLine } from './recording-log.ts'
import { send } from './send.ts'
import type { SinkMessage } from './sink.ts'
import type { Stage } from './stage.ts'
import { relayOn, stage } from './stage.ts'
import { listOn } from './stored-list.ts'
import type { TestRelay } from './test-relay.ts'

export const countedList = 'news@lists.example'
export const reader = 'x@second.example'

export interface CountedList {
  readonly on: Stage
  readonly relay: TestRelay
  /** Posts, and resolves with the queue id; `body` in latin1. */
  post(body?: string): Promise<string>
  /** Posts, and resolves with the copy that the reader got. */
  copy(body?: string): Promise<SinkMessage>
  /** Posts, and resolves with the score that the refusal of the copy made. */
  refused(): Promise<number>
  /** Sends octets to the bounce address of a copy, as a mail system does; resolves when they were judged. */
  answer(copy: SinkMessage, octets: Buffer, from?: string): Promise<void>
  subscriber(address?: string): Subscriber | undefined
  /** Mail to the owner. */
  toOwner(): readonly string[]
}

/**
 * @param nextHop where mail for second.example goes; default: the sink
 */
export async function countedListRelay(
  bounceScore: Readonly<Record<string, number>> = {},
  nextHop?: { readonly host: string; readonly port: number; readonly tls: 'none' },
): Promise<CountedList> {
  const on = await stage()
  const sink = { host: '127.0.0.1', port: on.sink.port, tls: 'none' } as const
  const relay = await relayOn(on, {
    domains: { 'lists.example': { aliases: {} } },
    routes: { 'second.example': nextHop ?? sink, 'owners.example': sink, 'origin.example': sink },
    queue: { retrySeconds: [1], thenEverySeconds: 1, lifetimeSeconds: 3_600 },
  })
  const settings = { title: 'News', bounceScore: { onceInHours: 0, ...bounceScore } }
  await listOn(relay, { address: countedList, subscribers: [reader], settings })
  let posts = 0
  const post = async (body = 'Hello.\r\n') => {
    const mail = { from: 'jane@origin.example', to: [countedList] }
    const text = `From: jane@origin.example\r\nTo: ${countedList}\r\nSubject: p${++posts}\r\nMessage-ID: <${posts}@origin.example>\r\n\r\n${body}`
    const octets = await on.origin.sign(Buffer.from(text, 'latin1'), mail)
    const { data, queueId } = await send(relay.port, { ...mail, octets })
    if (!data.startsWith('250')) throw new Error(`the post was not taken: ${data}`)
    return queueId
  }
  const subscriber = (address = reader) => subscriberIn(relay, address)
  return {
    on,
    relay,
    post,
    subscriber,
    async copy(body) {
      const before = copies(on).length
      await post(body)
      await on.sink.until(() => copies(on).length > before)
      return copies(on)[before] as SinkMessage
    },
    async refused() {
      const queueId = await post()
      await relay.log.until(
        ({ text, fields }: LogLine) => text === 'copies counted' && fields.queueId === queueId,
      )
      return subscriber()?.bounceScore ?? Number.NaN
    },
    async answer(copy, octets, from = '') {
      const isJudged = ({ text }: LogLine) =>
        text === 'bounce taken for a subscriber' || text === 'no report, the owners hear of it'
      const before = relay.log.lines.filter(isJudged).length
      const { data } = await send(relay.port, { from, to: [copy.reversePath], octets })
      if (!data.startsWith('250')) throw new Error(`the answer was not taken: ${data}`)
      await relay.log.until(() => relay.log.lines.filter(isJudged).length > before)
    },
    toOwner: () =>
      on.sink.messages
        .filter(({ forwardPaths }) => forwardPaths.includes('owner@owners.example'))
        .map(({ octets }) => octets.toString('latin1').replace(/=\r\n/g, '')),
  }
}

function copies({ sink }: Stage): readonly SinkMessage[] {
  return sink.messages.filter(({ forwardPaths }) => forwardPaths.includes(reader))
}

function subscriberIn(relay: TestRelay, address: string): Subscriber | undefined {
  const store = openReader(relay.database)
  try {
    return store.subscriber(store.list(countedList)?.id ?? 0, address)
  } finally {
    store.close()
  }
}
