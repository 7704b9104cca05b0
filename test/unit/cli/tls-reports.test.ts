import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { openStore } from '../../../src/store/open-store.ts'
import type { TlsSessions } from '../../../src/store/tls-records.ts'
import { newFile } from '../store/fixtures.ts'
import { relay } from './command-line.ts'

const day = '2025-11-13'
const failed: TlsSessions = {
  day,
  domain: 'strict.example',
  policy: { type: 'sts', string: ['version: STSv1'], mxHost: ['mx.strict.example'] },
  result: 'certificate-expired',
  details: { receivingMx: 'mx.strict.example', receivingIp: '192.0.2.1', reasonCode: 'CERT_HAS_EXPIRED' },
}

/** A configuration whose database holds these sessions. */
async function configWith(sessions: readonly TlsSessions[]): Promise<string> {
  const folder = dirname(newFile())
  const file = join(folder, 'relay.config.ts')
  writeFileSync(
    file,
    `export default { hostname: 'relay.example', listeners: [{ name: 'mx', port: 0 }], domains: { 'alias.example': {} } }\n`,
  )
  mkdirSync(join(folder, 'data'), { mode: 0o700 })
  const store = await openStore({ file: join(folder, 'data', 'relay.sqlite') })
  for (const session of sessions) await store.countTlsSession(session)
  await store.close()
  return file
}

test('tls-reports list and show tell what was counted, and the report as it would be sent', async () => {
  const config = await configWith([failed, failed, { ...failed, result: 'success', details: {} }])
  const list = await relay(['tls-reports', 'list', '--config', config])
  expect(list.status).toBe(0)
  expect(list.out).toMatch(/2025-11-13 +strict\.example +1 +2 +counting/)

  const args = ['tls-reports', 'show', 'strict.example', '--day', day, '--config', config]
  const shown = await relay(args)
  expect(shown.out).toMatch(
    /sts +certificate-expired +2 +mx\.strict\.example +192\.0\.2\.1 +CERT_HAS_EXPIRED/,
  )
  const json = JSON.parse((await relay([...args, '--json'])).out)
  expect(json).toMatchObject({
    state: 'counting',
    report: {
      'organization-name': 'relay.example',
      'contact-info': 'postmaster@alias.example',
      policies: [{ summary: { 'total-successful-session-count': 1, 'total-failure-session-count': 2 } }],
    },
  })
})

test('a day without sessions is exit status 1', async () => {
  const config = await configWith([])
  const empty = await relay(['tls-reports', 'show', 'strict.example', '--config', config])
  expect(empty).toMatchObject({ status: 1, out: '' })
  expect((await relay(['tls-reports', 'list', '--config', config])).out).toBe('No session was counted yet.\n')
})
