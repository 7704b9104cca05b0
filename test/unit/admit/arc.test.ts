/** ARC chains as they come (RFC 8617 section 5.2), and whose word counts (section 7.2.1). */
import { describe, expect, test } from 'vitest'
import { authenticateChain, authenticateSender } from '../../../src/admit/sender-authentication.ts'
import { vouchingSealer } from '../../../src/admit/trusted-sealer.ts'
import { arcChain, dkimSignatures } from '../../../src/limits.ts'
import { readMessage } from '../../../src/message/message.ts'
import { type Sealer, sealer } from '../../support/arc.ts'

const text = Buffer.from(
  'From: a@shop.example\r\nTo: b@list.example\r\nSubject: x\r\nDate: Sat, 28 Nov 2026 12:00:00 +0000\r\nMessage-ID: <1@shop.example>\r\n\r\nHello\r\n',
)
const list = sealer('list.example')
const alias = sealer('alias.example')
const passed = 'dmarc=pass header.from=shop.example'

const asked: string[] = []
async function validate(
  octets: Buffer,
  broken: Readonly<Record<string, string>> = {},
  sealers: readonly Sealer[] = [list, alias],
) {
  asked.length = 0
  const records = new Map(sealers.map(({ record }) => record))
  const found = await authenticateSender(
    {
      message: readMessage(octets),
      reversePath: 'a@other.example',
      peerAddress: '192.0.2.1',
      helo: 'client.example',
      hostname: 'relay.example',
      ends: new AbortController().signal,
      async resolver(name) {
        asked.push(name)
        const record = records.get(name)
        if (broken[name] === undefined && record !== undefined) return [[record]]
        throw Object.assign(new Error(name), { code: broken[name] ?? 'ENOTFOUND' })
      },
    },
    { signatures: dkimSignatures, arc: arcChain },
  )
  return found.arc
}

const edited = (octets: Buffer, from: string | RegExp, to: string) =>
  Buffer.from(octets.toString('latin1').replace(from, to), 'latin1')

describe('the state of a chain', () => {
  test('there is none', async () => expect(await validate(text)).toBeUndefined())

  test('one and two sets that hold', async () => {
    const one = await list.seal(text, passed)
    expect(await validate(one)).toMatchObject({ record: { result: 'pass', sealers: ['list.example'] } })
    const two = await alias.seal(one, 'arc=pass')
    expect(await validate(two)).toMatchObject({
      record: { result: 'pass', sealers: ['list.example', 'alias.example'] },
    })
  })

  test.each<[string, (sealed: Buffer) => Buffer]>([
    ['a changed text', sealed => edited(sealed, 'Hello', 'Pay here')],
    ['a changed From', sealed => edited(sealed, 'a@shop', 'b@shop')],
    ['changed results', sealed => edited(sealed, passed, passed.replace('shop', 'bank'))],
    ['a missing seal', sealed => edited(sealed, 'ARC-Seal:', 'X-Seal:')],
    ['a missing message signature', sealed => edited(sealed, 'ARC-Message-Signature:', 'X-AMS:')],
    ['the number of another set', sealed => edited(sealed, /i=1/g, 'i=2')],
    ['cv=pass in the first set', sealed => edited(sealed, 'cv=none', 'cv=pass')],
    ['a set twice', sealed => Buffer.concat([sealed.subarray(0, sealed.indexOf('From: a@')), sealed])],
  ])('%s fails', async (_, change) => {
    const sealed = await list.seal(text, passed)
    const changed = change(sealed)
    expect(changed.equals(sealed)).toBe(false)
    expect(await validate(changed)).toMatchObject({ record: { result: 'fail' } })
  })

  test('cv=fail of the newest set fails, whatever it signs', async () => {
    const broken = await alias.seal(await list.seal(text, passed), 'arc=fail', 'fail')
    expect(await validate(broken)).toMatchObject({ record: { result: 'fail' } })
  })

  test('a key that is not there fails; one that nobody could look up is not known', async () => {
    const sealed = await list.seal(text, passed)
    const [name] = list.record
    expect(await validate(sealed, { [name]: 'ENOTFOUND' })).toMatchObject({ record: { result: 'fail' } })
    expect(await validate(sealed, { [name]: 'ETIMEOUT' })).toMatchObject({ record: { result: 'temperror' } })
  })

  test('more sets than 50, or larger ones than real hosts make, fail without a question for their keys', async () => {
    const set = (at: number, results: string) =>
      `ARC-Seal: i=${at}; a=rsa-sha256; cv=pass; d=list.example; s=arc; b=AAAA\r\nARC-Message-Signature: i=${at}; a=rsa-sha256; d=list.example; s=arc; h=from; bh=AAAA; b=AAAA\r\nARC-Authentication-Results: i=${at}; ${results}\r\n`
    const numbers = Array.from({ length: 51 }, (_, at) => at + 1)
    const many = numbers.map(at => set(at, 'none')).join('')
    const large = numbers
      .slice(0, 20)
      .map(at => set(at, `none (${'x'.repeat(9_000)})`))
      .join('')
    for (const sets of [many, large]) {
      const found = await validate(Buffer.concat([Buffer.from(sets), text]))
      expect(found).toMatchObject({ record: { result: 'fail', sealers: [] } })
      expect(asked.filter(name => name.includes('_domainkey'))).toEqual([])
    }
  })
})

