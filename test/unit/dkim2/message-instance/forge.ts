/** Messages signed by hand: any text can stand in the fields, and the signatures over it hold. */

import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { signInput } from '../../../../src/dkim2/algorithms.ts'
import { signingForm } from '../../../../src/dkim2/canonicalize.ts'
import { keyRecordText } from '../../../../src/dkim2/key-record.ts'
import { type HashAlgorithm, MessageVersion } from '../../../../src/dkim2/message-version.ts'
import type { Algorithm } from '../../../../src/dkim2/model.ts'
import { isUnsignedSince08 } from '../../../../src/dkim2/unsigned-fields.ts'
import { type Verdict, type VerifyOptions, verdictText } from '../../../../src/dkim2/verify.ts'
import { type HeaderField, type Message, newField } from '../../../../src/message/message.ts'
import { check, lookup, message, origin, privateKey, received } from '../../../support/dkim2-parties.ts'
import type { Domain } from '../../../vectors/test-keys.ts'

export const text = `From: Sender <a@origin.example>
To: team@list.example
Subject: Plans
Auto-Submitted: no

line one
line two
line three
`

/** base64 of text. */
export function b64(of: string): string {
  return Buffer.from(of, 'utf8').toString('base64')
}

export const mf = b64('<a@origin.example>')
export const rt = b64('<team@list.example>')

/** One set of h= for the message as it stands. */
export function hashSet(
  of: Message,
  algorithm: HashAlgorithm = 'sha256',
  unsigned = isUnsignedSince08,
): string {
  const state = new MessageVersion(1, of)
  const header = state.headerHash(unsigned, algorithm).toString('base64')
  return `${algorithm}:${header}:${state.bodyHash('simple', algorithm).toString('base64')}`
}

export function withInstance(of: Message, value: string): Message {
  return { ...of, fields: [newField('Message-Instance', value), ...of.fields] }
}

/** A set of s=: how it is written, and who signs; `spoilt` signatures do not hold. */
export interface ForgedSet {
  readonly selector?: string
  readonly algorithm?: string
  readonly spoilt?: boolean
  readonly key?: KeyObject
}

const mldsa44 = generateKeyPairSync('ml-dsa-44')
/** Beneath what a verifier takes. */
const weakRecord = keyRecordText(generateKeyPairSync('rsa', { modulusLength: 768 }).publicKey)

export const mldsa44Record = keyRecordText(mldsa44.publicKey)

/** The key and algorithm that a selector of the test parties stands for. */
function signingOf(domain: Domain, set: ForgedSet): { algorithm: Algorithm; key: KeyObject } {
  if (set.selector === 'ml') return { algorithm: 'mldsa44', key: mldsa44.privateKey }
  const selector = set.selector === 'rsa' ? 'rsa' : 'ed'
  const algorithm = selector === 'rsa' ? 'rsa-sha256' : 'ed25519-sha256'
  return { algorithm, key: set.key ?? privateKey(domain, selector) }
}

/**
 * Signs with these tags.
 *
 * @param tags without s
 * @param groups alternatives of sets
 */
export async function withSignature(
  of: Message,
  tags: string,
  groups: readonly (readonly ForgedSet[])[] = [[{}]],
  domain: Domain = 'origin.example',
): Promise<Message> {
  const fieldWith = (values: readonly (readonly string[])[]) => {
    const s = groups.map((group, g) =>
      group
        .map((set, index) => {
          const algorithm = set.algorithm ?? signingOf(domain, set).algorithm
          return `${set.selector ?? 'ed'}:${algorithm}:${values[g]?.[index] ?? ''}`
        })
        .join(','),
    )
    return newField('DKIM2-Signature', `${tags}; s=${s.join('|')};`)
  }
  const input = Buffer.from(prefixOf(of) + signingForm(fieldWith([])), 'latin1')
  const values = await Promise.all(
    groups.map(group =>
      Promise.all(
        group.map(async set => {
          const { algorithm, key } = signingOf(domain, set)
          const value = await signInput(algorithm, key, input)
          if (set.spoilt) value[0] = (value[0] ?? 0) ^ 1
          return value.toString('base64')
        }),
      ),
    ),
  )
  return received({ ...of, fields: [fieldWith(values), ...of.fields] })
}

/** What a new signature covers: all versions by number, all signatures by number. */
function prefixOf(of: Message): string {
  const ordered = (name: string, tag: string) =>
    of.fields
      .filter(field => field.name.toLowerCase() === name)
      .map(field => ({ form: signingForm(field), number: numberOf(field, tag) }))
      .sort((a, b) => a.number - b.number)
      .map(({ form }) => form)
      .join('')
  return ordered('message-instance', 'm') + ordered('dkim2-signature', 'i')
}

function numberOf(field: HeaderField, tag: string): number {
  return Number(new RegExp(`[:;]\\s*${tag}=(\\d+)`, 'i').exec(field.octets.toString('latin1'))?.[1] ?? 0)
}

export const firstTags = `i=1; m=1; t=1763000000; d=origin.example; mf=${mf}; rt=${rt}`

/** One version and one signature, each of them as wanted. */
export async function oneHop(
  wanted: {
    readonly text?: string
    readonly h?: string
    readonly r?: string
    readonly tags?: string
    readonly groups?: readonly (readonly ForgedSet[])[]
  } = {},
): Promise<Message> {
  const plain = message(wanted.text ?? text)
  const r = wanted.r === undefined ? '' : ` r=${b64(wanted.r)};`
  const instance = withInstance(plain, `m=1; h=${wanted.h ?? hashSet(plain)};${r}`)
  return withSignature(instance, wanted.tags ?? firstTags, wanted.groups)
}

const secondTags = `i=2; m=2; t=1763000010; d=list.example; mf=${b64('<bounce@list.example>')}; rt=${b64('<friend@alias.example>')}`

/** A second hop that added a line at the end, with this JSON as its recipe. */
export async function revisedHop(json: string, of = text): Promise<Message> {
  const first = await oneHop({ text: of })
  const longer = { ...first, body: Buffer.concat([first.body, Buffer.from('footer\r\n')]) }
  const instance = withInstance(longer, `m=2; h=${hashSet(longer)}; r=${b64(json)}`)
  return withSignature(instance, secondTags, [[{}]], 'list.example')
}

/** The verdict as text; in the envelope of the first hop unless told otherwise. */
export async function verdictOf(
  of: Message | Promise<Message>,
  options: Partial<VerifyOptions> = {},
): Promise<string> {
  return verdictText(await verdict(of, options))
}

export async function verdict(
  of: Message | Promise<Message>,
  options: Partial<VerifyOptions> = {},
): Promise<Verdict> {
  return check(await of, origin, { lookup: lookupWithMore, ...options })
}

export const secondEnvelope = { reversePath: 'bounce@list.example', forwardPaths: ['friend@alias.example'] }

/** The zone of the test parties, with a key of ML-DSA-44 and names that have trouble. */
export const lookupWithMore: VerifyOptions['lookup'] = async name => {
  if (name === 'ml._domainkey.origin.example') return { kind: 'records', records: [mldsa44Record] }
  if (name === 'weak._domainkey.origin.example') return { kind: 'records', records: [weakRecord] }
  if (name.startsWith('down.')) return { kind: 'temporary', reason: 'timeout' }
  return lookup(name)
}
