import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { describe, expect, test } from 'vitest'
import { isPublicSuffix } from '../../../../src/dkim/public-suffix.ts'
import { MessageVersion } from '../../../../src/dkim2/message-version.ts'
import type { Signer } from '../../../../src/dkim2/signer.ts'
import type { Zone } from '../../../../src/dns/zone-resolver.ts'
import { type Message, newField, prependFields } from '../../../../src/message/message.ts'
import type { AdmissionRecord } from '../../../../src/record/admission-record.ts'
import {
  CopySignatures,
  type SignedCopyParts,
  type SignedSource,
} from '../../../../src/service/dkim/copy-signatures.ts'
import type { DkimDependencies } from '../../../../src/service/dkim/dkim-dependencies.ts'
import { laterSeconds, message, octets, plain, signer, zone } from '../../../support/dkim2-parties.ts'
import { mailauthVerdict } from '../../../support/today-verifiers.ts'

const keys = zone() as Zone
const nobody: AdmissionRecord = { state: 'none', hops: [], addHop: true, senderAuthenticated: false }

/** The relay of list.example and alias.example, with the count of the signatures that it made. */
function relay(changes: Partial<DkimDependencies> = {}): DkimDependencies & { readonly count: () => number } {
  let made = 0
  const counting = (one: Signer): Signer => ({
    ...one,
    sign(input) {
      made++
      return one.sign(input)
    },
  })
  const own = ['list.example', 'alias.example']
  return {
    authservId: 'relay.example',
    ownDomainOf: domain => own.find(one => domain === one || domain.endsWith(`.${one}`)),
    isOwnDomain: domain => own.includes(domain),
    isPublicSuffix,
    dkimSigners: domain => {
      const party = domain === 'alias.example' ? 'alias.example' : 'list.example'
      return [counting(signer(party, 'ed')), counting(signer(party, 'rsa'))]
    },
    dkimOf: () => 'always',
    seals: () => true,
    ...changes,
    count: () => made,
  }
}

const results = (arc: string) =>
  Buffer.from(
    `Authentication-Results: relay.example;\r\n\tdkim2=none;\r\n\tspf=pass${arc}\r\nReceived: x\r\n`,
  )

function forwarded(of: Message, record: Partial<AdmissionRecord> = {}, arc = ''): SignedSource {
  const arrived = {
    message: of,
    reversePath: 'a@origin.example',
    record: { ...nobody, ...record },
    prepend: results(arc),
  }
  return { message: of, arrived, answersForFrom: false }
}

const copy: SignedCopyParts = {
  domain: 'alias.example',
  kind: 'alias',
  bodyForm: 'simple',
  timestampSeconds: laterSeconds,
  ownFields: [],
}

const ofOwn = message(plain.replace('a@origin.example', 'boss@alias.example'))

