import { describe, expect, test } from 'vitest'
import { joinFamilies } from '../../../src/dns/resolver.ts'
import { type Zone, zoneResolver } from '../../../src/dns/zone-resolver.ts'

const resolver = zoneResolver({
  'origin.example': {
    'ed._domainkey': [['txt', 'v=DKIM1; p=abc']],
    parts: [['txt', ['one', 'two']]],
    '@': [
      ['mx', '10 mail.origin.example.'],
      ['mx', '0 .'],
    ],
    mail: [
      ['a', '192.0.2.1'],
      ['aaaa', '2001:db8::1'],
    ],
    alias: [['cname', 'mail.origin.example']],
    circle: [['cname', 'circle.origin.example']],
    '_smtp-tls._tcp': [['srv', '1 2 842 mail.origin.example']],
    broken: [['temporary', 'the server is down']],
  },
})

describe('a zone', () => {
  test('answers for the labels of a domain, whatever the case of the letters', async () => {
    expect(await resolver.txt('ED._domainkey.Origin.example')).toEqual({
      kind: 'records',
      records: ['v=DKIM1; p=abc'],
    })
    expect(await resolver.txt('parts.origin.example')).toEqual({ kind: 'records', records: ['onetwo'] })
  })

  test("the label '@' is the domain itself", async () => {
    expect(await resolver.mx('origin.example')).toEqual({
      kind: 'records',
      records: [
        { preference: 10, exchange: 'mail.origin.example' },
        { preference: 0, exchange: '' },
      ],
    })
  })

  test('has SRV and address records, and follows aliases', async () => {
    expect(await resolver.srv('_smtp-tls._tcp.origin.example')).toEqual({
      kind: 'records',
      records: [{ priority: 1, weight: 2, port: 842, target: 'mail.origin.example' }],
    })
    expect(await resolver.addresses('alias.origin.example')).toEqual({
      kind: 'records',
      records: [
        { address: '192.0.2.1', family: 4 },
        { address: '2001:db8::1', family: 6 },
      ],
      canonicalName: 'mail.origin.example',
    })
  })

  test('has TLSA records, and counts as validated where it is told so', async () => {
    const zone = { 'origin.example': { '_25._tcp.mail': [['tlsa', '3 1 1 00FF 10']] } } as const
    expect(await zoneResolver(zone, { authentic: true }).tlsa('_25._tcp.mail.origin.example')).toEqual({
      kind: 'records',
      records: [{ usage: 3, selector: 1, matchingType: 1, association: Buffer.from([0, 255, 16]) }],
      authentic: true,
    })
  })

  test('says absent for what it does not hold, names of Object.prototype included', async () => {
    expect(await resolver.txt('nowhere.example')).toEqual({ kind: 'absent', isNoName: true })
    expect(await resolver.mx('mail.origin.example')).toEqual({ kind: 'absent' })
    expect(await resolver.txt('constructor')).toEqual({ kind: 'absent', isNoName: true })
  })

  test('can hold temporary failures, and an alias that leads to itself is one', async () => {
    expect(await resolver.txt('broken.origin.example')).toEqual({
      kind: 'temporary',
      reason: 'DNS TXT broken.origin.example: the server is down',
    })
    expect((await resolver.txt('circle.origin.example')).kind).toBe('temporary')
  })

  test.each([
    [{ 'a.example': { x: [['spf', 'v']] } }, /x\.a\.example has the unknown type spf/],
    [{ 'a.example': { x: [['constructor', 'v']] } }, /unknown type constructor/],
    [{ 'a.example': { x: [['mx', 'mail']] } }, /x\.a\.example has a malformed mx value/],
    [{ 'a.example': { x: 'text' } }, /x\.a\.example must be a list/],
    [{ 'a.example': 'text' }, /a\.example must be an object/],
    [[], /a zone must be an object/],
  ])('of another format is refused with the place: %j', (zone, message) => {
    expect(() => zoneResolver(zone as unknown as Zone)).toThrow(message)
  })
})

describe('the two address families', () => {
  const v4 = { kind: 'records', records: [{ address: '192.0.2.1', family: 4 }], ttlSeconds: 30 } as const
  const v6 = { kind: 'records', records: [{ address: '2001:db8::1', family: 6 }], ttlSeconds: 20 } as const
  const absent = { kind: 'absent' } as const
  const temporary = { kind: 'temporary', reason: 'down' } as const

  test('what one has counts, even if the other could not be looked up', () => {
    expect(joinFamilies(temporary, v6)).toBe(v6)
    expect(joinFamilies(v4, temporary)).toBe(v4)
    expect(joinFamilies(v4, absent)).toBe(v4)
  })

  test('together they are good for the shorter time', () => {
    expect(joinFamilies(v4, v6)).toMatchObject({ ttlSeconds: 20 })
  })

  test('together they are authentic only if both are', () => {
    const authentic = { authentic: true } as const
    expect(joinFamilies({ ...v4, ...authentic }, v6)).not.toHaveProperty('authentic')
    expect(joinFamilies({ ...v4, ...authentic }, { ...v6, ...authentic })).toHaveProperty('authentic', true)
  })

  test('without any address a temporary failure of either is one of both', () => {
    expect(joinFamilies(absent, temporary)).toBe(temporary)
    expect(joinFamilies(temporary, absent)).toBe(temporary)
    expect(joinFamilies(absent, absent)).toEqual(absent)
  })
})
