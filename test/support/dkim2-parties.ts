/** Four parties with published keys, and what they do to messages: the stage on which the DKIM2 tests play. */

import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { signInput } from '../../src/dkim2/algorithms.ts'
import { defaultBounds } from '../../src/dkim2/bounds.ts'
import { signingForm } from '../../src/dkim2/canonicalize.ts'
import type { ZoneFile } from '../../src/dkim2/cases.ts'
import { zoneLookup } from '../../src/dkim2/cases.ts'
import { keyRecordText } from '../../src/dkim2/key-record.ts'
import type { HashAlgorithm } from '../../src/dkim2/message-version.ts'
import type { Algorithm, Flag, HeaderChange, ProfileId, Recipe, Step } from '../../src/dkim2/model.ts'
import { readChain } from '../../src/dkim2/read-chain.ts'
import type { HopParameters, PreparedHop, Signer } from '../../src/dkim2/sign.ts'
import { addHop, prepareHop, signHop } from '../../src/dkim2/sign.ts'
import type { TxtLookup, Verdict, VerifyOptions } from '../../src/dkim2/verify.ts'
import { verifyChain } from '../../src/dkim2/verify.ts'
import { bodyLines } from '../../src/message/body-lines.ts'
import type { HeaderField, Message } from '../../src/message/message.ts'
import {
  fieldValue,
  lowerAscii,
  messageChunks,
  newField,
  readMessage,
  valueOctets,
} from '../../src/message/message.ts'
import { type Domain, domains, keyFile, type Selector } from '../vectors/test-keys.ts'

/** 2025-11-13T02:13:20Z, the time of every first hop; each next hop is ten seconds later. */
export const startSeconds = 1_763_000_000
export const laterSeconds = startSeconds + 100

const algorithmOf: Readonly<Record<Selector, Algorithm>> = { ed: 'ed25519-sha256', rsa: 'rsa-sha256' }
const privateKeys = new Map<string, KeyObject>()

export function privateKey(domain: Domain, selector: Selector): KeyObject {
  const file = keyFile(domain, selector)
  const known = privateKeys.get(file.href)
  if (known) return known
  const key = createPrivateKey(readFileSync(file))
  privateKeys.set(file.href, key)
  return key
}

export function signer(domain: Domain, selector: Selector = 'ed'): Signer {
  const algorithm = algorithmOf[selector]
  const key = privateKey(domain, selector)
  return { selector, algorithm, sign: input => signInput(algorithm, key, input) }
}

/** What the four domains publish. */
export function zone(): ZoneFile {
  const record = (domain: Domain, selector: Selector) => [
    ['txt', keyRecordText(createPublicKey(privateKey(domain, selector)))],
  ]
  return Object.fromEntries(
    domains.map(domain => [
      domain,
      { 'ed._domainkey': record(domain, 'ed'), 'rsa._domainkey': record(domain, 'rsa') },
    ]),
  )
}

let published: TxtLookup | undefined

/** Answers from the zone of the four domains. */
export const lookup: TxtLookup = name => {
  published ??= zoneLookup(zone())
  return published(name)
}

/** A message from text with LF line ends. */
export function message(text: string, encoding: BufferEncoding = 'utf8'): Message {
  return readMessage(Buffer.from(text.replace(/\r?\n/g, '\r\n'), encoding))
}

export function octets(of: Message): Buffer {
  return Buffer.concat(messageChunks(of))
}

/** The message after a journey over the wire. */
export function received(of: Message): Message {
  return readMessage(octets(of))
}

export const plain = `Received: from somewhere (unknown)
 by mx.origin.example; Thu, 13 Nov 2025 02:13:20 +0000
From: Sender <a@origin.example>
To: team@list.example
Subject: Plans for the week
Date: Thu, 13 Nov 2025 02:13:20 +0000
Message-ID: <1@origin.example>
Comments: first
Comments: second

Hello everybody,

this is  a test;   with spaces\t and tabs${' '}
.
Bye
`

