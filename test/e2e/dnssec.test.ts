/** A validating resolver in front of signed zones: what it vouches for is authentic here, what it finds forged is temporary. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DnsServer } from '../support/dns-server.ts'
import { resolverFor } from '../support/resolver.ts'
import { Unbound, unboundMissing } from '../support/unbound.ts'

const records = [
  '@ IN MX 10 mail',
  '@ IN TXT "hello"',
  'mail IN A 192.0.2.1',
  'mail IN AAAA 2001:db8::1',
  'alias IN CNAME mail',
  'away IN CNAME mail.plain.example.',
  `_25._tcp.mail IN TLSA 3 1 1 ${'ab'.repeat(32)}`,
]

describe.skipIf(unboundMissing !== undefined)('behind a validating resolver', () => {
  let plain: DnsServer
  let unbound: Unbound

  beforeAll(async () => {
    plain = await DnsServer.start({
      'plain.example': { '@': [['mx', '10 mail.plain.example']], mail: [['a', '192.0.2.2']] },
    })
    unbound = await Unbound.start(
      [
        { name: 'signed.example', records },
        { name: 'signed3.example', records, nsec3: true },
        { name: 'forged.example', records, tamper: text => text.replaceAll('hello', 'hullo') },
        { name: 'stranger.example', records, wrongAnchor: true },
      ],
      { server: plain, domains: ['plain.example'] },
    )
  })
  afterAll(async () => {
    await unbound?.stop()
    await plain?.close()
  })

  const trusting = () => resolverFor([unbound], { validates: true })

  test.each(['signed.example', 'signed3.example'])(
    'answers of %s are authentic, what is absent too',
    async zone => {
      const resolver = trusting()
      expect(await resolver.mx(zone)).toMatchObject({
        records: [{ preference: 10, exchange: `mail.${zone}` }],
        authentic: true,
      })
      expect(await resolver.addresses(`mail.${zone}`)).toMatchObject({
        records: [{ address: '192.0.2.1' }, { address: '2001:db8::1' }],
        authentic: true,
      })
      expect(await resolver.tlsa(`_25._tcp.mail.${zone}`)).toMatchObject({
        records: [{ usage: 3, selector: 1, matchingType: 1, association: Buffer.alloc(32, 0xab) }],
        authentic: true,
      })
      expect(await resolver.tlsa(`_25._tcp.${zone}`)).toMatchObject({ kind: 'absent', authentic: true })
      expect(await resolver.mx(`nowhere.${zone}`)).toMatchObject({ kind: 'absent', authentic: true })
    },
  )

  test('an alias within the zone is authentic, one that leads out of it is not', async () => {
    expect(await trusting().addresses('alias.signed.example')).toMatchObject({
      canonicalName: 'mail.signed.example',
      authentic: true,
    })
    const away = await trusting().addresses('away.signed.example')
    expect(away).toMatchObject({ kind: 'records', canonicalName: 'mail.plain.example' })
    expect(away).not.toHaveProperty('authentic')
  })

  test('answers of a zone that is not signed are not authentic', async () => {
    const answer = await trusting().mx('plain.example')
    expect(answer).toMatchObject({ kind: 'records' })
    expect(answer).not.toHaveProperty('authentic')
  })

  test('a record that was changed after it was signed is a temporary failure, its neighbours are not', async () => {
    expect(await trusting().txt('forged.example')).toMatchObject({ kind: 'temporary' })
    expect(await trusting().mx('forged.example')).toMatchObject({ kind: 'records', authentic: true })
  })

  test('a zone that another key has signed is a temporary failure', async () => {
    expect(await trusting().mx('stranger.example')).toMatchObject({ kind: 'temporary' })
  })

  test('without the setting nothing is authentic', async () => {
    const answer = await resolverFor([unbound]).mx('signed.example')
    expect(answer).toMatchObject({ kind: 'records' })
    expect(answer).not.toHaveProperty('authentic')
  })
})
