/**
 * The records that an SPF record leads to, and how many look-ups they take: RFC 7208 sections 4.6.4 and 5. Nothing is judged for an
 * address; what needs a message (macros) is counted and not followed.
 */

import type { Answer, Resolver } from '../../dns/resolver.ts'
import { isDomain } from '../../message/mailbox.ts'

export interface SpfNode {
  readonly domain: string
  /** The record; absent where there is none that counts. */
  readonly record?: string
  /** Why receivers give up here. */
  readonly problem?: string
  readonly terms: readonly SpfTerm[]
}

export interface SpfTerm {
  /** As written. */
  readonly text: string
  /** Look-ups that it costs by itself: 1 or 0. */
  readonly lookUps: number
  readonly problem?: string
  /** What `include` and `redirect` lead to. */
  readonly node?: SpfNode
}

export interface SpfTree {
  readonly root: SpfNode
  /** RFC 7208 section 4.6.4 allows 10. */
  readonly lookUps: number
  /** Look-ups that found nothing; RFC 7208 section 4.6.4 wants no more than 2. */
  readonly voids: number
  /** What is said of all other addresses, by the record itself or the one that it redirects to. */
  readonly all: 'pass' | 'fail' | 'softfail' | 'neutral' | undefined
  /** Everything that makes a receiver give up, or that DNS did not answer. */
  readonly problems: readonly string[]
  readonly usesPtr: boolean
}

/** RFC 7208 section 4.6.4; receivers stop at 10. So many are followed, to show by how much it is exceeded. */
const maxFollowed = 30
/** More terms than anybody writes. */
const maxTerms = 200
/** RFC 7208 section 4.6.4: of one `mx`. */
const maxExchanges = 10

const mechanism = /^[+\-?~]?(all|include|a|mx|ptr|ip4|ip6|exists)(?::([^/]+))?(?:\/{1,2}\d{1,3}){0,2}$/i
const modifier = /^([a-z][a-z0-9._-]*)=(.*)$/i
/** Mechanisms that mean nothing without what stands behind the colon. */
const valued: ReadonlySet<string> = new Set(['include', 'ip4', 'ip6', 'exists'])
const results = { '': 'pass', '+': 'pass', '-': 'fail', '~': 'softfail', '?': 'neutral' } as const

export async function spfTree(
  domain: string,
  resolver: Pick<Resolver, 'txt' | 'mx' | 'addresses'>,
): Promise<SpfTree> {
  const walk = new SpfWalk(resolver)
  const root = await walk.follow(domain, [])
  const { lookUps, voids, problems, usesPtr } = walk
  return { root, lookUps, voids, all: allOf(root), problems, usesPtr }
}

/** True for a record of SPF (RFC 7208 section 4.5). */
export function isSpfRecord(text: string): boolean {
  return /^v=spf1(?: |$)/i.test(text)
}

function allOf({ terms }: SpfNode): SpfTree['all'] {
  for (const { text } of terms) {
    const match = /^([+\-?~]?)all$/i.exec(text)
    if (match !== null) return results[(match[1] ?? '') as keyof typeof results]
  }
  const redirect = terms.find(({ text }) => /^redirect=/i.test(text))?.node
  return redirect === undefined ? undefined : allOf(redirect)
}

class SpfWalk {
  lookUps = 0
  voids = 0
  usesPtr = false
  readonly problems: string[] = []
  readonly #resolver: Pick<Resolver, 'txt' | 'mx' | 'addresses'>

  constructor(resolver: Pick<Resolver, 'txt' | 'mx' | 'addresses'>) {
    this.#resolver = resolver
  }

  /** @param above the domains whose records led here */
  async follow(domain: string, above: readonly string[]): Promise<SpfNode> {
    if (above.includes(domain)) return this.#broken(domain, 'leads back to itself')
    const answer = await this.#resolver.txt(domain)
    if (answer.kind === 'temporary') return this.#broken(domain, answer.reason)
    const records = answer.kind === 'records' ? answer.records.filter(isSpfRecord) : []
    const [record] = records
    if (record === undefined) {
      if (above.length > 0) this.voids++
      return this.#broken(domain, 'has no SPF record')
    }
    if (records.length > 1)
      return this.#broken(domain, `has ${records.length} SPF records, of which one may be`)
    const terms: SpfTerm[] = []
    for (const text of record.split(/ +/).slice(1, maxTerms).filter(Boolean)) {
      terms.push(await this.#term(text, domain, [...above, domain]))
    }
    return { domain, record, terms }
  }

  #broken(domain: string, problem: string): SpfNode {
    this.problems.push(`${domain} ${problem}`)
    return { domain, problem, terms: [] }
  }

  async #term(text: string, domain: string, above: readonly string[]): Promise<SpfTerm> {
    const match = mechanism.exec(text) ?? modifier.exec(text)
    if (match === null) return this.#wrong(text, 0, 'is no term of SPF')
    const name = (match[1] ?? '').toLowerCase()
    const value = match[2]
    if (valued.has(name) && value === undefined) return this.#wrong(text, 0, 'says nothing behind its name')
    if (name === 'include' || name === 'redirect') return this.#lead(text, value ?? '', above)
    if (name === 'a' || name === 'mx') return this.#hosts(text, name, value ?? domain)
    if (name !== 'ptr' && name !== 'exists') return { text, lookUps: 0 }
    this.lookUps++
    this.usesPtr ||= name === 'ptr'
    return { text, lookUps: 1 }
  }

  async #lead(text: string, target: string, above: readonly string[]): Promise<SpfTerm> {
    this.lookUps++
    if (target.includes('%{')) return { text, lookUps: 1 }
    if (!isDomain(target)) return this.#wrong(text, 1, 'leads to no domain')
    if (this.lookUps > maxFollowed) return { text, lookUps: 1, problem: 'not followed: too many look-ups' }
    return { text, lookUps: 1, node: await this.follow(target.toLowerCase(), above) }
  }

  async #hosts(text: string, name: 'a' | 'mx', target: string): Promise<SpfTerm> {
    this.lookUps++
    if (target.includes('%{') || this.lookUps > maxFollowed) return { text, lookUps: 1 }
    const answer: Answer<unknown> =
      name === 'a' ? await this.#resolver.addresses(target) : await this.#resolver.mx(target)
    if (answer.kind === 'temporary') return this.#wrong(text, 1, `cannot be looked up: ${answer.reason}`)
    if (answer.kind === 'absent') {
      this.voids++
      return { text, lookUps: 1, problem: 'finds nothing' }
    }
    if (name === 'mx' && answer.records.length > maxExchanges)
      return this.#wrong(text, 1, 'names more than 10 hosts')
    return { text, lookUps: 1 }
  }

  #wrong(text: string, lookUps: number, problem: string): SpfTerm {
    this.problems.push(`${text} ${problem}`)
    return { text, lookUps, problem }
  }
}
