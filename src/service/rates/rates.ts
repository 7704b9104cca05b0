/**
 * How often clients, accounts and senders may come: judged in the session, before anything is looked up or stored. All that a limit
 * needs is in memory and bounded; what is counted for accounts is kept in the store (keep-account-rates.ts).
 */
import type { Rate } from '../../bounded/rate-meter.ts'
import { RateMeter } from '../../bounded/rate-meter.ts'
import type { RelayConfig } from '../../config/schema.ts'
import { asciiDomainOf } from '../../message/mailbox.ts'
import { networkMatcher } from '../../receive/networks.ts'
import { tooManyFor } from '../../smtp/replies.ts'
import type { SmtpReply } from '../../smtp/reply.ts'
import type { AccountRate } from '../../store/account-rate-records.ts'
import type { RateKind } from './rate-counts.ts'
import { RateCounts } from './rate-counts.ts'
import { networkName } from './rate-keys.ts'

/** Who is counted. */
export interface RatedClient {
  /** IP address. */
  readonly address: string
  /** In the trusted networks of its listener: nothing of it is counted. */
  readonly trusted: boolean
  /** The account that it has authenticated itself as: counted instead of its network. */
  readonly account?: string
}

/** One limit that is asked, and for whom. */
interface Question {
  readonly kind: RateKind
  readonly key: string
  readonly code: 421 | 450
  /** Too many what, of whom: for the reply. */
  readonly what: string
}

export type RateSettings = RelayConfig['rates']

export class Rates {
  readonly counts = new RateCounts()
  readonly #settings: RateSettings
  readonly #clock: () => number
  readonly #isExempt: (address: string) => boolean
  readonly #meters: ReadonlyMap<RateKind, RateMeter>
  readonly #replies = new WeakSet<SmtpReply>()
  /** Counts of accounts that are not in the store yet, by kind and account. */
  #unkept = new Map<string, AccountRate>()

  /**
   * @param clock Unix milliseconds
   * @param maxKeys networks, accounts, domains or aliases that each limit remembers
   */
  constructor(settings: RateSettings, clock: () => number, maxKeys: number) {
    this.#settings = settings
    this.#clock = clock
    this.#isExempt = networkMatcher(settings.exempt)
    this.#meters = metersOf(settings, maxKeys)
  }

  /** The reply to a connection beyond its limit; undefined counts it. */
  connection(client: RatedClient): SmtpReply | undefined {
    if (!this.#isCounted(client)) return undefined
    return this.#take([this.#ofNetwork('connections', client, 421)])
  }

  /** The reply to a MAIL beyond a limit; undefined counts it. */
  mail(client: RatedClient, reversePath: string): SmtpReply | undefined {
    if (!this.#isCounted(client)) return undefined
    return this.#take(this.#ofSender('messages', client, reversePath))
  }

  /**
   * The reply to a RCPT beyond a limit; undefined counts it.
   *
   * @param alias the alias or list that it belongs to, where it does
   */
  recipient(
    client: RatedClient,
    reversePath: string,
    alias: () => string | undefined,
  ): SmtpReply | undefined {
    if (!this.#isCounted(client)) return undefined
    const questions = this.#ofSender('recipients', client, reversePath)
    const kind = 'messages to aliases'
    const address = this.#meters.has(kind) ? alias() : undefined
    const ofAlias: Question[] =
      address === undefined ? [] : [{ kind, key: address, code: 450, what: 'messages to this address' }]
    return this.#take([...questions, ...ofAlias])
  }

  /** True for a reply of a limit: the log has a summary of those. */
  isOwn(reply: SmtpReply | undefined): boolean {
    return reply !== undefined && this.#replies.has(reply)
  }

  /** Takes over what an earlier run had counted. */
  restore(kept: readonly AccountRate[]): void {
    for (const { limit, account, ...count } of kept) this.#meters.get(limit)?.restore(account, count)
  }

  /** What was counted for accounts since this was asked last. */
  takeUnkept(): AccountRate[] {
    const unkept = [...this.#unkept.values()]
    this.#unkept = new Map()
    return unkept
  }

  #isCounted({ address, trusted }: RatedClient): boolean {
    return this.#meters.size > 0 && !trusted && !this.#isExempt(address)
  }

  #ofSender(what: 'messages' | 'recipients', client: RatedClient, reversePath: string): Question[] {
    const { account } = client
    const whose: Question =
      account === undefined
        ? this.#ofNetwork(what, client, 450)
        : { kind: `${what} of accounts`, key: account, code: 450, what: `${what} of this account` }
    if (reversePath === '') return [whose]
    const domain = asciiDomainOf(reversePath)
    const ofDomain = { key: domain, code: 450, what: `${what} from ${domain}` } as const
    return [whose, { kind: `${what} of sender domains`, ...ofDomain }]
  }

  #ofNetwork(
    what: 'connections' | 'messages' | 'recipients',
    { address }: RatedClient,
    code: Question['code'],
  ): Question {
    const key = networkName(address, this.#settings)
    return { kind: `${what} of networks`, key, code, what: `${what} from ${key}` }
  }

  /** Counted everywhere or nowhere: what is refused for one limit must not use up another. */
  #take(questions: readonly Question[]): SmtpReply | undefined {
    const now = this.#clock()
    let longest: { readonly wait: number; readonly question: Question } | undefined
    for (const question of questions) {
      const wait = this.#meters.get(question.kind)?.wait(question.key, now) ?? 0
      if (wait > (longest?.wait ?? 0)) longest = { wait, question }
    }
    if (longest !== undefined) return this.#refuse(longest.question, longest.wait)
    for (const { kind, key } of questions) this.#count(kind, key, now)
    return undefined
  }

  #refuse({ kind, key, code, what }: Question, waitMilliseconds: number): SmtpReply {
    this.counts.refused(kind, key)
    const reply = tooManyFor(code, what, Math.ceil(waitMilliseconds / 1000))
    this.#replies.add(reply)
    return reply
  }

  #count(kind: RateKind, key: string, now: number): void {
    const count = this.#meters.get(kind)?.add(key, now)
    if (count === undefined || (kind !== 'messages of accounts' && kind !== 'recipients of accounts')) return
    this.#unkept.set(`${kind} ${key}`, { limit: kind, account: key, ...count })
  }
}

function metersOf(settings: RateSettings, maxKeys: number): ReadonlyMap<RateKind, RateMeter> {
  const { networks, accounts, senderDomains, aliases } = settings
  const limits: readonly [RateKind, { readonly most: number; readonly inSeconds: number } | undefined][] = [
    ['connections of networks', networks.connections],
    ['messages of networks', networks.messages],
    ['recipients of networks', networks.recipients],
    ['messages of accounts', accounts.messages],
    ['recipients of accounts', accounts.recipients],
    ['messages of sender domains', senderDomains.messages],
    ['recipients of sender domains', senderDomains.recipients],
    ['messages to aliases', aliases.messages],
  ]
  const meters = new Map<RateKind, RateMeter>()
  for (const [kind, limit] of limits) {
    if (limit === undefined) continue
    const rate: Rate = { most: limit.most, periodMilliseconds: limit.inSeconds * 1000 }
    meters.set(kind, new RateMeter(rate, maxKeys))
  }
  return meters
}