describe('what a chain costs', () => {
  test('signatures of DKIM that it covers are tried as few as without it', async () => {
    const signatures = Array.from(
      { length: 30 },
      (_, at) => `DKIM-Signature: v=1; a=rsa-sha256; d=shop.example; s=s${at}; h=from; bh=AAAA; b=AAAA\r\n`,
    )
    const sealed = await list.seal(Buffer.concat([Buffer.from(signatures.join('')), text]), passed)
    expect(sealed.toString('latin1').replace(/\s/g, '')).toMatch(
      /ARC-Message-Signature:.*?h=[^;]*dkim-signature/i,
    )
    expect(await validate(sealed)).toMatchObject({ record: { result: 'pass' } })
    const tried = new Set(asked.filter(name => /^s\d+\._domainkey/.test(name)))
    expect(tried.size).toBe(dkimSignatures.maxSignatures)
  })

  test('alone it is validated without a question but for its keys; a message without one asks nothing', async () => {
    const questions: string[] = []
    const alone = (octets: Buffer) =>
      authenticateChain(
        {
          message: readMessage(octets),
          reversePath: '',
          ends: new AbortController().signal,
          async resolver(name) {
            questions.push(name)
            return [[list.record[1]]]
          },
        },
        { arc: arcChain },
      )
    expect(await alone(text)).toBeUndefined()
    expect(questions).toEqual([])
    expect(await alone(await list.seal(text, passed))).toMatchObject({ record: { result: 'pass' } })
    expect(new Set(questions)).toEqual(new Set([list.record[0]]))
  })
})

describe('whose word lifts a failure of DMARC', () => {
  const word = async (octets: Buffer, trusted: readonly string[], author = 'shop.example') => {
    const found = await validate(octets)
    return found && vouchingSealer(found, [author], trusted)
  }

  test('that of the newest sealer, if it is trusted and says that DMARC had passed', async () => {
    const sealed = await list.seal(text, `spf=none; ${passed}`)
    expect(await word(sealed, ['list.example'])).toBe('list.example')
    expect(await word(sealed, ['example'])).toBe('list.example')
    expect(await word(sealed, [])).toBeUndefined()
    expect(await word(sealed, ['other.example'])).toBeUndefined()
    expect(await word(sealed, ['list.example'], 'bank.example')).toBeUndefined()
    expect(await word(edited(sealed, 'Hello', 'Pay'), ['list.example'])).toBeUndefined()
  })

  test('that of an older one only if all above it are trusted', async () => {
    const both = await alias.seal(
      await list.seal(text, passed),
      'arc=pass; dmarc=fail header.from=shop.example',
    )
    expect(await word(both, ['list.example', 'alias.example'])).toBe('list.example')
    expect(await word(both, ['list.example'])).toBeUndefined()
    expect(await word(both, ['alias.example'])).toBeUndefined()
  })

  test.each([
    'dmarc=fail header.from=shop.example',
    'dmarc=pass header.from=shop.example.evil.example',
    'spf=pass smtp.mailfrom="x; dmarc=pass header.from=shop.example"@evil.example; dmarc=fail header.from=shop.example',
    'spf=pass (; dmarc=pass header.from=shop.example) smtp.mailfrom=evil.example',
    'x-dmarc=pass header.from=shop.example',
  ])('%s says nothing', async results => {
    expect(await word(await list.seal(text, results), ['list.example'])).toBeUndefined()
  })
})
