import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
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

test('tls-reports read tells what others say of own domains', async () => {
  const folder = join(dirname(newFile()), 'reports')
  mkdirSync(folder)
  const { 'failure-details': details, ...success } = {
    policy: { 'policy-type': 'sts', 'policy-domain': 'Own.example' },
    summary: { 'total-successful-session-count': 7, 'total-failure-session-count': 2 },
    'failure-details': [
      {
        'result-type': 'certificate-expired',
        'receiving-mx-hostname': 'mx.own.example',
        'failed-session-count': 2,
      },
    ],
  }
  const report = (id: string, policies: readonly object[]) =>
    JSON.stringify({
      'organization-name': 'Big',
      'date-range': { 'start-datetime': '2025-11-13T00:00:00Z', 'end-datetime': '2025-11-13T23:59:59Z' },
      'contact-info': 'a@big.example',
      'report-id': id,
      policies,
    })
  writeFileSync(
    join(folder, 'a.json.gz'),
    gzipSync(report('1', [{ ...success, 'failure-details': details }])),
  )
  writeFileSync(join(folder, 'b.json'), report('2', [success]))
  writeFileSync(join(folder, 'c.json'), report('2', [success]))
  writeFileSync(join(folder, 'd.json'), '{"policies":[]}')
  const text = await relay(['tls-reports', 'read', folder])
  expect(text.out).toContain('2 reports, 1 more came twice')
  expect(text.out).toMatch(/own\.example +sts +14 +4\n/)
  expect(text.out).toMatch(/own\.example +certificate-expired +2 +mx\.own\.example +2025-11-13 +2025-11-13/)
  expect(text.notes).toContain('d.json: it is no TLS report: organization-name')
  const json = JSON.parse((await relay(['tls-reports', 'read', folder, '--json'])).out)
  expect(json).toMatchObject({ periods: [{ period: '2025-11-13', passed: 14, failed: 4 }], files: 4 })
})
