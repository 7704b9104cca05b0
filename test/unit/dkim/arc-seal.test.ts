import { createPublicKey, verify } from 'node:crypto'
import { sealMessage } from 'mailauth/lib/arc/index.js'
import { describe, expect, test } from 'vitest'
import { readArcChain } from '../../../src/dkim/arc-chain.ts'
import { type ChainStatus, type Sealing, sealWithArc } from '../../../src/dkim/arc-seal.ts'
import type { BodyForm } from '../../../src/dkim2/message-version.ts'
import type { Signer } from '../../../src/dkim2/signer.ts'
import {
  type HeaderField,
  type Message,
  newField,
  prependFields,
  readMessage,
} from '../../../src/message/message.ts'
import {
  laterSeconds,
  message,
  octets,
  plain,
  privateKey,
  signer,
  zone,
} from '../../support/dkim2-parties.ts'
import { mailauthVerdict } from '../../support/today-verifiers.ts'
import type { Domain, Selector } from '../../vectors/test-keys.ts'

const keys = zone() as Parameters<typeof mailauthVerdict>[1]

interface Seal {
  readonly domain?: Domain
  readonly status?: ChainStatus
  readonly selectors?: readonly Selector[]
  readonly form?: BodyForm
  readonly results?: string
}

function seal(of: Message, asked: Seal = {}): Promise<Sealing> {
  const { domain = 'list.example', status = 'none', selectors = ['ed', 'rsa'], form = 'simple' } = asked
  const { results = `mx.${domain};\r\n\tspf=pass smtp.mailfrom=origin.example;\r\n\tarc=${status}` } = asked
  const signers: readonly Signer[] = selectors.map(selector => signer(domain, selector))
  return sealWithArc(of, signers, { domain, timestampSeconds: laterSeconds, bodyForm: form, status, results })
}

async function sealed(of: Message, asked: Seal = {}): Promise<Message> {
  const sealing = await seal(of, asked)
  if (sealing.kind !== 'sealed') throw new Error(sealing.reason)
  return readMessage(octets(prependFields(of, sealing.fields)))
}

async function sealedByMailauth(of: Message, cv: ChainStatus, selector: Selector = 'rsa'): Promise<Message> {
  const whole = octets(of)
  const header = await sealMessage(whole, {
    signingDomain: 'origin.example',
    selector,
    privateKey: privateKey('origin.example', selector).export({ format: 'pem', type: 'pkcs8' }).toString(),
    cv,
    authResults: 'mx.origin.example; spf=pass smtp.mailfrom=origin.example',
  })
  if (header.length === 0) throw new Error('mailauth did not seal')
  return readMessage(Buffer.concat([header, whole]))
}

/** RFC 6376 section 3.4.2, written down once more. */
function relaxed(field: HeaderField | undefined): string {
  const text = field?.octets.toString('latin1') ?? ''
  const [, name = '', value = ''] = /^([^:]*):([\s\S]*)\r\n$/.exec(text) ?? []
  return `${name.toLowerCase()}:${value
    .replace(/\r\n/g, '')
    .replace(/[ \t]+/g, ' ')
    .trim()}`
}

function verdict(of: Message | Buffer) {
  return mailauthVerdict(Buffer.isBuffer(of) ? of : octets(of), keys)
}

/** The text replaced in the first place from the top. */
function changed(of: Message, from: string | RegExp, to: string): Buffer {
  const text = octets(of).toString('latin1')
  const other = text.replace(from, to)
  if (other === text) throw new Error(`no ${from}`)
  return Buffer.from(other, 'latin1')
}

describe.each(['simple', 'relaxed'] as const)('sealed with the body in %s form', form => {
  test.each([[['rsa']], [['ed']], [['ed', 'rsa']]] as const)(
    'with keys %j: the chain begins and passes',
    async selectors => {
      const one = await sealed(message(plain), { form, selectors })
      expect(await verdict(one)).toMatchObject({ arc: 'pass', instance: 1 })
    },
  )

  test('three relays after each other make a chain of three', async () => {
    const one = await sealed(message(plain), { form })
    const two = await sealed(one, { form, status: 'pass', domain: 'alias.example' })
    const three = await sealed(two, { form, status: 'pass', domain: 'destination.example' })
    expect(await verdict(three)).toMatchObject({ arc: 'pass', instance: 3 })
  })

  test('a chain that mailauth began is continued, and mailauth continues ours', async () => {
    const theirs = await sealedByMailauth(message(plain), 'none')
    const ours = await sealed(theirs, { form, status: 'pass' })
    expect(await verdict(ours)).toMatchObject({ arc: 'pass', instance: 2 })
    expect(await verdict(await sealedByMailauth(ours, 'pass'))).toMatchObject({ arc: 'pass', instance: 3 })
  })

  test('a relay that revises the message breaks the message signature before it, and the chain holds', async () => {
    const one = await sealedByMailauth(message(plain), 'none')
    const revised = readMessage(changed(one, 'Subject: Plans', 'Subject: [team] Plans'))
    expect(await verdict(revised)).toMatchObject({ arc: 'fail' })
    expect(await verdict(await sealed(revised, { form, status: 'pass' }))).toMatchObject({
      arc: 'pass',
      instance: 2,
    })
  })
})

