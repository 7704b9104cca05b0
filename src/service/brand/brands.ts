/** Images of senders, looked up once in a while and kept in memory: a message asks DNS, and the web only for what is not known yet. */

import { RecentMap } from '../../bounded/recent-map.ts'
import {
  type BrandFinding,
  type BrandRecord,
  fetchBrand,
  findAssertion,
  type TextLookUp,
} from '../../brand/find-brand.ts'
import type { WebFetch } from '../../brand/web-fetch.ts'
import type { DmarcVerdict } from '../../dmarc/evaluate.ts'
import * as limits from '../../limits.ts'
import type { Message } from '../../message/message.ts'

export interface BrandsDependencies {
  readonly texts: TextLookUp
  readonly fetch: WebFetch
  clock(): number
}

interface Kept {
  readonly finding: Promise<BrandFinding>
  readonly until: number
}

export class Brands {
  readonly #dependencies: BrandsDependencies
  readonly #kept = new RecentMap<string, Kept>({ maxEntries: limits.brands.maxKept })
  #underWay = 0

  constructor(dependencies: BrandsDependencies) {
    this.#dependencies = dependencies
  }

  /** The image to show beside a message whose DMARC verdict is `dmarc`. Never rejects. */
  async of(message: Message, dmarc: DmarcVerdict, isAuthorityNeeded: boolean): Promise<BrandFinding> {
    if (dmarc.result !== 'pass') return { kind: 'none', reason: `DMARC: ${dmarc.result}` }
    const asserted = await findAssertion(message, dmarc, this.#dependencies.texts)
    return asserted.kind === 'none' ? asserted : this.#fetched(asserted.record, isAuthorityNeeded)
  }

  #fetched(record: BrandRecord, isAuthorityNeeded: boolean): Promise<BrandFinding> {
    const { domain, selector, location, authority = '' } = record
    const key = [domain, selector, location, authority, isAuthorityNeeded].join(' ')
    const now = this.#dependencies.clock()
    const known = this.#kept.get(key)
    if (known !== undefined && now < known.until) return known.finding
    if (this.#underWay >= limits.brands.fetchesAtOnce)
      return Promise.resolve({ kind: 'none', reason: 'too many images are being fetched' })
    this.#underWay++
    const finding = fetchBrand(record, isAuthorityNeeded, this.#dependencies.fetch).finally(
      () => this.#underWay--,
    )
    this.#kept.set(key, { finding, until: now + limits.brands.keptMilliseconds })
    return finding
  }
}
