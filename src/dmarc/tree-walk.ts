/**
 * The DNS Tree Walk (RFC 9989 section 4.10): from a domain up to the root, without a list of public suffixes, in at most eight
 * questions. The records on the way say where an organization begins.
 */
import type { DmarcLookUps, TextAnswer } from './look-ups.ts'
import { isPolicyRecord, type PolicyRecord, readPolicyRecord } from './policy-record.ts'

/** A question of the walk and what came of it. */
export interface WalkStep {
  /** Of which the record is asked for. */
  readonly domain: string
  /** `_dmarc.` and the domain. */
  readonly name: string
  readonly found: StepFinding
}

export type StepFinding =
  | { readonly kind: 'record'; readonly record: PolicyRecord }
  | { readonly kind: 'absent' }
  /** There are records of DMARC, but none that counts. */
  | { readonly kind: 'discarded'; readonly reason: string }
  | { readonly kind: 'temporary'; readonly reason: string }

export interface TreeWalk {
  /** In the order in which they were asked. */
  readonly steps: readonly WalkStep[]
  /** DNS did not answer: what lies above is not known. */
  readonly error?: string
}

/** A domain of so many labels is cut to one less than that, at once: names of any length take no more questions. */
const maxLabels = 8

/**
 * The domains that a walk asks for, the longest first.
 *
 * @param domain lower case, A-labels, without a final dot
 */
export function walkedDomains(domain: string): readonly string[] {
  const labels = domain.split('.')
  const above = labels.slice(labels.length >= maxLabels ? 1 - maxLabels : 1)
  return [domain, ...above.map((_, index) => above.slice(index).join('.'))]
}

/** Walks until a record says where the organization begins (`psd=y` or `psd=n`), DNS fails, or no labels are left. */
export async function walkTree(domain: string, lookUps: DmarcLookUps): Promise<TreeWalk> {
  const steps: WalkStep[] = []
  for (const at of walkedDomains(domain)) {
    const name = `_dmarc.${at}`
    const found = findingOf(await lookUps.txt(name))
    steps.push({ domain: at, name, found })
    if (found.kind === 'temporary') return { steps, error: found.reason }
    if (found.kind === 'record' && found.record.psd !== 'u') break
  }
  return { steps }
}

/** What is no record of DMARC is passed over, and several of them are none (RFC 9989 section 4.10, steps 2 and 6). */
function findingOf(answer: TextAnswer): StepFinding {
  if (answer.kind !== 'records') return answer.kind === 'absent' ? { kind: 'absent' } : answer
  const texts = answer.records.filter(isPolicyRecord)
  const [text] = texts
  if (text === undefined) return { kind: 'absent' }
  if (texts.length > 1) return { kind: 'discarded', reason: `${texts.length} records` }
  const record = readPolicyRecord(text)
  return record === undefined
    ? { kind: 'discarded', reason: 'a tag stands in it twice' }
    : { kind: 'record', record }
}

/** The domain with the record that was found for it. */
export interface FoundRecord {
  readonly domain: string
  readonly record: PolicyRecord
}

/** The records of a walk, those of the longest names first. */
export function recordsOf({ steps }: TreeWalk): readonly FoundRecord[] {
  return steps.flatMap(({ domain, found }) =>
    found.kind === 'record' ? [{ domain, record: found.record }] : [],
  )
}

/**
 * The organizational domain of the domain that was walked from (RFC 9989 section 4.10.2): the domain itself where no record was found;
 * undefined where DNS failed.
 */
export function organizationalDomain(domain: string, walk: TreeWalk): string | undefined {
  if (walk.error !== undefined) return undefined
  const records = recordsOf(walk)
  for (const found of records) {
    if (found.record.psd === 'n') return found.domain
    if (found.record.psd === 'y' && found.domain !== domain) return oneLabelBelow(found.domain, domain)
  }
  return records.at(-1)?.domain ?? domain
}

/** The name between a public suffix domain and a name below it. */
function oneLabelBelow(suffix: string, domain: string): string {
  return domain
    .split('.')
    .slice(-(suffix.split('.').length + 1))
    .join('.')
}
