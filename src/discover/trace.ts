/**
 * How discovery came to its answer, as data: what was asked of DNS, what was left out and why, which policy raised the demands.
 * Delivery keeps the part that concerns an attempt in the hop log; `discover` prints all of it.
 */
import type { Discovery, SmtpHop } from './next-hop.ts'

/** A question to DNS with its answer, in the form of zone files. */
export interface QuestionNote {
  readonly kind: 'question'
  /** `A/AAAA` is one question here: see Resolver. */
  readonly type: string
  readonly name: string
  readonly answer: 'records' | 'absent' | 'temporary'
  /** One text for each record. */
  readonly records: readonly string[]
  /** It was validated with DNSSEC; see AnswerFacts. */
  readonly authentic: boolean
  /** Why it is temporary. */
  readonly reason?: string
}

/** Why a host or an address is not among the next hops. */
export type LeftOutReason =
  | 'bad-name'
  | 'port-0'
  | 'listed-before'
  | 'too-many-hosts'
  | 'too-many-addresses'
  | 'too-many-hops'
  | 'no-address'
  | 'not-looked-up'
  | 'own-host'
  | 'behind-own-host'
  | 'forbidden-address'
  | 'address-family'
  | 'policy'

/** A host, or one address of it, that delivery will not try. */
export interface LeftOutNote {
  readonly kind: 'left-out'
  readonly source: SmtpHop['source'] | 'uri'
  /** As the record spells it. */
  readonly host: string
  readonly address?: string
  readonly port?: number
  readonly why: LeftOutReason
  /** What the reason alone does not tell: the policy, the DNS failure. */
  readonly detail?: string
}

/** A policy that was found and what it says; `name` is for example `mta-sts`. */
export interface PolicyNote {
  readonly kind: 'policy'
  readonly name: string
  readonly text: string
}

export type TraceNote = QuestionNote | LeftOutNote | PolicyNote

/** Takes one note; notes come in the order in which things happened. */
export type TakeNote = (note: TraceNote) => void

/** What discovery found, and how. */
export interface Plan {
  /** As it was asked for. */
  readonly domain: string
  readonly discovery: Discovery
  readonly trace: readonly TraceNote[]
}

const reasonTexts: Readonly<Record<LeftOutReason, string>> = {
  'bad-name': 'not a host name',
  'port-0': 'port 0 is no port',
  'listed-before': 'listed before with the same port',
  'too-many-hosts': 'more hosts than are looked at',
  'too-many-addresses': 'more addresses than are tried of one host',
  'too-many-hops': 'more next hops than one attempt tries',
  'no-address': 'it has no address',
  'not-looked-up': 'DNS does not tell now how to reach it',
  'own-host': 'it is this relay',
  'behind-own-host': 'not better than this relay itself, which is among the hosts: it would come back',
  'forbidden-address': 'an address inside a network: DNS of strangers must not lead there',
  'address-family': 'this family is not used',
  policy: 'a policy of the domain excludes it',
}

/** Why something was left out, for people. */
export function leftOutText({ why, detail }: Pick<LeftOutNote, 'why' | 'detail'>): string {
  return detail === undefined ? reasonTexts[why] : `${reasonTexts[why]} (${detail})`
}
