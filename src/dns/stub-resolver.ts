/**
 * Asks name servers that look answers up for us (a stub resolver, RFC 1034 section 5.3.1): over UDP, over TCP where an answer is
 * too long for that, each server in turn.
 */

import type { Answer as ResourceRecord } from 'dns-packet'
import { Semaphore } from '../bounded/semaphore.ts'
import { type Followed, followAliases } from './aliases.ts'
import { queryName } from './name.ts'
import { type NameServer, readNameServer, systemServers } from './name-server.ts'
import { encodeQuery, mixedCase, type QueryType } from './query.ts'
import * as read from './record-contents.ts'
import type { Reply, ReplyAnswer } from './reply.ts'
import {
  type Answer,
  type AnswerFacts,
  type HostAddress,
  joinFamilies,
  type ShownType,
  type SurveyResolver,
} from './resolver.ts'
import { askOverTcp, askOverUdp } from './transport.ts'

export interface StubResolverSettings {
  /** Name servers as 'address', 'address:port' or '[address]:port'; without it those of the operating system. */
  readonly servers?: readonly string[]
  /** How long one try waits for its answer. */
  readonly timeoutMilliseconds: number
  /** How often each server is asked before the question counts as a temporary failure. */
  readonly tries: number
  /** These servers validate with DNSSEC, and nobody can change what they say on its way: their AD bit is believed. */
  readonly validates: boolean
  /** That many random octets. */
  readonly random: (octets: number) => Buffer
  /** Records of one answer that are looked at; the rest is dropped. */
  readonly maxRecords: number
  /** A TXT record that is longer is dropped. */
  readonly maxTxtOctets: number
  /** Aliases in a row; a chain that is longer is a temporary failure. */
  readonly maxAliases: number
  /** Questions under way at the same time; the others wait. */
  readonly maxQuestionsAtOnce: number
}

/**
 * A resolver for the given servers, or for those of the operating system.
 *
 * @throws TypeError for a server that is no address
 */
export function stubResolver(settings: StubResolverSettings): SurveyResolver {
  const stub = new Stub(settings)
  const family = (name: string, number: 4 | 6): Promise<Answer<HostAddress>> =>
    stub.look(name, number === 4 ? 'A' : 'AAAA', read.address)
  return {
    txt: name => stub.look(name, 'TXT', record => read.text(record, settings.maxTxtOctets)),
    mx: name => stub.look(name, 'MX', read.exchange),
    srv: name => stub.look(name, 'SRV', read.service),
    uri: name => stub.look(name, 'UNKNOWN_256', record => read.uri(record, settings.maxTxtOctets)),
    addresses: async name => joinFamilies(...(await Promise.all([family(name, 4), family(name, 6)]))),
    alias: name => stub.look(name, 'CNAME', read.alias),
    tlsa: name => stub.look(name, 'TLSA', read.tlsa),
    pointers: name => stub.look(name, 'PTR', read.pointer),
    octets: (name, type) =>
      stub.look(name, shownTypes[type], record => read.octets(record, shownTypes[type])),
  }
}

const shownTypes: Readonly<Record<ShownType, QueryType>> = { SMIMEA: 'UNKNOWN_53', OPENPGPKEY: 'UNKNOWN_61' }

interface Temporary {
  readonly kind: 'temporary'
  readonly reason: string
}

/** The answer at the end of all aliases, and what led to it. */
interface Found extends Followed {
  readonly kind: 'found'
  /** Every answer on the way had the AD bit. */
  readonly isAuthentic: boolean
  readonly last: ReplyAnswer
}

/** One question over one way. `isMixed`: in letters of mixed case, unless the server is known not to keep them. */
type AskOver = (transport: typeof askOverUdp, edns: boolean, isMixed?: boolean) => Promise<Reply>

class Stub {
  readonly #settings: StubResolverSettings
  readonly #servers: readonly NameServer[]
  readonly #questions: Semaphore
  /** Servers that repeat a question in other letters than it was put in: they are asked in small ones. */
  readonly #respelling = new Set<NameServer>()
  /** The server that answered last is asked first: one that is down costs its time only once. */
  #preferred = 0

