/**
 * Writes DKIM2 fields of draft-ietf-dkim-dkim2-spec from nothing but tag texts, right or wrong, and hashes and signs
 * them properly all the same. It shares no code with src/dkim2: it makes the messages that no signer would make.
 */

import { hash, sign } from 'node:crypto'
import type { KeyAlgorithm, PartyKey } from './keys.ts'

/** A tag's text; null leaves the tag out; an array repeats the tag. */
export type Tags = Readonly<Record<string, string | null | readonly string[]>>

export interface InstanceDraft {
  readonly number?: number
  /** The recipe as an object or as JSON text. */
  readonly recipe?: object | string
  /** Joined by `,`. */
  readonly hashes?: readonly ('sha256' | 'sha512')[]
  /** Tags put in place of those above, or added. */
  readonly tags?: Tags
}

export interface SignatureDraft {
  readonly sequence?: number
  readonly instance?: number
  readonly time: number
  /** With angle brackets. */
  readonly reversePath: string
  readonly forwardPaths: readonly string[]
  readonly domain: string
  readonly keys: readonly PartyKey[]
  /** What stands between the signatures: one sign, or one a gap. */
  readonly join?: string
  readonly tags?: Tags
  /** What a signature value becomes after it was made. */
  readonly spoil?: (value: Buffer, index: number) => Buffer
  /** How the finished field is written, for folding and spelling. */
  readonly write?: (field: string) => string
}

/** The message with a Message-Instance on top that fits it. */
export function addInstance(message: Buffer, draft: InstanceDraft = {}): Buffer {
  const recipe = typeof draft.recipe === 'object' ? JSON.stringify(draft.recipe) : draft.recipe
  const tags: Tags = {
    m: String(draft.number ?? fieldsOf(message).filter(isInstance).length + 1),
    h: (draft.hashes ?? ['sha256']).map(name => hashSet(message, name)).join(','),
    r: recipe === undefined ? null : Buffer.from(recipe).toString('base64'),
  }
  return onTop(message, `Message-Instance: ${tagList({ ...tags, ...draft.tags })}`)
}

/** The message with a DKIM2-Signature on top, over all fields that are there. */
export function addSignature(message: Buffer, draft: SignatureDraft): Buffer {
  const fields = fieldsOf(message)
  const separators = draft.join ?? '|'
  const sets = (values: readonly string[]) =>
    draft.keys
      .map(({ selector, algorithm }, index) => {
        const before = index === 0 ? '' : (separators[index - 1] ?? separators[0] ?? '|')
        return `${before}${selector}:${algorithm}:${values[index] ?? ''}`
      })
      .join('')
  const field = (values: readonly string[]) => {
    const tags: Tags = {
      i: String(draft.sequence ?? fields.filter(isSignature).length + 1),
      m: String(draft.instance ?? fields.filter(isInstance).length),
      t: String(draft.time),
      mf: encode(draft.reversePath),
      rt: draft.forwardPaths.map(encode).join(','),
      d: draft.domain,
      s: sets(values),
    }
    const text = `DKIM2-Signature: ${tagList({ ...tags, ...draft.tags })}`
    return draft.write?.(text) ?? text
  }
  const input = signingInput(fields, field([]))
  const spoil = draft.spoil ?? (value => value)
  const values = draft.keys.map((key, index) => spoil(signed(key, input), index).toString('base64'))
  return onTop(message, field(values))
}

/** The signing input: instances, then signatures, in ascending order, then the new field. */
function signingInput(fields: readonly string[], last: string): Buffer {
  const byNumber = (tag: string) => (a: string, b: string) => numberOf(a, tag) - numberOf(b, tag)
  const instances = fields.filter(isInstance).sort(byNumber('m'))
  const signatures = fields.filter(isSignature).sort(byNumber('i'))
  return Buffer.from([...instances, ...signatures, last].map(bare).join(''), 'latin1')
}

function signed({ key, algorithm }: PartyKey, input: Buffer): Buffer {
  const make: Readonly<Record<KeyAlgorithm, () => Buffer>> = {
    'rsa-sha256': () => sign('sha256', input, key),
    'ed25519-sha256': () => sign(null, hash('sha256', input, 'buffer'), key),
    mldsa44: () => sign(null, input, { key, context: Buffer.from('DKIM2') }),
  }
  return make[algorithm]()
}

/** `name:header-hash:body-hash` of a message. */
export function hashSet(message: Buffer, name: 'sha256' | 'sha512'): string {
  return [
    name,
    hash(name, canonicalHeader(message), 'base64'),
    hash(name, canonicalBody(message), 'base64'),
  ].join(':')
}

const unsigned = new Set(
  `apparently-to arc-authentication-results arc-message-signature arc-seal authentication-results delivered-to
   dkim-signature dl-expansion-history original-recipient received return-path sio-label-history
   x400-received x400-trace message-instance dkim2-signature mailversion`.split(/\s+/),
)

/** Which fields the hash of revision 08 and later leaves out. */
export function isUnsigned(name: string): boolean {
  return unsigned.has(name) || name.startsWith('received-') || name.startsWith('x-')
}

function canonicalHeader(message: Buffer): Buffer {
  const lines = fieldsOf(message)
    .reverse()
    .map(
      field =>
        [
          nameOf(field),
          valueText(field)
            .replace(/\r\n/g, '')
            .replace(/[ \t]+/g, ' ')
            .replace(/^ | $/g, ''),
        ] as const,
    )
    .filter(([name]) => !isUnsigned(name))
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, value]) => `${name}:${value}\r\n`)
  return Buffer.from(lines.join(''), 'latin1')
}

function canonicalBody(message: Buffer): Buffer {
  const body = message.subarray(bodyStart(message)).toString('latin1')
  return Buffer.from(`${body.replace(/(\r\n)+$/, '')}\r\n`, 'latin1')
}

/** Fields in latin1, without their last CRLF. */
export function fieldsOf(message: Buffer): string[] {
  const header = message.subarray(0, bodyStart(message)).toString('latin1')
  return header
    .replace(/\r\n$/, '')
    .split(/\r\n(?![ \t])/)
    .filter(field => field !== '')
}

function bodyStart(message: Buffer): number {
  const end = message.indexOf('\r\n\r\n')
  return end < 0 ? message.length : end + 4
}

function onTop(message: Buffer, field: string): Buffer {
  return Buffer.concat([Buffer.from(`${field}\r\n`, 'latin1'), message])
}

function tagList(tags: Tags): string {
  return Object.entries(tags)
    .flatMap(([name, text]) => (text === null ? [] : [text].flat().map(one => `${name}=${one}`)))
    .map(tag => `${tag};`)
    .join(' ')
}

function encode(path: string): string {
  return Buffer.from(path).toString('base64')
}

const nameOf = (field: string) => field.slice(0, field.indexOf(':')).trim().toLowerCase()
const valueText = (field: string) => field.slice(field.indexOf(':') + 1)
const isInstance = (field: string) => nameOf(field) === 'message-instance'
const isSignature = (field: string) => nameOf(field) === 'dkim2-signature'
const bare = (field: string) => `${nameOf(field)}:${valueText(field).replace(/[\r\n\t ]/g, '')}\r\n`
const numberOf = (field: string, tag: string) =>
  Number(new RegExp(`(?:^|;)${tag}=(\\d+)`, 'i').exec(valueText(field).replace(/\s/g, ''))?.[1] ?? 0)
