/** What a domain publishes for mail, piece by piece, and how good each is. */

import type { WebFetch } from '../../brand/web-fetch.ts'
import type { Answer, SurveyResolver } from '../../dns/resolver.ts'
import type { Message } from '../../message/message.ts'

/**
 * good: as it should be. weak: it works, and could be better. bad: mail is lost, or others can speak in the name of the domain.
 * absent: it is not there, and nothing is wrong with that. unknown: it could not be found out.
 */
export type Grade = 'good' | 'weak' | 'bad' | 'absent' | 'unknown'

export interface DomainFinding {
  /** What it is for, in a word: `MX`, `SPF`, `DKIM`, `DMARC`. */
  readonly kind: string
  readonly name: string
  readonly grade: Grade
  /** The answer was validated with DNSSEC. */
  readonly isAuthentic: boolean
  /** What is published, one text for each record. */
  readonly found: readonly string[]
  /** What it means as it stands. */
  readonly text: string
  /** How that comes about, a line each; two spaces a level. */
  readonly details: readonly string[]
  /** What to publish; empty where nothing is to be added. */
  readonly zoneLines: readonly string[]
}

/** What is looked at, and with what. */
export interface DomainFacts {
  /** Lower case, A-labels, without a final dot. */
  readonly domain: string
  readonly resolver: SurveyResolver
  /** Undefined: nothing but DNS is asked. */
  readonly fetch: WebFetch | undefined
  /** Port of hosts with MTA-STS policies; 443 except in tests. */
  readonly policyPort: number
  readonly selectors: readonly string[]
  /** A message of the domain, for the keys that it names. */
  readonly message?: Message
  /** A person whose keys are looked for. */
  readonly address?: string
  /** Unix milliseconds. */
  readonly now: number
}

type Said = Pick<DomainFinding, 'kind' | 'name' | 'grade' | 'text'> & Partial<DomainFinding>

/** A finding with what goes without saying. */
export function finding(said: Said): DomainFinding {
  return { isAuthentic: false, found: [], details: [], zoneLines: [], ...said }
}

export function unknownFinding(of: Pick<DomainFinding, 'kind' | 'name'>, reason: string): DomainFinding {
  return finding({ ...of, grade: 'unknown', text: reason })
}

export function textsOf(answer: Answer<string>): readonly string[] {
  return answer.kind === 'records' ? answer.records : []
}

export function isValidated(answer: Answer<unknown>): boolean {
  return answer.kind !== 'temporary' && answer.authentic === true
}

const grades: readonly Grade[] = ['good', 'absent', 'unknown', 'weak', 'bad']

/** The worst of several; good where there is none. */
export function worstGrade(all: readonly Grade[]): Grade {
  return grades[Math.max(0, ...all.map(grade => grades.indexOf(grade)))] ?? 'good'
}
