/** Next hops of the kill campaign that behave badly by chance, and the ledger of what was promised and what has arrived. */
import { setTimeout as pause } from 'node:timers/promises'
import { Sink, type SinkAction, type SinkQuestion } from '../support/sink.ts'
import type { Random } from './random.ts'

/** What a next hop does to one message. `lost-reply` takes it and is gone before it says so. */
export const hostilities = ['none', 'silent', 'reset', 'later', 'out-of-step', 'slow', 'lost-reply'] as const
export type Hostility = (typeof hostilities)[number]

/** A copy of a message that a next hop took. */
interface Arrival {
  /** Which life of the relay opened the connection that it came by: one more after each kill. */
  readonly life: number
  /** Whether the relay could see the reply that took it. */
  readonly isReplySeen: boolean
}

/** Every copy that the relay owes, by message and recipient. */
export class Ledger {
  life = 0
  readonly owed = new Set<string>()
  readonly #arrivals = new Map<string, Arrival[]>()

  arrived(copy: string, arrival: Arrival): void {
    const before = this.#arrivals.get(copy) ?? []
    this.#arrivals.set(copy, [...before, arrival])
  }

  get missing(): string[] {
    return [...this.owed].filter(copy => !this.#arrivals.has(copy))
  }

  get copies(): number {
    return this.#arrivals.size
  }

  /** Arrivals beyond the first of each copy, by what explains them. */
  get duplicates(): {
    readonly byKill: number
    readonly byLostReply: number
    readonly unexplained: string[]
  } {
    let byKill = 0
    let byLostReply = 0
    const unexplained: string[] = []
    for (const [copy, arrivals] of this.#arrivals) {
      arrivals.slice(1).forEach((arrival, at) => {
        const before = arrivals[at]
        if (before === undefined || !before.isReplySeen) byLostReply += 1
        else if (before.life < arrival.life) byKill += 1
        else unexplained.push(copy)
      })
    }
    return { byKill, byLostReply, unexplained }
  }
}

export interface Peers {
  readonly sinks: readonly Sink[]
  /** From now on everything is taken. */
  heal(): void
  /** Misbehaves again. */
  sicken(): void
  close(): Promise<void>
}

/** Starts next hops; each decides by chance for each message what to do to it. */
export async function startPeers(
  count: number,
  ledger: Ledger,
  random: Random,
  among: readonly Hostility[],
): Promise<Peers> {
  let isHealthy = false
  const sinks = await Promise.all(Array.from({ length: count }, () => Sink.start()))
  const [first = 'none', ...others] = among
  const choose = (): Hostility => (isHealthy || !random.oneIn(3) ? 'none' : random.pick([first, ...others]))
  for (const sink of sinks) behave(sink, ledger, random, choose)
  return {
    sinks,
    heal() {
      isHealthy = true
    },
    sicken() {
      isHealthy = false
    },
    close: async () => void (await Promise.all(sinks.map(sink => sink.close()))),
  }
}

/** One choice for each transaction, made at MAIL and kept to its end. */
function behave(sink: Sink, ledger: Ledger, random: Random, choose: () => Hostility): void {
  const chosen = new Map<number, { readonly what: Hostility; readonly at: string }>()
  // What a relay wrote before it was killed may be read when the next one runs already: the connection tells whose it was.
  const lives = new Map<number, number>()
  sink.always('connect', ({ message }) => void lives.set(message.connection, ledger.life))
  const act = async (asked: SinkQuestion): Promise<SinkAction | undefined> => {
    const { phase, message } = asked
    if (phase === 'mail') {
      chosen.set(message.connection, { what: choose(), at: random.pick(['mail', 'rcpt', 'data', 'body']) })
    }
    const choice = chosen.get(message.connection) ?? { what: 'none', at: '' }
    const action =
      choice.at === phase || choice.what === 'lost-reply' ? await deed(choice.what, phase) : undefined
    if (phase === 'body') takeNote(asked, choice.what, action, ledger, lives.get(message.connection) ?? 0)
    return action
  }
  for (const phase of ['mail', 'rcpt', 'data', 'body'] as const) sink.always(phase, act)
}

async function deed(what: Hostility, phase: string): Promise<SinkAction | undefined> {
  if (what === 'silent') return { do: 'nothing' }
  if (what === 'reset') return { do: 'reset' }
  if (what === 'later') return '451 4.7.1 later'
  if (what === 'lost-reply') return phase === 'body' ? { do: 'drop' } : undefined
  if (what === 'slow') await pause(200)
  if (what !== 'out-of-step') return undefined
  // A reply too many before the message, and then the message is not taken.
  return phase === 'body' ? '451 4.3.0 not taken' : '250 2.0.0 OK\n250 2.0.0 once more'
}

function takeNote(
  asked: SinkQuestion,
  what: Hostility,
  action: SinkAction | undefined,
  ledger: Ledger,
  life: number,
): void {
  if (action !== undefined && what !== 'lost-reply') return
  const subject = /^Subject: (\S+)/m.exec(asked.message.octets.toString('latin1'))?.[1] ?? ''
  const isReplySeen = what === 'none' || what === 'slow'
  for (const path of asked.message.forwardPaths) ledger.arrived(`${subject} ${path}`, { life, isReplySeen })
}
