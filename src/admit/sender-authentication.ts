/**
 * Who vouches for the sender of a message without DKIM2: SPF (RFC 7208) or a DKIM signature (RFC 6376) aligned with the
 * domain of the reverse-path. It decides nothing about acceptance; it decides whether a failure later may be reported to
 * that sender at all (docs/design/bounces.md, "Where a bounce goes"). The work is mailauth's; what it is given is bounded here.
 */

import { pipeline } from 'node:stream/promises'
import { setImmediate } from 'node:timers/promises'
import type { DKIMResult, DKIMVerifyOptions, DNSResolver } from 'mailauth'
import { DkimVerifier, type ReadSignature } from 'mailauth/lib/dkim/dkim-verifier.js'
import { spf } from 'mailauth/lib/spf/index.js'
import { relaxedDomainMatch } from '../dkim2/index.ts'
import { asciiDomain, asciiDomainOf } from '../message/mailbox.ts'
import type { HeaderField, Message } from '../message/message.ts'
import { lowerAscii, readMessage } from '../message/message.ts'
import type { DkimPass, SenderAuthentication } from '../record/admission-record.ts'
import type { DkimSignatureResult } from '../record/dmarc-evaluation.ts'
import { dkimResultWords } from '../record/dmarc-evaluation.ts'
import { affordableKeys } from './affordable-key.ts'
import { type ArcBounds, shownChain } from './arc-chain.ts'
import { type ArcFinding, chainUnread, validateChain } from './arc-validation.ts'
import type { ShownHeader, ShownSignature, SignatureBounds } from './dkim-signatures.ts'
import { shownHeader } from './dkim-signatures.ts'
import type { RecordResolver } from './look-ups.ts'

export type { RecordResolver } from './look-ups.ts'

/** The fields that a reader takes a message by; whoever adds or replaces one makes it another message. */
const tellingFields: ReadonlySet<string> = new Set(['from', 'to', 'cc', 'subject', 'reply-to'])

export interface SpfInput {
  readonly reversePath: string
  readonly peerAddress: string
  readonly helo: string
  readonly hostname: string
  readonly resolver: RecordResolver
}

/** What reading the signatures of a message takes. */
export interface ReadInput extends Pick<SpfInput, 'reversePath' | 'resolver'> {
  readonly message: Message
  /** Ends the hashing of the body; no signature is believed then. */
  readonly ends: AbortSignal
}

export interface SenderAuthenticationInput extends SpfInput, ReadInput {
  /** DKIM is asked for without a reverse-path too. */
  readonly isDkimAsked?: boolean
}

/** What was found out about a sender. */
export interface SenderFindings {
  readonly sender: SenderAuthentication
  /** Absent: the message has no ARC chain, or nobody asked. */
  readonly arc?: ArcFinding
  /** SPF of the name in HELO, where the reverse-path is null; DMARC takes that for it (RFC 7208 section 2.4). */
  readonly heloSpf?: string
  /** Every DKIM signature that was tried, those that pass first. */
  readonly signatures?: readonly DkimSignatureResult[]
}

export interface SenderBounds {
  readonly signatures: SignatureBounds
  readonly arc: ArcBounds
}

const nobody: SenderAuthentication = { spf: 'none', dkimDomains: [], authenticated: false }

/** Never rejects: what cannot be found out does not vouch. SPF and DKIM ask side by side. */
export async function authenticateSender(
  input: SenderAuthenticationInput,
  bounds: SenderBounds,
): Promise<SenderFindings> {
  if (input.reversePath === '' && input.isDkimAsked !== true) return { sender: nobody }
  const [spfResult, heloSpf, { dkim, dkimUnknown, arc, tried }] = await Promise.all([
    checkSpf(input),
    input.reversePath === '' ? spfResultOf(input) : undefined,
    checkDkim(input, bounds),
  ])
  const dkimDomains = dkim.map(({ domain }) => domain)
  const domain = asciiDomainOf(input.reversePath)
  const isAligned = dkimDomains.some(signer => relaxedDomainMatch(domain, signer))
  const authenticated = spfResult === 'pass' || isAligned
  return {
    sender: { spf: spfResult, dkimDomains, dkim, dkimUnknown, authenticated },
    ...(arc !== undefined && { arc }),
    ...(heloSpf !== undefined && { heloSpf }),
    signatures: tried,
  }
}

/**
 * The result word of SPF for a reverse-path. Never rejects. Without a reverse-path SPF speaks of the name in HELO (RFC 7208
 * section 2.4), which is nobody's sender.
 */
export async function checkSpf(input: SpfInput): Promise<string> {
  return input.reversePath === '' ? 'none' : spfResultOf(input)
}

async function spfResultOf(input: SpfInput): Promise<string> {
  const { reversePath: sender, peerAddress: ip, helo, hostname: mta } = input
  try {
    const resolver = input.resolver as DNSResolver
    return (await spf({ sender, ip, helo, mta, resolver })).status.result
  } catch {
    return 'none'
  }
}

interface DkimFindings extends Required<Pick<SenderAuthentication, 'dkim' | 'dkimUnknown'>> {
  readonly arc: ArcFinding | undefined
  readonly tried: readonly DkimSignatureResult[]
}

/** The ARC chain alone; undefined where there is none. Never rejects. */
export async function authenticateChain(
  input: ReadInput,
  bounds: Pick<SenderBounds, 'arc'>,
): Promise<ArcFinding | undefined> {
  return (await readSignatures(input, nothingShown, bounds)).arc
}

function checkDkim(input: SenderAuthenticationInput, bounds: SenderBounds): Promise<DkimFindings> {
  const shown = shownHeader(input.message, input.reversePath, bounds.signatures) ?? nothingShown
  return readSignatures(input, shown, bounds)
}