describe('what a seal covers', () => {
  const whole = async () => sealed(await sealed(message(plain)), { status: 'pass', domain: 'alias.example' })

  test.each([
    ['the subject', 'Subject: Plans', 'Subject: plans'],
    ['the body', 'Hello everybody', 'Hello nobody'],
    ['a second From on top', 'From: Sender', 'From: x@y.example\r\nFrom: Sender'],
    ['its own results', 'spf=pass', 'spf=fail'],
    ['the results of a set before', /(spf=pass[\s\S]*)spf=pass/, '$1spf=fail'],
    ['the time of the seal', `t=${laterSeconds}`, `t=${laterSeconds - 1}`],
    ['cv= of the first seal', 'cv=none', 'cv=pass'],
  ])('%s', async (_, from, to) => {
    expect((await verdict(await whole())).arc).toBe('pass')
    expect((await verdict(changed(await whole(), from, to))).arc).toBe('fail')
  })

  test('a DKIM-Signature that was there (RFC 8617 section 4.1.2)', async () => {
    const signed = prependFields(message(plain), [newField('DKIM-Signature', 'v=1; d=x.example')])
    const one = await sealed(signed)
    expect((await verdict(changed(one, 'd=x.example', 'd=y.example'))).arc).toBe('fail')
  })

  test('not Authentication-Results, trace, or fields of DKIM2: they come and go', async () => {
    const one = await sealed(
      prependFields(message(plain), [newField('Authentication-Results', 'x.example; none')]),
    )
    const other = changed(one, 'Authentication-Results: x.example; none\r\n', 'DKIM2-Signature: i=1\r\n')
    const more = Buffer.concat([Buffer.from('Received: from x\r\nReturn-Path: <>\r\n'), other])
    expect((await verdict(more)).arc).toBe('pass')
  })
})

describe('what is not sealed', () => {
  test('a chain that nobody has validated', async () => {
    const one = await sealed(message(plain))
    const reason = 'it has a chain that was not validated when it came'
    expect(await seal(one, { status: 'none' })).toEqual({ kind: 'not sealed', reason })
  })

  test('a chain whose newest seal says that it had failed (section 5.1 step 2)', async () => {
    const one = readMessage(changed(await sealed(message(plain)), 'Plans', 'plans'))
    const ended = await sealed(one, { status: 'fail' })
    const reason = 'its newest seal says that the chain had failed before'
    expect(await seal(ended, { status: 'fail' })).toEqual({ kind: 'not sealed', reason })
    expect(await seal(ended, { status: 'pass' })).toEqual({ kind: 'not sealed', reason })
  })

  test('a chain of fifty; the fiftieth set is made (section 4.2.1)', async () => {
    let at = await sealed(message(plain), { selectors: ['ed'] })
    for (let count = 2; count <= 50; count++) at = await sealed(at, { status: 'pass', selectors: ['ed'] })
    expect(await verdict(at)).toMatchObject({ arc: 'pass', instance: 50 })
    const reason = 'its chain has 50 sets, and 50 are the most'
    expect(await seal(at, { status: 'pass' })).toEqual({ kind: 'not sealed', reason })
  })

  test('a chain that lost a field, got one twice, or cannot be read, though it had passed', async () => {
    const one = await sealed(message(plain))
    const broken = [
      changed(one, /ARC-Seal:(?:.*\r\n)(?:[ \t].*\r\n)*/, ''),
      changed(one, /(ARC-Seal:(?:.*\r\n)(?:[ \t].*\r\n)*)/, '$1$1'),
      changed(one, 'ARC-Seal: i=1', 'ARC-Seal: i=x'),
      changed(one, 'ARC-Seal: i=1', 'ARC-Seal: i=2'),
      changed(one, 'ARC-Authentication-Results: i=1;', 'ARC-Authentication-Results:'),
    ]
    for (const other of broken) {
      const reason = 'its chain is not as it was when it came'
      expect(await seal(readMessage(other), { status: 'pass' })).toEqual({ kind: 'not sealed', reason })
    }
  })

  test('a chain of RSA by a domain that has Ed25519 alone, which not everybody could validate', async () => {
    const one = await sealed(message(plain), { selectors: ['rsa'] })
    expect(await seal(one, { status: 'pass', selectors: ['ed'] })).toMatchObject({ kind: 'not sealed' })
    const other = await sealed(message(plain), { selectors: ['ed'] })
    expect(await seal(other, { status: 'pass', selectors: ['ed'] })).toMatchObject({
      kind: 'sealed',
      instance: 2,
    })
  })
})

describe('a chain that fails on arrival is marked once (section 5.1.2)', () => {
  test('with the next instance and cv=fail, over its own set alone', async () => {
    const one = readMessage(changed(await sealed(message(plain)), 'Plans', 'plans'))
    const marked = await seal(one, { status: 'fail' })
    expect(marked).toMatchObject({ kind: 'sealed', instance: 2, status: 'fail' })
    const whole = await sealed(one, { status: 'fail' })
    expect(await verdict(whole)).toMatchObject({
      arc: 'fail',
      arcComment: expect.stringContaining('cv=fail'),
    })
    const [newest, ...others] = whole.fields.slice(0, 3)
    const input = [...others.toReversed().map(relaxed), relaxed(newest).replace(/b=[^;]*/, 'b=')].join('\r\n')
    const b = /[ ;]b=([^;]*)/.exec(relaxed(newest))?.[1] ?? ''
    const key = createPublicKey(privateKey('list.example', 'rsa'))
    expect(verify('sha256', Buffer.from(input), key, Buffer.from(b, 'base64'))).toBe(true)
  })
})

describe('reading a chain', () => {
  test('takes comments and case as RFC 8617 does, and any order of fields', async () => {
    const two = await sealed(await sealed(message(plain)), { status: 'pass' })
    const { sets, highest } = readArcChain(two.fields.toReversed())
    expect([sets?.length, highest]).toEqual([2, 2])
  })

  test('is none where there are no ARC fields', () => {
    expect(readArcChain(message(plain).fields)).toEqual({
      highest: 0,
      sets: [],
      hasEnded: false,
      algorithms: new Set(),
    })
  })
})