  constructor(settings: StubResolverSettings) {
    this.#settings = settings
    this.#questions = new Semaphore(settings.maxQuestionsAtOnce)
    this.#servers = (settings.servers ?? systemServers()).map(text => {
      const server = readNameServer(text)
      if (server === undefined) throw new TypeError(`${text} is not the address of a name server`)
      return server
    })
  }

  /**
   * Looks up records of one type.
   *
   * @param contents reads one record; undefined drops it
   */
  async look<T>(
    asked: string,
    type: QueryType,
    contents: (record: ResourceRecord) => T | undefined,
  ): Promise<Answer<T>> {
    const name = queryName(asked)
    // What DNS cannot hold does not exist.
    if (name === undefined) return { kind: 'absent', isNoName: true }
    const found = await this.#follow(name, type)
    if (found.kind === 'temporary') return found
    const records = found.records
      .slice(0, this.#settings.maxRecords)
      .map(contents)
      .filter(record => record !== undefined)
    const facts = this.#facts(found, records.length > 0)
    if (records.length > 0) return { kind: 'records', records, ...facts }
    const isNoName = !found.last.exists && found.names.length === 1
    return { kind: 'absent', ...facts, ...(isNoName && { isNoName }) }
  }

  /** Asks through aliases: an answer that ends in one, and tells nothing of its target, leads to another question. */
  async #follow(first: string, type: QueryType): Promise<Found | Temporary> {
    let way: Followed = { names: [first], records: [], lives: [], isLoop: false }
    let isAuthentic = true
    for (let name = first; ; ) {
      const told = await this.#ask(name, type)
      if (told.kind === 'temporary') return told
      isAuthentic &&= told.authenticData
      way = followAliases(way, type, told.records)
      const problem = this.#aliasProblem(way)
      if (problem !== undefined) return { kind: 'temporary', reason: `DNS ${type} ${first}: ${problem}` }
      const target = queryName(way.names.at(-1) ?? '')
      const isTold = way.records.length > 0 || !told.exists || told.negativeTtlSeconds !== undefined
      if (isTold || target === undefined || target === name) {
        return { kind: 'found', ...way, isAuthentic, last: told }
      }
      name = target
    }
  }

  #aliasProblem({ names, isLoop }: Followed): string | undefined {
    if (isLoop) return 'the aliases lead in a circle'
    return names.length > 1 + this.#settings.maxAliases ? 'too many aliases' : undefined
  }

  #facts({ names, lives, last, isAuthentic }: Found, isThere: boolean): AnswerFacts {
    // How long something is absent, the zone alone can say (RFC 2308 section 5).
    const ends = isThere ? [] : [last.negativeTtlSeconds]
    const all = [...lives, ...ends].filter(seconds => seconds !== undefined)
    const isKnown = isThere || last.negativeTtlSeconds !== undefined
    const canonicalName = names.length > 1 ? names.at(-1) : undefined
    return {
      ...(isKnown && { ttlSeconds: Math.min(...all) }),
      ...(this.#settings.validates && isAuthentic && { authentic: true }),
      ...(canonicalName !== undefined && { canonicalName }),
    }
  }

  /** One question to the servers in turn, until one of them answers it. */
  async #ask(name: string, type: QueryType): Promise<ReplyAnswer | Temporary> {
    const causes = new Map<NameServer, string>()
    for (let tried = 0; tried < this.#settings.tries; tried++) {
      for (const server of this.#inTurn()) {
        const reply = await this.#questions.run(() => this.#askServer(server, name, type))
        if (reply.kind === 'answer') {
          this.#preferred = this.#servers.indexOf(server)
          return reply
        }
        causes.set(server, 'cause' in reply ? reply.cause : 'malformed answer')
      }
    }
    return { kind: 'temporary', reason: `DNS ${type} ${name}: ${causesText(causes)}` }
  }

  #inTurn(): NameServer[] {
    return [...this.#servers.slice(this.#preferred), ...this.#servers.slice(0, this.#preferred)]
  }

  async #askServer(server: NameServer, name: string, type: QueryType): Promise<Reply> {
    const { timeoutMilliseconds, validates, random } = this.#settings
    const over: AskOver = (transport, edns, isMixed = !this.#respelling.has(server)) => {
      const spelling = isMixed ? mixedCase(name, random) : name
      const query = { id: random(2).readUInt16BE(), name, spelling, isSpellingKept: isMixed, type }
      const octets = encodeQuery(query, { edns, dnssec: validates && edns })
      return transport(server, query, octets, timeoutMilliseconds)
    }
    const reply = await over(askOverUdp, true)
    const plain = reply.kind === 'not-understood' ? await over(askOverUdp, false) : reply
    if (plain.kind === 'respelled') return this.#withoutSpelling(server, over, reply === plain)
    if (plain.kind !== 'truncated') return plain
    const whole = await over(askOverTcp, reply === plain)
    return whole.kind === 'respelled' ? this.#remember(server, whole.reply) : whole
  }

  /**
   * The answer came in other letters than the question: a guess, or a server of that kind. Over TCP the server itself tells; where it
   * does not speak TCP it is asked as if nothing were known of letters.
   */
  async #withoutSpelling(server: NameServer, over: AskOver, edns: boolean): Promise<Reply> {
    const whole = await over(askOverTcp, edns)
    if (whole.kind === 'respelled') return this.#remember(server, whole.reply)
    return whole.kind === 'failure' ? over(askOverUdp, edns, false) : whole
  }

  #remember(server: NameServer, reply: Reply): Reply {
    this.#respelling.add(server)
    return reply
  }
}

/** Every cause with the servers of which it was the last. */
function causesText(causes: ReadonlyMap<NameServer, string>): string {
  if (causes.size === 0) return 'no name server is known'
  const byCause = Map.groupBy(causes, ([, cause]) => cause)
  return [...byCause]
    .map(([cause, servers]) => `${cause} (asked ${servers.map(([server]) => server.text).join(', ')})`)
    .join('; ')
}
