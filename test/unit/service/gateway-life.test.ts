/** Which copies go by a gateway, which is known when they are planned: they live longer, and go in order. */
import { expect, test } from 'vitest'
import { parseConfig } from '../../../src/config/load.ts'
import type { RelayConfigInput } from '../../../src/config/schema.ts'
import { zoneResolver } from '../../../src/dns/zone-resolver.ts'
import { gatewayLife } from '../../../src/service/gateway-life.ts'

const resolver = zoneResolver({
  'found.example': { _bsmtp_https: [['uri', '10 1 https://gateway.found.example/bsmtp']] },
  'unsure.example': { _bsmtp_https: [['temporary', 'no answer']] },
  'routed.example': { _bsmtp_https: [['uri', '10 1 https://gateway.routed.example/bsmtp']] },
})

function lifeTo(destination: string, batchSmtp: NonNullable<RelayConfigInput['batchSmtp']>) {
  const input: RelayConfigInput = {
    hostname: 'relay.example',
    listeners: [{ name: 'mx', port: 25 }],
    domains: {},
    routes: {
      'mars.example': {
        url: 'https://gateway.mars.example/bsmtp',
        lifetimeSeconds: 600,
        lightTimeSeconds: 5,
      },
      'routed.example': { host: '127.0.0.1', port: 2525 },
    },
    batchSmtp,
  }
  return gatewayLife(destination, { config: parseConfig(input, { file: 'test', folder: '/' }), resolver })
}

const found = { lifetimeMilliseconds: 7_000, roundTripMilliseconds: 4_000 }

test.each([
  ['mars.example', { lifetimeMilliseconds: 600_000, roundTripMilliseconds: 10_000 }],
  ['found.example', found],
  // Where nobody can say, order is kept all the same.
  ['unsure.example', found],
  ['other.example', undefined],
  ['routed.example', undefined],
])('where URI records are looked for: %s', async (destination, life) => {
  const batchSmtp = { useUriRecords: true, found: { lifetimeSeconds: 7, lightTimeSeconds: 2 } }
  expect(await lifeTo(destination, batchSmtp)).toEqual(life)
})

test('URI records count for nothing where they are not looked for', async () => {
  expect(await lifeTo('found.example', {})).toBeUndefined()
})