describe('what is added', () => {
  test('to a forwarded message: DKIM-Signatures and an ARC set, which hosts of today verify', async () => {
    const { fields, added } = await new CopySignatures(forwarded(message(plain)), relay()).of(copy)
    expect(added).toEqual({
      dkim: { domain: 'alias.example', selectors: ['ed', 'rsa'] },
      arc: { instance: 1, status: 'none', domain: 'alias.example', selector: 'rsa' },
    })
    const verdict = await mailauthVerdict(octets(prependFields(message(plain), fields)), keys)
    expect(verdict).toMatchObject({
      dkim: ['alias.example ed pass', 'alias.example rsa pass'],
      arc: 'pass',
      instance: 1,
    })
  })

  test('the ARC set tells what this relay found, and covers the DKIM-Signatures made before', async () => {
    const { fields } = await new CopySignatures(forwarded(message(plain)), relay()).of(copy)
    const text = fields.map(field => field.octets.toString('latin1'))
    expect(text[2]).toBe('ARC-Authentication-Results: i=1; relay.example;\r\n\tdkim2=none;\r\n\tspf=pass\r\n')
    expect(text[1]?.match(/dkim-signature/g)).toHaveLength(2)
  })

  test.each([
    ['dsn', 'dkim'],
    ['notice', 'dkim'],
    ['originate', 'dkim'],
    ['alias', 'dkim arc'],
    ['list', 'dkim arc'],
  ] as const)('to a copy of kind %s: %s', async (kind, expected) => {
    const { added } = await new CopySignatures(forwarded(message(plain)), relay()).of({ ...copy, kind })
    expect(Object.keys(added).join(' ')).toBe(expected)
  })

  test('no seal to what was written here', async () => {
    const source = { message: ofOwn, answersForFrom: true }
    const { added } = await new CopySignatures(source, relay()).of({ ...copy, kind: 'notice' })
    expect(Object.keys(added)).toEqual(['dkim'])
  })

  test.each([
    ['always', true, true],
    ['not-forwards', false, true],
    ['never', false, false],
  ] as const)('as the settings of the domain say: %s', async (setting, onForward, onPost) => {
    const settings = relay({ dkimOf: () => setting, seals: () => false })
    const signatures = new CopySignatures(forwarded(message(plain)), settings)
    const ofKind = async (kind: 'alias' | 'list') =>
      Object.keys((await signatures.of({ ...copy, kind })).added)
    expect(await ofKind('alias')).toEqual(onForward ? ['dkim'] : [])
    expect(await ofKind('list')).toEqual(onPost ? ['dkim'] : [])
  })

  test('mail of our own clients is signed for its From where that is ours', async () => {
    const source = forwarded(ofOwn, { senderAuthenticated: true })
    const sent = { ...copy, kind: 'originate', domain: 'list.example' } as const
    const { added } = await new CopySignatures(source, relay()).of(sent)
    expect(added.dkim?.domain).toBe('alias.example')
    const foreign = forwarded(message(plain), { senderAuthenticated: true })
    expect((await new CopySignatures(foreign, relay()).of(sent)).added.dkim?.domain).toBe('list.example')
  })
})

describe('who does not sign', () => {
  test.each(['com', 'co.uk', 'lan', 'github.io'])(
    '%s: nobody speaks for all who are below it',
    async domain => {
      const all = relay({ isOwnDomain: () => true })
      const { fields, added } = await new CopySignatures(forwarded(message(plain)), all).of({
        ...copy,
        domain,
      })
      expect([fields, all.count()]).toEqual([[], 0])
      const reason = `${domain} is a public suffix`
      expect(added).toEqual({ missing: [`DKIM-Signature: ${reason}`, `ARC set: ${reason}`] })
    },
  )

  test.each(['alias.example', 'alias.co.uk', 'a.b.example.com'])('%s may', async domain => {
    const all = relay({ isOwnDomain: () => true })
    const { added } = await new CopySignatures(forwarded(message(plain)), all).of({ ...copy, domain })
    expect(added.missing).toBeUndefined()
  })

  test('a domain that is not ours', async () => {
    const all = relay()
    const { fields } = await new CopySignatures(forwarded(message(plain)), all).of({
      ...copy,
      domain: 'origin.example',
    })
    expect([fields, all.count()]).toEqual([[], 0])
  })

  const dkim = { spf: 'none', dkimDomains: ['alias.example'], authenticated: true } as const
  const whole = { domain: 'alias.example', covers: { from: 1 }, isWhole: true } as const

  test.each([
    ['nobody', {}, false],
    ['SPF of another domain', { sender: { spf: 'pass', dkimDomains: [], authenticated: true } }, false],
    ['a DKIM-Signature of the domain', { sender: { ...dkim, dkim: [whole] } }, true],
    ['one that leaves From free', { sender: { ...dkim, dkim: [{ ...whole, covers: {} }] } }, false],
    ['one that leaves the end free', { sender: { ...dkim, dkim: [{ ...whole, isWhole: false }] } }, false],
    ['the network that it came from', { senderAuthenticated: true }, true],
  ] as const)('the domain of a From that %s vouches for: signed is %s', async (_, record, isSigned) => {
    const { added } = await new CopySignatures(forwarded(ofOwn, record), relay()).of(copy)
    expect(added.dkim !== undefined).toBe(isSigned)
    if (!isSigned) {
      expect(added.missing).toEqual(['DKIM-Signature: nobody vouches for its From, and alias.example would'])
    }
  })

  test('a list that has put its own address into From answers for it', async () => {
    const source = { ...forwarded(ofOwn), answersForFrom: true }
    const { added } = await new CopySignatures(source, relay()).of({ ...copy, kind: 'list' })
    expect(added.dkim).toBeDefined()
  })
})