export interface Passage {
  /** Of a first hop; default mailversion. Later ones continue the chain in its own profile. */
  readonly profile?: ProfileId
  readonly revision?: '06' | '09'
  readonly domain: Domain
  readonly from: string
  readonly to: readonly string[]
  /** An imaginary hop: no paths. */
  readonly nextDomain?: string
  readonly hashes?: readonly HashAlgorithm[]
  readonly selectors?: readonly Selector[]
  /** The selectors are alternatives. */
  readonly alternatives?: boolean
  readonly at?: number
  readonly recipe?: Recipe
  readonly alwaysVersion?: boolean
  readonly flags?: readonly Flag[]
  readonly nonce?: string
  readonly addedFields?: readonly string[]
}

/** Signs a message for one envelope and gives it as the next party reads it. */
export async function pass(of: Message, passage: Passage): Promise<Message> {
  return signed(of, await prepared(of, passage), passage)
}

/** As `pass`, but with a version field of which `forge` has changed the text before it was signed. */
export async function passForged(
  of: Message,
  passage: Passage,
  forge: (value: string) => string,
): Promise<Message> {
  const honest = await prepared(of, passage)
  const reading = readChain(of, defaultBounds)
  const chain = reading.kind === 'chain' ? reading.chain : { hops: [], versions: [] }
  const field = honest.version?.field ?? newField('MailVersion', '')
  const forged = newField(field.name, forge(fieldValue(field)))
  const read = honest.profile.readVersion(forged, defaultBounds)
  if (!honest.version) throw new Error('there is no version to forge')
  const unreadable = { ...honest.version, field: forged, signingForm: signingForm(forged) }
  const version = 'state' in read ? unreadable : read
  const versions = [...chain.versions, version]
  const prefix = honest.profile.signingPrefix(honest.state, { ...chain, versions }, honest.sequence)
  return signed(of, { ...honest, version, prefix }, passage)
}

function prepared(of: Message, passage: Passage): Promise<PreparedHop> {
  const { recipe, addedFields, revision, hashes } = passage
  return prepareHop(of, {
    profile: passage.profile ?? 'mailversion',
    ...(revision ? { revision } : {}),
    ...(hashes ? { hashes } : {}),
    alwaysVersion: passage.alwaysVersion ?? true,
    ...(recipe ? { recipe } : {}),
    ...(addedFields ? { addedFields } : {}),
  })
}

async function signed(of: Message, hop: PreparedHop, passage: Passage): Promise<Message> {
  const { domain, selectors = ['ed'], flags, nonce, nextDomain } = passage
  const parameters: HopParameters = {
    domain,
    reversePath: passage.from,
    forwardPaths: passage.to,
    timestampSeconds: passage.at ?? startSeconds + 10 * (hop.sequence - 1),
    signers: selectors.map((selector, index) => ({
      ...signer(domain, selector),
      group: passage.alternatives ? index : 0,
    })),
    ...(nextDomain === undefined ? {} : { nextDomain }),
    ...(flags ? { flags } : {}),
    ...(nonce === undefined ? {} : { nonce }),
  }
  return received(addHop(of, await signHop(hop, parameters)))
}

export const origin: Passage = {
  domain: 'origin.example',
  from: 'a@origin.example',
  to: ['team@list.example'],
}
export const list: Passage = {
  domain: 'list.example',
  from: 'bounce@list.example',
  to: ['friend@alias.example'],
}
export const alias: Passage = {
  domain: 'alias.example',
  from: 'b+1@alias.example',
  to: ['box@destination.example'],
}

/** Verifies with the envelope of a passage. */
export function check(of: Message, passage: Passage, options: Partial<VerifyOptions> = {}): Promise<Verdict> {
  return verifyChain(of, {
    lookup,
    nowSeconds: laterSeconds,
    envelope: { reversePath: passage.from, forwardPaths: passage.to },
    ...(passage.revision ? { revision: passage.revision } : {}),
    ...options,
  })
}

/** What a list does: a tag in the subject, two more fields, a footer. */
export function asList(before: Message): Message {
  const changed = replaceField(before, 'Subject', '[team] Plans for the week')
  const added = [newField('List-Id', '<team.list.example>'), newField('Comments', 'third')]
  const body = Buffer.concat([before.body, Buffer.from('-- \r\nlist footer, with; signs\r\n')])
  return { ...changed, fields: [...added, ...changed.fields], body }
}

