/** Keys of signatures: DKIM, DKIM2 and ARC have them at the same place (RFC 6376 section 3.6.2). */

import { defaultBounds } from '../../dkim2/bounds.ts'
import { isKeyName, keyRecordName, parseKeyRecord } from '../../dkim2/key-record.ts'
import { readChain } from '../../dkim2/read-chain.ts'
import { fieldValue, lowerAscii, type Message } from '../../message/message.ts'
import { parseTagList } from '../../message/tag-list.ts'
import {
  type DomainFacts,
  type DomainFinding,
  finding,
  isValidated,
  textsOf,
  unknownFinding,
} from './finding.ts'

/** Keys that are looked up; a message through fifty hops names a hundred. */
const maxKeys = 100
/** RFC 8301 section 3.2: signers should use at least this. */
const wantedRsaBits = 2_048

/** A key that something refers to. */
export interface NamedKey {
  readonly kind: 'DKIM' | 'DKIM2' | 'ARC'
  readonly selector: string
  readonly domain: string
}

/** Those of the domain by the given selectors, then those that the message names, whoever signed. */
export async function keyFindings(facts: DomainFacts): Promise<DomainFinding[]> {
  const { domain, selectors, message, resolver } = facts
  const asked = selectors.map(selector => ({ kind: 'DKIM', selector, domain }) as const)
  const named = message === undefined ? [] : keysOfMessage(message)
  const all = uniqueKeys([...asked, ...named]).slice(0, maxKeys)
  if (all.length > 0) return Promise.all(all.map(key => keyFinding(key, named.includes(key), facts)))
  const of = { kind: 'DKIM', name: `_domainkey.${domain}` }
  const answer = await resolver.txt(of.name)
  if (answer.kind === 'temporary') return [unknownFinding(of, answer.reason)]
  // RFC 8020: nothing is below a name that does not exist.
  if (answer.kind === 'absent' && answer.isNoName === true) {
    return [finding({ ...of, grade: 'weak', text: 'no key is published: nobody can sign for this domain' })]
  }
  const text =
    'selectors cannot be listed: name some with --selector, or a message of the domain with --message'
  return [finding({ ...of, grade: 'unknown', text })]
}

function uniqueKeys(keys: readonly NamedKey[]): NamedKey[] {
  const known = new Map<string, NamedKey>()
  for (const key of keys) {
    const name = `${key.kind} ${keyRecordName(key.selector, key.domain)}`.toLowerCase()
    if (!known.has(name)) known.set(name, key)
  }
  return [...known.values()]
}

const signatureFields: Readonly<Record<string, NamedKey['kind']>> = {
  'dkim-signature': 'DKIM',
  'arc-seal': 'ARC',
  'arc-message-signature': 'ARC',
}

function keysOfMessage(message: Message): NamedKey[] {
  const plain = message.fields.flatMap(field => {
    const kind = signatureFields[lowerAscii(field.name)]
    const list = kind === undefined ? undefined : parseTagList(fieldValue(field))
    if (kind === undefined || list?.kind !== 'tags') return []
    const selector = list.get('s')
    const domain = list.get('d')
    return selector === undefined || domain === undefined ? [] : [{ kind, selector, domain }]
  })
  const reading = readChain(message, defaultBounds)
  const hops = reading.kind === 'chain' ? reading.chain.hops : []
  const chain = hops.flatMap(({ domain, signatures }) =>
    signatures.map(({ selector }) => ({ kind: 'DKIM2', selector, domain }) as const),
  )
  return [...plain, ...chain].filter(({ selector, domain }) => isKeyName(selector, domain))
}

/** @param isUsed something was signed with it */
async function keyFinding(key: NamedKey, isUsed: boolean, { resolver }: DomainFacts): Promise<DomainFinding> {
  const of = { kind: key.kind, name: keyRecordName(key.selector, key.domain) }
  const answer = await resolver.txt(of.name)
  if (answer.kind === 'temporary') return unknownFinding(of, answer.reason)
  const found = textsOf(answer)
  const [record] = found
  const said = { ...of, found, isAuthentic: isValidated(answer) }
  if (record === undefined) {
    const text = isUsed ? 'no key: the signature of the message cannot be verified' : 'no key'
    return finding({ ...said, grade: isUsed ? 'bad' : 'weak', text })
  }
  if (found.length > 1) {
    const text = `${found.length} records: which one a verifier takes is chance (RFC 6376 section 3.6.2.2)`
    return finding({ ...said, grade: 'bad', text })
  }
  return finding({ ...said, ...judgeKey(record) })
}

function judgeKey(record: string): Pick<DomainFinding, 'grade' | 'text'> {
  const key = parseKeyRecord(record)
  if (key.kind === 'revoked')
    return { grade: 'weak', text: 'revoked: what was signed with it verifies no longer' }
  if (key.kind !== 'key') return { grade: 'bad', text: `no verifier can use it: ${key.reason}` }
  const users = key.algorithm === 'mldsa44' ? 'DKIM2' : 'DKIM and DKIM2'
  const bits = key.key.asymmetricKeyDetails?.modulusLength
  const name = bits === undefined ? key.algorithm : `${key.algorithm}, ${bits} bits`
  if (bits !== undefined && bits < wantedRsaBits) {
    return { grade: 'weak', text: `${name}: ${wantedRsaBits} bits are asked for (RFC 8301 section 3.2)` }
  }
  if (key.testing) return { grade: 'weak', text: `${name}, in test (t=y): some verifiers take it for no key` }
  return { grade: 'good', text: `${name}; serves ${users}` }
}
