/** domain: the command against a name server and a web server over real sockets. */
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { DomainFinding } from '../../../../src/cli/domain/finding.ts'
import { personalName } from '../../../../src/cli/domain/personal-keys.ts'
import { keyRecordText } from '../../../../src/dkim2/key-record.ts'
import { certificateFor } from '../../../support/certificates.ts'
import { DnsServer } from '../../../support/dns-server.ts'
import { HttpsHost, policyFile } from '../../../support/https-host.ts'
import { relay } from '../command-line.ts'

const folder = mkdtempSync(join(tmpdir(), 'domain-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const address = 'ann@origin.example'
const personLabel = personalName(address, '_smimecert').replace(/\.origin\.example$/, '')

async function surveyed(...options: string[]) {
  const certificate = certificateFor(['mta-sts.origin.example'])
  const web = await HttpsHost.start(certificate)
  web.answer = { body: policyFile('enforce', ['mx.origin.example']) }
  const key = keyRecordText(generateKeyPairSync('ed25519').publicKey)
  const zone = {
    'origin.example': {
      '@': [
        ['mx', '10 mx.origin.example'],
        ['txt', 'v=spf1 mx -all'],
      ],
      mx: [['a', '198.52.100.1']],
      'mta-sts': [['a', '127.0.0.1']],
      '_mta-sts': [['txt', 'v=STSv1; id=1']],
      '_smtp._tls': [['txt', 'v=TLSRPTv1; rua=mailto:t@origin.example']],
      '_smtp-tls._tcp': [['srv', '0 1 465 mx.origin.example']],
      'ed._domainkey': [['txt', key]],
      _dmarc: [['txt', 'v=DMARC1; p=reject']],
      '_25._tcp.mx': [['tlsa', `3 1 1 ${'ab'.repeat(32)}`]],
      'default._bimi': [['txt', 'v=BIMI1; l=; a=']],
      [personLabel]: [['smimea', `030101${'ab'.repeat(32)}`]],
    },
  } as const
  const server = await DnsServer.start(zone, { authenticData: true, minimumSeconds: 60 })
  const config = join(folder, `config-${web.port}.ts`)
  const authorities = join(folder, `authorities-${web.port}.pem`)
  writeFileSync(authorities, certificate.cert)
  const delivery = {
    stsPolicyPort: web.port,
    allowPrivateAddresses: true,
    certificateAuthoritiesFile: authorities,
  }
  const settings = { hostname: 'relay.example', listeners: [{ name: 'mx', port: 25 }], domains: {}, delivery }
  writeFileSync(config, `export default ${JSON.stringify(settings)}`)
  try {
    const args = ['--resolver', server.address, '--config', config, ...options]
    return { ...(await relay(['domain', 'origin.example', '--selector', 'ed', ...args])), server }
  } finally {
    await Promise.all([server.close(), web.close()])
  }
}

test('a domain that is well kept has nothing but good, and the exit status says so', async () => {
  const { out, status } = await surveyed('--json', '--dnssec', '--address', address)
  const { ok, findings } = JSON.parse(out) as { ok: boolean; findings: DomainFinding[] }
  expect(findings.filter(one => one.grade !== 'good' && one.kind !== 'OPENPGPKEY')).toEqual([])
  expect(findings.map(({ kind }) => kind)).toEqual([
    'DNSSEC',
    'MX',
    'SRV',
    'SPF',
    'DKIM',
    'DMARC',
    'BIMI',
    'MTA-STS',
    'TLSRPT',
    'TLSA',
    'SMIMEA',
    'OPENPGPKEY',
  ])
  expect({ ok, status }).toEqual({ ok: true, status: 0 })
})

test('what the name server says of DNSSEC is believed only where it is asked for', async () => {
  const { out } = await surveyed('--json')
  const { findings } = JSON.parse(out) as { findings: DomainFinding[] }
  const grade = (kind: string) => findings.find(one => one.kind === kind)?.grade
  expect([grade('DNSSEC'), grade('TLSA')]).toEqual(['unknown', 'weak'])
})

test('for people: a grade, a kind and a name for each, in 80 columns; lines to add at the end', async () => {
  const { out } = await surveyed('--dnssec', '--no-fetch')
  expect(out).toContain(
    'good     MX  origin.example  (DNSSEC)\n  mail goes to one host\n    10 mx.origin.example\n',
  )
  expect(out).toContain('unknown  MTA-STS  _mta-sts.origin.example')
  expect(out.split('\n').filter(line => line.length > 80 && line.trim().includes('  '))).toEqual([])
})

test('a mistake of the caller is told as one', async () => {
  expect(await relay(['domain', 'no domain'])).toMatchObject({
    status: 2,
    notes: expect.stringContaining('expected a domain'),
  })
  const one = await relay(['domain', 'origin.example', '--address', 'ann', '--dns', '/nowhere'])
  expect(one.status).toBe(2)
})
