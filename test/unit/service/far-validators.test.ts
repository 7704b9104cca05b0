import { expect, test } from 'vitest'
import { parseConfig } from '../../../src/config/load.ts'
import { farValidators } from '../../../src/service/settings.ts'

function far(resolver: { servers: string[]; validates: boolean }): string[] {
  const listeners = [{ name: 'mx', port: 25 }]
  const config = { hostname: 'relay.example', listeners, domains: {}, resolver }
  return farValidators(parseConfig(config, { file: 'test', folder: '/' }))
}

test('servers elsewhere that are trusted to validate are told at the start', () => {
  const servers = ['127.0.0.1', '[::1]:5353', '192.0.2.53', '[2001:db8::53]:53']
  expect(far({ servers, validates: true })).toEqual(['192.0.2.53', '[2001:db8::53]:53'])
  expect(far({ servers, validates: false })).toEqual([])
})
