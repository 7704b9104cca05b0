import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import type { Zone } from '../../../src/dns/zone-resolver.ts'
import type { PlanReport } from '../../../src/service/plan-report.ts'
import { certificateFor, testCertificate } from '../../support/certificates.ts'
import { HttpsHost, policyFile } from '../../support/https-host.ts'
import { Sink, type SinkSettings } from '../../support/sink.ts'
import { relay } from './command-line.ts'

const folder = mkdtempSync(join(tmpdir(), 'discover-'))
const expired = certificateFor(['mx.destination.example'], { days: 1, agoDays: 10 })
const stranger = certificateFor(['other.example'])
const sinks: Sink[] = []
// A module is read once only: every configuration has a file of its own.
let configs = 0

afterEach(async () => {
  await Promise.all(sinks.splice(0).map(sink => sink.close()))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function sink(settings: SinkSettings): Promise<Sink> {
  const started = await Sink.start(settings)
  sinks.push(started)
  return started
}

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

const authorities = file(
  'authorities.pem',
  [testCertificate(), expired, stranger].map(({ cert }) => cert).join(''),
)

/** Runs discover with this zone and these settings of delivery. */
async function discover(zone: Zone, args: readonly string[] = [], delivery: object = {}) {
  const config = {
    hostname: 'relay.example',
    listeners: [{ name: 'mx', port: 2525 }],
    domains: {},
    delivery: { allowPrivateAddresses: true, certificateAuthoritiesFile: authorities, ...delivery },
  }
  return relay([
    'discover',
    ...['--config', file(`relay-${++configs}.config.ts`, `export default ${JSON.stringify(config)}`)],
    ...['--dns', file('zone.json', JSON.stringify(zone))],
    ...args,
  ])
}

async function discoverJson(
  ...parameters: Parameters<typeof discover>
): Promise<PlanReport & { status: number }> {
  const [zone, args = [], delivery] = parameters
  const run = await discover(zone, ['--json', ...args], delivery)
  return { ...(JSON.parse(run.out) as PlanReport), status: run.status } as PlanReport & { status: number }
}

/** A domain whose only SRV record leads to this port. */
function service(port: number): Zone {
  return {
    'destination.example': { '_smtp-tls._tcp': [['srv', `0 0 ${port} mx.destination.example`]] },
    'mx.destination.example': { '@': [['a', '127.0.0.1']] },
  }
}

const mx: Zone = {
  'destination.example': {
    '@': [
      ['mx', '10 mx.destination.example'],
      ['mx', '20 gone.destination.example'],
    ],
  },
  'mx.destination.example': { '@': [['a', '127.0.0.1']] },
}

describe('the plan', () => {
  test('names records, candidates with their reasons, what is left out and the TLS that is demanded', async () => {
    const run = await discover(mx, ['destination.example'])
    expect(run.status).toBe(0)
    expect(run.out).toContain(
      'MX      destination.example                 10 mx.destination.example; 20 gone.destination.example',
    )
    expect(run.out).toContain(
      '  1  mx.destination.example [127.0.0.1]:25\n     MX preference 10\n     STARTTLS if it is offered',
    )
    expect(run.out).toContain('gone.destination.example:25 (mx): it has no address')
  })

  test('has the MTA-STS record of the domain, and says that its policy cannot be fetched', async () => {
    const zone = {
      ...mx,
      'destination.example': { ...mx['destination.example'], '_mta-sts': [['txt', 'v=STSv1; id=1']] },
    }
    const run = await discover(zone as unknown as Zone, ['destination.example'])
    expect(run.out).toContain('TXT     _mta-sts.destination.example')
    expect(run.notes).toContain('MTA-STS policy not fetched')
    expect(run.status).toBe(0)
  })

  test('is the same for an address in the domain, and for the domain in U-labels', async () => {
    expect((await discover(mx, ['someone@destination.example'])).status).toBe(0)
    const zone: Zone = { 'xn--bcher-kva.example': { '@': [['a', '127.0.0.1']] } }
    expect((await discover(zone, ['BÜCHER.example'])).out).toContain('xn--bcher-kva.example [127.0.0.1]:25')
  })

  test.each([
    ['null MX', { 'destination.example': { '@': [['mx', '0 .']] } }, 'permanent', '5.1.10'],
    [
      "the SRV target '.'",
      { 'destination.example': { '_smtp-tls._tcp': [['srv', '0 0 0 .']] } },
      'permanent',
      '5.1.10',
    ],
    ['DNS that fails', { 'destination.example': { '@': [['temporary', 'down']] } }, 'temporary', null],
  ] as const)(
    'for %s says what would become of a message, with exit status 1',
    async (_name, zone, result, code) => {
      const run = await discover(zone as Zone, ['--json', 'destination.example'])
      expect(run.status).toBe(1)
      expect(JSON.parse(run.out)).toMatchObject({ result, status: code })
    },
  )

  test('escapes what strangers write into DNS', async () => {
    const zone: Zone = { 'destination.example': { '@': [['mx', '10 \u001b[31mred.example']] } }
    const run = await discover(zone, ['destination.example'])
    expect(run.out).not.toContain('\u001b')
    expect(run.out).toContain('\\x1b[31mred.example')
  })
})

describe('--probe', () => {
  test('shows greeting, EHLO, TLS and certificate, sends no mail, and ends with 0', async () => {
    const peer = await sink({ tls: 'implicit', hostname: 'mx.destination.example' })
    const run = await discover(service(peer.port), ['--probe', 'destination.example'])
    expect(run.status).toBe(0)
    for (const part of [
      'would be given mail',
      'greeting     mx.destination.example ESMTP',
      'EHLO         sink.example, PIPELINING',
      'TLS          TLSv1.3 ',
      'certificate  valid for mx.destination.example',
      'names      localhost, 127.0.0.1',
      'SHA-256    ',
    ])
      expect(run.out).toContain(part)
    expect(peer.commands).toEqual(['EHLO relay.example', 'QUIT'])
  })

  test.each([
    ['that has expired', expired, 'certificate has expired'],
    [
      'for another host',
      stranger,
      'the certificate is not for mx.destination.example or destination.example',
    ],
  ])(
    'of a certificate %s shows it all the same, with the verdict, and ends with 1',
    async (_name, certificate, problem) => {
      const peer = await sink({ tls: 'implicit', certificate })
      const { candidates } = JSON.parse(
        (await discover(service(peer.port), ['--json', '--probe', 'destination.example'])).out,
      ) as PlanReport
      expect(candidates[0]?.probe).toMatchObject({
        takesMail: false,
        phase: 'starttls',
        greeting: 'sink.example ESMTP',
        certificate: { problem: expect.stringContaining(problem), subject: expect.stringContaining('CN=') },
      })
      expect(peer.commands.filter(line => line.startsWith('MAIL'))).toEqual([])
    },
  )

  test('of a host without STARTTLS: enough where MX names it, not where TLS is demanded', async () => {
    const peer = (await sink({ tls: 'none' })).always('starttls', '502 5.5.1 unknown command')
    const plain = await discoverJson(mx, ['--probe', 'destination.example'], { smtpPort: peer.port })
    expect([plain.status, plain.candidates[0]?.probe?.tls]).toEqual([0, null])
    const demanding = { smtpPort: peer.port, requireTls: true }
    const required = await discoverJson(mx, ['--probe', 'destination.example'], demanding)
    expect(required.status).toBe(1)
    expect(required.candidates[0]?.probe).toMatchObject({ takesMail: false, phase: 'starttls' })
  })

  test('of a host that cannot be reached, or does not speak TLS, tells that, and one good host is enough', async () => {
    const plain = await sink({})
    const good = await sink({ tls: 'implicit' })
    const zone: Zone = {
      'destination.example': {
        '_smtp-tls._tcp': [
          ['srv', '0 0 25 down.destination.example'],
          ['srv', `1 0 ${plain.port} mx.destination.example`],
          ['srv', `2 0 ${good.port} mx.destination.example`],
        ],
        down: [['a', '127.0.0.2']],
      },
      'mx.destination.example': { '@': [['a', '127.0.0.1']] },
    }
    const report = await discoverJson(zone, ['--probe', 'destination.example'])
    expect(report.candidates.map(({ probe }) => [probe?.takesMail, probe?.phase])).toEqual([
      [false, 'connect'],
      [false, 'starttls'],
      [true, null],
    ])
    expect(report.status).toBe(0)
  })

  test('of a host that refuses in its greeting tells its words', async () => {
    const peer = (await sink({})).always('connect', '554 5.7.1 not you')
    const report = await discoverJson(mx, ['--probe', 'destination.example'], { smtpPort: peer.port })
    expect(report.candidates[0]?.probe).toMatchObject({
      takesMail: false,
      phase: 'greeting',
      reply: '554 5.7.1 not you',
    })
  })

  test('where nothing can be tried ends with 1', async () => {
    expect((await discover({}, ['--probe', 'destination.example'])).status).toBe(1)
  })
})

describe('an MTA-STS policy', () => {
  test('that is published now is part of the plan: what it demands, and the hosts that it leaves out', async () => {
    const certificate = certificateFor(['mta-sts.destination.example'])
    const host = await HttpsHost.start(certificate)
    host.answer = { body: policyFile('enforce', ['mx.destination.example']) }
    const zone: Zone = {
      'destination.example': {
        '@': [
          ['mx', '10 mx.destination.example'],
          ['mx', '20 other.destination.example'],
        ],
        '_mta-sts': [['txt', 'v=STSv1; id=7;']],
        'mta-sts': [['a', '127.0.0.1']],
        mx: [['a', '127.0.0.1']],
        other: [['a', '127.0.0.1']],
      },
    }
    const believed = file('policy-host.pem', certificate.cert)
    const settings = { stsPolicyPort: host.port, certificateAuthoritiesFile: believed }
    const run = await discover(zone, ['destination.example'], settings)
    const off = await discover(zone, ['destination.example'], { ...settings, mtaSts: false })
    await host.close()
    expect(run.out).toContain('STARTTLS, never without; certificate valid for mx.destination.example')
    expect(run.out).toContain('MTA-STS policy 7 does not name it')
    expect(off.out).not.toContain('MTA-STS policy 7')
  })
})