export function replaceField(of: Message, name: string, value: string): Message {
  const fields = of.fields.map(field =>
    lowerAscii(field.name) === lowerAscii(name) ? newField(field.name, value) : field,
  )
  return { ...of, fields }
}

/** The recipe that leads from `after` back to `before`: whole values of changed names, common lines at both ends of the body. */
export function recipeBetween(before: Message, after: Message): Recipe {
  const headers = headerChanges(before.fields, after.fields)
  const body = bodySteps([...bodyLines(before.body)], [...bodyLines(after.body)])
  return body ? { headers, body } : { headers }
}

function headerChanges(before: readonly HeaderField[], after: readonly HeaderField[]): HeaderChange[] {
  const old = Map.groupBy(before, field => lowerAscii(field.name))
  const now = Map.groupBy(after, field => lowerAscii(field.name))
  const changes: HeaderChange[] = []
  for (const key of new Set([...old.keys(), ...now.keys()])) {
    const was = (old.get(key) ?? []).toReversed().map(valueOctets)
    const is = (now.get(key) ?? []).toReversed().map(valueOctets)
    if (was.length === is.length && was.every((value, index) => is[index]?.equals(value))) continue
    const name = (old.get(key) ?? now.get(key))?.[0]?.name ?? key
    const kept = was.findIndex((value, index) => !is[index]?.equals(value))
    const copied = kept < 0 ? was.length : kept
    const steps: Step[] = copied > 0 ? [{ kind: 'copy', from: 1, to: copied }] : []
    if (copied < was.length) steps.push({ kind: 'data', items: was.slice(copied) })
    changes.push({ name, change: steps })
  }
  return changes
}

function bodySteps(old: readonly Buffer[], now: readonly Buffer[]): Step[] | undefined {
  let top = 0
  while (top < old.length && top < now.length && equal(old[top], now[top])) top++
  if (top === old.length && top === now.length) return undefined
  let tail = 0
  while (tail < old.length - top && tail < now.length - top && equal(old.at(-1 - tail), now.at(-1 - tail)))
    tail++
  const steps: Step[] = []
  if (top > 0) steps.push({ kind: 'copy', from: 1, to: top })
  if (old.length - tail > top) steps.push({ kind: 'data', items: old.slice(top, old.length - tail) })
  if (tail > 0) steps.push({ kind: 'copy', from: now.length - tail + 1, to: now.length })
  return steps
}

function equal(a: Buffer | undefined, b: Buffer | undefined): boolean {
  return a !== undefined && b !== undefined && a.equals(b)
}

/** A message revised by `edit` and passed on with the recipe for it. */
export function passRevised(
  before: Message,
  edit: (m: Message) => Message,
  passage: Passage,
): Promise<Message> {
  const after = edit(before)
  return pass(after, { ...passage, recipe: recipeBetween(before, after) })
}

/** Two hops: origin, then a list that revises. */
export async function twoHops(text: string = plain, way: Partial<Passage> = {}): Promise<Message> {
  return passRevised(await pass(message(text), { ...origin, ...way }), asList, { ...list, ...way })
}

/** Three hops: origin, list, and an alias that changes nothing. */
export async function threeHops(text: string = plain, way: Partial<Passage> = {}): Promise<Message> {
  return pass(await twoHops(text, way), { ...alias, ...way })
}

/** Replaces text in the message as octets; the text must be there. */
export function tamper(of: Message, from: string, to: string): Message {
  const text = octets(of).toString('latin1')
  if (!text.includes(from)) throw new Error(`the message does not hold ${JSON.stringify(from)}`)
  return readMessage(
    Buffer.from(
      text.replace(from, () => to),
      'latin1',
    ),
  )
}

/** The message with one more field on top. */
export function withField(of: Message, name: string, value: string): Message {
  return { ...of, fields: [newField(name, value), ...of.fields] }
}
