/** The state of an ARC chain (RFC 8617 section 5.2), by mailauth, as far as DNS tells. */
import type { ARCChainEntry } from 'mailauth'
import { arc } from 'mailauth/lib/arc/index.js'
import { asciiDomain } from '../message/mailbox.ts'
import type { ArcRecord } from '../record/admission-record.ts'
import { affordableKeys, textOf } from './affordable-key.ts'
import type { ShownChain } from './arc-chain.ts'
import type { RecordResolver } from './look-ups.ts'
import { isAbsent } from './look-ups.ts'

/** The ARC chain of a message that mailauth has read. Said here, so that the types of this package need none that mailauth lacks. */
export interface ReadChain {
  /** false: there is none, or it is malformed. */
  readonly chain: ARCChainEntry[] | false
  readonly lastEntry?: ARCChainEntry
  readonly error?: Error
}

export interface ArcFinding {
  readonly record: ArcRecord
  /** The oldest first; none where the chain could not be read. */
  readonly sets: readonly ArcSet[]
}

/** A set of the chain, as it was validated. */
export interface ArcSet {
  /** `d=` of the seal: lower case, A-labels. */
  readonly sealer: string
  /** The results that it seals (RFC 8601) behind its instance; latin1. */
  readonly results: string
}

/** Of a chain that was not looked at: it is too large, or there was no time. */
export function chainUnread(shown: ShownChain): ArcFinding {
  const record: ArcRecord =
    shown.kind === 'too-large'
      ? { result: 'fail', sealers: [], reason: shown.reason }
      : { result: 'temperror', sealers: [], reason: 'the judgement of the message has ended' }
  return { record, sets: [] }
}

/** Never rejects. mailauth counts a key that could not be looked up as a failure; it may be there the next time. */
export async function validateChain(read: ReadChain, resolver: RecordResolver): Promise<ArcFinding> {
  let isUnknown = false
  const watching: RecordResolver = async (name, type) => {
    try {
      return await resolver(name, type)
    } catch (error) {
      isUnknown ||= !isAbsent(error)
      throw error
    }
  }
  const sets = (read.chain || []).map(entry => ({
    sealer: sealerOf(entry['arc-seal']),
    results: resultsOf(entry['arc-authentication-results']),
  }))
  const { result, reason } = await stateOf(read, affordableKeys(watching))
  const record: ArcRecord = {
    result: result === 'fail' && isUnknown ? 'temperror' : result,
    sealers: sets.map(({ sealer }) => sealer),
    ...(reason !== undefined && { reason }),
  }
  return { record, sets }
}

async function stateOf(
  read: ReadChain,
  resolver: RecordResolver,
): Promise<{ readonly result: 'pass' | 'fail'; readonly reason?: string }> {
  // mailauth takes what node:dns gives, which is not known to be of one type.
  const textResolver = async (name: string, type: string) => (await resolver(name, type)).map(textOf)
  const { status } = await arc({ ...read, chain: read.chain || [] }, { resolver: textResolver })
  if (status.result === 'pass') return { result: 'pass' }
  const { comment } = status
  return { result: 'fail', reason: typeof comment === 'string' ? comment : 'the chain is not valid' }
}

interface ParsedField {
  readonly parsed?: Readonly<Record<string, unknown>>
  readonly original?: string | Uint8Array
}

/** As mailauth read it, since that is whose key it was verified with. */
function sealerOf(seal: ParsedField | undefined): string {
  const domain = seal?.parsed?.d
  const value = typeof domain === 'object' && domain !== null && 'value' in domain ? domain.value : ''
  return asciiDomain(String(value).toLowerCase())
}

function resultsOf(results: ParsedField | undefined): string {
  const { original = '' } = results ?? {}
  const text = typeof original === 'string' ? original : Buffer.from(original).toString('latin1')
  return text.replace(/^[^;]*;/, '')
}
