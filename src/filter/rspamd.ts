/** rspamd as a content filter: its HTTP protocol, `POST /checkv2` at a normal worker (docs.rspamd.com, "HTTP protocol"). */
import { readBounded } from '../bounded/read-bounded.ts'
import type { ContentFilter, FilterQuestion, FilterVerdict } from './content-filter.ts'
import { headerText } from './header-text.ts'
import { postOverHttp } from './http-post.ts'

export interface RspamdSettings {
  /** Where it listens: `http://127.0.0.1:11333`. */
  readonly url: string
  /** Octets of its answer. */
  readonly maxAnswerOctets: number
  /** Recipients that it is told of. */
  readonly maxRecipients: number
}

export function rspamd(settings: RspamdSettings): ContentFilter {
  const url = new URL('/checkv2', settings.url)
  return async (question, ends) => {
    const response = await postOverHttp(
      url,
      headersOf(question, settings.maxRecipients),
      question.chunks,
      ends,
    )
    const body = await readBounded(response, settings.maxAnswerOctets)
    if (response.statusCode !== 200) throw new Error(`rspamd answered with status ${response.statusCode}`)
    return readRspamdAnswer(body.toString('utf8'))
  }
}

function headersOf(question: FilterQuestion, maxRecipients: number): Record<string, string | string[]> {
  const { queueId, peer, envelope, results } = question
  return {
    IP: peer.address,
    Helo: headerText(peer.helo),
    ...(peer.hostname !== undefined && { Hostname: headerText(peer.hostname) }),
    ...(peer.tls !== undefined && { 'TLS-Version': peer.tls.version, 'TLS-Cipher': peer.tls.cipher }),
    From: headerText(envelope.reversePath),
    Rcpt: envelope.forwardPaths.slice(0, maxRecipients).map(headerText),
    'Queue-Id': queueId,
    'Authentication-Results': headerText(results),
  }
}

/** What its actions are here. To discard is to refuse: nothing that was taken disappears. `greylist` without `soft reject` is a remark. */
const actions: ReadonlyMap<string, FilterVerdict['action']> = new Map([
  ['no action', 'accept'],
  ['greylist', 'accept'],
  ['add header', 'mark'],
  ['rewrite subject', 'mark'],
  ['quarantine', 'mark'],
  ['soft reject', 'defer'],
  ['reject', 'refuse'],
  ['discard', 'refuse'],
])

/** Symbols beyond this number say little: the weightiest come first, and real verdicts have some dozens. */
const maxSymbols = 50

/**
 * Reads the JSON of an answer.
 *
 * @throws Error when it is none, or has no action that is known
 */
export function readRspamdAnswer(text: string): FilterVerdict {
  const answer = membersOf(parsed(text))
  const word = answer.action
  const action = typeof word === 'string' ? actions.get(word) : undefined
  if (action === undefined) throw new Error('the answer of rspamd has no action that is known')
  const said = membersOf(answer.messages).smtp_message
  const { score, required_score: requiredScore } = answer
  return {
    action,
    word: String(word),
    ...(typeof said === 'string' && said !== '' && { text: said }),
    ...(isNumber(score) && { score }),
    ...(isNumber(requiredScore) && { requiredScore }),
    symbols: symbolsOf(answer.symbols),
  }
}

function symbolsOf(value: unknown): string[] {
  return Object.entries(membersOf(value))
    .filter(([name]) => /^[A-Za-z0-9_]{1,80}$/.test(name))
    .map(([name, symbol]) => ({ name, weight: weightOf(symbol) }))
    .sort((one, other) => other.weight - one.weight)
    .slice(0, maxSymbols)
    .map(({ name }) => name)
}

function weightOf(symbol: unknown): number {
  const { score } = membersOf(symbol)
  return isNumber(score) ? Math.abs(score) : 0
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error('the answer of rspamd is no JSON')
  }
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