/** DKIM and ARC in one pass: the body is hashed once for both. */
async function readSignatures(
  input: ReadInput,
  { signatures, fields }: ShownHeader,
  bounds: Pick<SenderBounds, 'arc'>,
): Promise<DkimFindings> {
  const { message } = input
  const chain = shownChain(message, bounds.arc)
  const arcFields = chain?.kind === 'chain' ? chain.fields : new Set<HeaderField>()
  const unread = chain && chainUnread(chain)
  if (signatures.length === 0 && arcFields.size === 0)
    return { dkim: [], dkimUnknown: [], arc: unread, tried: [] }
  try {
    const resolver = affordableKeys(askingTogether(signatures, input.resolver)) as DNSResolver
    const verifier = new Verifier({ resolver, sender: input.reversePath }, signatures)
    const shown = arcFields.size === 0 ? fields : inOrder(message, new Set([...fields, ...arcFields]))
    await pipeline(chunksOf(shown, message.body), verifier, { signal: input.ends })
    const unknown = verifier.results.filter(({ status }) => status.result === 'temperror')
    return {
      dkim: verifier.results.filter(vouches).map(passOf),
      dkimUnknown: unknown.map(signerOf),
      arc: arcFields.size === 0 ? unread : await validateChain(verifier.arc, input.resolver),
      tried: triedSignatures(verifier.results),
    }
  } catch {
    // What there was no time for may hold all the same.
    const unknown = input.ends.aborted ? signatures : []
    return { dkim: [], dkimUnknown: unknown.map(({ domain }) => domain), arc: unread, tried: [] }
  }
}

const nothingShown: ShownHeader = { signatures: [], fields: [] }

function inOrder({ fields }: Message, chosen: ReadonlySet<HeaderField>): readonly HeaderField[] {
  return fields.filter(field => chosen.has(field))
}

/**
 * Does not look for the parts of a multipart message, which costs more than hashing it, and tries the chosen signatures alone: an ARC set
 * that covers DKIM-Signature fields shows all of them.
 */
class Verifier extends DkimVerifier {
  /** Those that are still to come, without their line ends. */
  readonly #chosen: Buffer[]

  constructor(options: DKIMVerifyOptions, chosen: readonly ShownSignature[]) {
    super(options)
    this.#chosen = chosen.map(({ field }) => field.octets.subarray(0, -2))
  }

  override prepareSignature(signature: ReadSignature): void {
    super.prepareSignature(signature)
    if (signature.type !== 'DKIM') return
    const at = this.#chosen.findIndex(octets => octets.equals(signature.original))
    if (at === -1) signature.skip = 'not among the signatures that are tried'
    else this.#chosen.splice(at, 1)
  }

  override addBodyHash(canonicalization: string, algorithm: string, maxBodyLength: number | ''): string {
    const key = super.addBodyHash(canonicalization, algorithm, maxBodyLength)
    const hasher = this.bodyHashes.get(key)
    if (hasher !== undefined) hasher.setContentType = () => undefined
    return key
  }
}

/** A signature of a part of the body vouches for what somebody else has put below it (RFC 6376 section 8.2). */
function vouches({ status, signingDomain = '', canonBodyLengthLimited = false }: DKIMResult): boolean {
  return status.result === 'pass' && signingDomain !== '' && !canonBodyLengthLimited
}

function signerOf({ signingDomain = '' }: DKIMResult): string {
  return asciiDomain(signingDomain.toLowerCase())
}

function passOf(result: DKIMResult): DkimPass {
  return {
    domain: signerOf(result),
    covers: countTelling(result.signingHeaders?.headers ?? []),
    isWhole: true,
  }
}

/** A signature that passes for a part of the body is one that local policy does not take (RFC 8601 section 2.7.1). */
function triedSignatures(results: readonly DKIMResult[]): DkimSignatureResult[] {
  const tried = results
    .filter(({ signingDomain = '' }) => signingDomain !== '')
    .map(one => {
      const word = dkimResultWords.find(known => known === one.status.result) ?? 'neutral'
      const result = word === 'pass' && !vouches(one) ? 'policy' : word
      return { domain: signerOf(one), selector: one.selector ?? '', result }
    })
  return tried.toSorted((a, b) => Number(b.result === 'pass') - Number(a.result === 'pass'))
}

/** mailauth asks for one key after the other: with the first of them, the others are asked for. */
function askingTogether(signatures: readonly ShownSignature[], resolver: RecordResolver): RecordResolver {
  let waiting = signatures.map(({ selector, domain }) => `${selector}._domainkey.${domain}`)
  return (name, type) => {
    const asked = waiting
    waiting = []
    for (const other of asked) resolver(other, 'TXT').catch(() => undefined)
    return resolver(name, type)
  }
}

/** Small enough that others get their turn between them. */
const chunkBytes = 65_536

async function* chunksOf(fields: readonly HeaderField[], body: Buffer): AsyncGenerator<Buffer> {
  yield Buffer.concat([...fields.map(({ octets }) => octets), Buffer.from('\r\n')])
  for (let at = 0; at < body.length; at += chunkBytes) {
    await setImmediate()
    yield body.subarray(at, at + chunkBytes)
  }
}

/**
 * Counts the telling fields among those that a signature covers, by the names that this relay reads in them: a name that only
 * mailauth sees (RFC 6376 section 3.4.2 lets a fold stand before the colon) is another field to everybody else.
 */
function countTelling(covered: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const line of covered) {
    const name = lowerAscii(readMessage(Buffer.from(`${line}\r\n`)).fields[0]?.name ?? '')
    if (tellingFields.has(name)) counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}
