/**
 * The questions that one message may ask of DNS: each name once, so many names in all, and none after its judgement has
 * ended. What was not found out by then is a temporary failure, at once.
 */
import type { TxtAnswer, TxtLookup } from '../dkim2/index.ts'

/** Answers DNS questions in the form that mailauth asks them: throws errors with a `code` as node:dns does. */
export type RecordResolver = (name: string, type: string) => Promise<unknown[]>

/** What a message asks; both count together. */
export interface LookUps {
  readonly lookup: TxtLookup
  readonly resolver: RecordResolver
  /** A name server did not answer, or had no time to: what could not be found out might be found out later. */
  readonly hasUnknown: () => boolean
}

export interface LookUpBounds {
  /** Names that are asked for; an address is asked for in two families and counts twice. */
  readonly maxNames: number
  /** Ends the judgement: its time is over, or its client has gone. */
  readonly ends: AbortSignal
}

/** Codes of node:dns: no answer, and a name that is not asked for, which SPF takes as permanent (RFC 7208 section 4.6.4). */
const noAnswer = 'ETIMEOUT'
const notAsked = 'EBADNAME'
const absent: ReadonlySet<unknown> = new Set(['ENOTFOUND', 'ENODATA', notAsked])

/** Whether an error of a resolver says that there is nothing, and not that nobody answered. */
export function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && absent.has(error.code)
}

/** The questions of one message, in front of those of the relay. */
export function boundedLookUps(
  { lookup, resolver }: Pick<LookUps, 'lookup' | 'resolver'>,
  { maxNames, ends }: LookUpBounds,
): LookUps {
  const texts = new Map<string, Promise<TxtAnswer>>()
  const records = new Map<string, Promise<unknown[]>>()
  const ended = whenAborted(ends)
  let names = 0
  let isUnknown = false

  function mayAsk(count: number): boolean {
    names += count
    return names <= maxNames
  }

  async function askText(name: string): Promise<TxtAnswer> {
    if (!mayAsk(1)) return { kind: 'absent' }
    const failed: TxtAnswer = { kind: 'temporary', reason: overReason }
    const answer = ends.aborted ? failed : await Promise.race([lookup(name), ended.then(() => failed)])
    isUnknown ||= answer.kind === 'temporary'
    return answer
  }

  async function askRecords(name: string, type: string): Promise<unknown[]> {
    if (!mayAsk(isAddress(type) ? 2 : 1)) throw coded(notAsked, `more than ${maxNames} names for one message`)
    try {
      if (ends.aborted) throw coded(noAnswer, overReason)
      const over = ended.then(() => Promise.reject(coded(noAnswer, overReason)))
      return await Promise.race([resolver(name, type), over])
    } catch (error) {
      isUnknown ||= !isAbsent(error)
      throw error
    }
  }

  return {
    lookup: name => once(texts, name.toLowerCase(), () => askText(name)),
    resolver: (name, type) => once(records, `${type} ${name.toLowerCase()}`, () => askRecords(name, type)),
    hasUnknown: () => isUnknown,
  }
}

const overReason = 'the judgement of the message has ended'

function isAddress(type: string): boolean {
  return type === 'A' || type === 'AAAA'
}

function once<T>(known: Map<string, Promise<T>>, key: string, ask: () => Promise<T>): Promise<T> {
  const before = known.get(key)
  if (before !== undefined) return before
  const answer = ask()
  known.set(key, answer)
  return answer
}

/** One listener for all questions. */
function whenAborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  signal.addEventListener('abort', () => resolve(), { once: true })
  return promise
}

function coded(code: string, text: string): Error {
  return Object.assign(new Error(text), { code })
}
