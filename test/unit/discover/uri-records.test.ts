import { expect, test } from 'vitest'
import type { DiscoverSettings } from '../../../src/discover/next-hop.ts'
import type { Zone, ZoneEntry } from '../../../src/dns/zone-resolver.ts'
import { find, hopsOf } from './settings.ts'

const gateways: NonNullable<DiscoverSettings['gateways']> = {
  lightTimeSeconds: 0,
  answerTimeoutSeconds: 10,
  retrySeconds: [60],
  lifetimeSeconds: 86_400,
  maxMessages: 10,
  maxObjectBytes: 1_000,
  gatherMilliseconds: 0,
}

function zoneWith(...records: readonly ZoneEntry[]): Zone {
  return {
    'mars.example': { _bsmtp_https: records, '@': [['mx', '10 mail.earth.example']] },
    'earth.example': {
      mail: [['a', '198.52.100.1']],
      gateway: [['a', '198.52.100.2']],
      inside: [['a', '10.0.0.1']],
    },
  }
}

const uri = (text: string): ZoneEntry => ['uri', text]

test('a gateway of a URI record comes before MX, and only where they are looked for', async () => {
  const zone = zoneWith(uri('10 1 https://gateway.earth.example/bsmtp'))
  expect(hopsOf(await find('mars.example', zone, { gateways }))).toEqual([
    'https://gateway.earth.example/bsmtp',
  ])
  expect(hopsOf(await find('mars.example', zone))).toEqual([
    'mail.earth.example 198.52.100.1:25 starttls-if-offered',
  ])
})

test('the smallest priority comes first, and of equal ones the heaviest', async () => {
  const records = [
    '20 9 https://gateway.earth.example/c',
    '10 1 https://gateway.earth.example/b',
    '10 5 https://gateway.earth.example/a',
  ]
  expect(hopsOf(await find('mars.example', zoneWith(...records.map(uri)), { gateways }))).toEqual([
    'https://gateway.earth.example/a',
    'https://gateway.earth.example/b',
    'https://gateway.earth.example/c',
  ])
})

test.each([
  ['plain HTTP', 'http://gateway.earth.example/'],
  ['a password', 'https://user:word@gateway.earth.example/'],
  ['no URL', 'gateway'],
  ['a host without an address', 'https://nowhere.earth.example/'],
  ['a host inside the network', 'https://inside.earth.example/'],
  ['an address inside the network', 'https://127.0.0.1/'],
  ['an IPv6 address inside the network', 'https://[::1]/'],
])('%s is no gateway, and the mail does not go by SMTP instead', async (_what, target) => {
  expect(await find('mars.example', zoneWith(uri(`10 1 ${target}`)), { gateways })).toMatchObject({
    kind: 'permanent',
    status: '5.4.4',
  })
})

test('records that cannot be looked up defer', async () => {
  const zone = zoneWith(['temporary', 'no answer'])
  expect(await find('mars.example', zone, { gateways })).toMatchObject({ kind: 'temporary' })
})