describe('the chain that a message came with', () => {
  async function began(): Promise<Message> {
    const source = forwarded(message(plain))
    const { fields } = await new CopySignatures(source, relay()).of({ ...copy, domain: 'list.example' })
    return prependFields(message(plain), fields)
  }

  test.each([
    ['passes', ';\r\n\tarc=pass (i=1 arc=fail)', { instance: 2, status: 'pass' }],
    ['fails', ';\r\n\tarc=fail', { instance: 2, status: 'fail' }],
    ['was not looked at', '', undefined],
    ['is none, they say', ';\r\n\tarc=none', undefined],
    ['passes in a word of a stranger', ';\r\n\tspf=pass smtp.mailfrom="x; arc=pass"@x.example', undefined],
    ['passes in a comment', ' (; arc=pass)', undefined],
    ['could not be looked up', ';\r\n\tarc=temperror', undefined],
  ] as const)('%s', async (_, found, expected) => {
    const of = await began()
    const { fields, added } = await new CopySignatures(forwarded(of, {}, found), relay()).of(copy)
    if (expected === undefined) {
      expect(added.missing).toEqual(['ARC set: it has a chain that was not validated when it came'])
      return
    }
    expect(added.arc).toMatchObject(expected)
    const verdict = await mailauthVerdict(octets(prependFields(of, fields)), keys)
    expect(verdict.arc).toBe(expected.status)
  })
})

describe('work that copies share', () => {
  const link = (number: number) => [
    newField('List-Unsubscribe', `<https://list.example/u/${number}>`),
    newField('List-Unsubscribe-Post', 'List-Unsubscribe=One-Click'),
  ]
  const ofList = { ...copy, kind: 'list', domain: 'list.example' } as const

  test('copies that are all alike: every signature once', async () => {
    const all = relay()
    const signatures = new CopySignatures(forwarded(message(plain)), all)
    const made = await Promise.all(Array.from({ length: 20 }, () => signatures.of(ofList)))
    expect(all.count()).toBe(4)
    expect(
      new Set(made.map(({ fields }) => Buffer.concat(fields.map(one => one.octets)).toString())).size,
    ).toBe(1)
  })

  test('copies with links of their own: DKIM-Signatures for each, over the link; the seal once', async () => {
    const all = relay()
    const signatures = new CopySignatures(forwarded(message(plain)), all)
    for (let number = 0; number < 5; number++) {
      const ownFields = link(number)
      const { fields } = await signatures.of({ ...ofList, ownFields })
      const whole = octets(prependFields(message(plain), [...fields, ...ownFields]))
      const passes = { dkim: ['list.example ed pass', 'list.example rsa pass'], arc: 'pass' }
      expect(await mailauthVerdict(whole, keys)).toMatchObject(passes)
      const other = Buffer.from(whole.toString('latin1').replace(`/u/${number}`, '/u/9'), 'latin1')
      const fails = { dkim: ['list.example ed fail', 'list.example rsa fail'], arc: 'pass' }
      expect(await mailauthVerdict(other, keys)).toMatchObject(fails)
    }
    expect(all.count()).toBe(5 * 2 + 2)
  })

  test('the body that was hashed for DKIM2 is not hashed again', async () => {
    const large = message(`${plain}${'A line of text that is long enough to be seen.\n'.repeat(2000)}`)
    new MessageVersion(1, large).bodyHash('simple', 'sha256')
    const signatures = new CopySignatures(forwarded(large), relay())
    const hashed = await octetsHashed(async () => {
      for (let number = 0; number < 5; number++) await signatures.of({ ...ofList, ownFields: link(number) })
    })
    expect(hashed).toBe(0)
  })
})

/** How many octets go through `createHash`, with which bodies are hashed. */
async function octetsHashed(work: () => Promise<void>): Promise<number> {
  const original = crypto.createHash
  let count = 0
  const counting: typeof original = (...parameters) => {
    const hash = original(...parameters)
    const update = hash.update.bind(hash)
    return Object.assign(hash, {
      update(chunk: Buffer) {
        count += chunk.length
        return update(chunk)
      },
    })
  }
  crypto.createHash = counting
  syncBuiltinESMExports()
  try {
    await work()
  } finally {
    crypto.createHash = original
    syncBuiltinESMExports()
  }
  return count
}
