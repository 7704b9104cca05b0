/** MTA-STS as a relay obeys it: a policy host, a name server and mail hosts on real sockets. */
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Certificate } from '../../src/receive/settings.ts'
import { openReader } from '../../src/store/reader.ts'
import type { CountedTlsSessions } from '../../src/store/tls-records.ts'
import { attempted } from '../support/attempted.ts'
import { certificateFor } from '../support/certificates.ts'
import { HttpsHost, policyFile } from '../support/https-host.ts'
import { Sink, type SinkSettings } from '../support/sink.ts'
import { afterTest, relayOn, type Stage, stage } from '../support/stage.ts'
import { publishKeys, startTestRelay, type TestRelay, temporaryFolder } from '../support/test-relay.ts'

const domain = 'strict.example'
const mx = 'mx.strict.example'
const policyHost = certificateFor(['mta-sts.strict.example'])
const good = certificateFor([mx])
const wrongName = certificateFor(['elsewhere.example'])
const expired = certificateFor([mx], { days: 1, agoDays: 1 })
/** Of an authority that nobody knows. */
const unknown = certificateFor([mx])

interface Scene {
  readonly on: Stage
  readonly host: HttpsHost
  readonly sink: Sink
  readonly relay: TestRelay
  readonly config: Parameters<typeof relayOn>[1]
}

async function scene(
  mode: 'enforce' | 'testing',
  sinkSettings: SinkSettings,
  { names = ['*.strict.example'] }: { names?: readonly string[] } = {},
): Promise<Scene> {
  const on = await stage()
  const host = await HttpsHost.start(policyHost)
  afterTest(() => host.close())
  host.answer = { body: policyFile(mode, names) }
  const sink = await Sink.start(sinkSettings)
  afterTest(() => sink.close())
  publishKeys(on.zone, {
    [domain]: {
      '@': [['mx', `10 ${mx}`]],
      '_mta-sts': [['txt', 'v=STSv1; id=1;']],
      'mta-sts': [['a', '127.0.0.1']],
      mx: [['a', '127.0.0.1']],
    },
  })
  const folder = temporaryFolder()
  afterTest(() => rm(folder, { recursive: true }))
  const authorities = join(folder, 'authorities.pem')
  await writeFile(authorities, [policyHost, good, wrongName, expired].map(({ cert }) => cert).join('\n'))
  const config = {
    domains: { 'alias.example': { aliases: { team: [`someone@${domain}`] } } },
    delivery: {
      smtpPort: sink.port,
      stsPolicyPort: host.port,
      certificateAuthoritiesFile: authorities,
    },
    queue: { retrySeconds: [3_600] },
  }
  return { on, host, sink, relay: await relayOn(on, config), config }
}

function starttls(certificate: Certificate): SinkSettings {
  return { tls: 'starttls', certificate }
}

/** What was counted for the domain, once the relay has stopped and everything is on disk. */
async function counted(relay: TestRelay): Promise<CountedTlsSessions[]> {
  await relay.stop()
  const reader = openReader(relay.database)
  const days = reader.listTlsReports(10).filter(report => report.domain === domain)
  const sessions = days.flatMap(({ day }) => reader.tlsSessions({ day, domain }))
  reader.close()
  return sessions
}

const lines = ['version: STSv1', 'mode: enforce', 'mx: *.strict.example', 'max_age: 604800']

describe('enforce', () => {
  test('a host that the policy names, with a certificate for its name, gets the message, and that is counted', async () => {
    const { relay, sink } = await scene('enforce', starttls(good))
    expect(await attempted(relay)).toMatchObject({ outcome: 'delivered', tls: { authorized: true } })
    expect(sink.messages[0]?.isTls).toBe(true)
    expect(await counted(relay)).toMatchObject([
      {
        result: 'success',
        sessions: 1,
        policy: { type: 'sts', string: lines, mxHost: ['*.strict.example'] },
      },
    ])
  })

  test('a host that the policy does not name is not even connected to', async () => {
    const { relay, sink } = await scene('enforce', starttls(good), { names: ['other.strict.example'] })
    const attempt = await attempted(relay)
    expect(attempt).toMatchObject({ outcome: 'deferred', phase: 'discover' })
    expect(attempt.reason).toContain('no mail host of strict.example is named by its MTA-STS policy 1')
    expect(sink.connections).toBe(0)
    expect(await counted(relay)).toMatchObject([
      { result: 'validation-failure', details: { receivingMx: mx, reasonCode: 'mx-not-in-policy' } },
    ])
  })

  test('where one host is named and another is not, the message goes to the one that is', async () => {
    const { relay, on, sink } = await scene('enforce', starttls(good), { names: [mx] })
    publishKeys(on.zone, {
      [domain]: {
        '@': [
          ['mx', '5 evil.strict.example'],
          ['mx', `10 ${mx}`],
        ],
        evil: [['a', '127.0.0.1']],
      },
    })
    expect(await attempted(relay)).toMatchObject({ outcome: 'delivered' })
    expect(sink.connections).toBe(1)
    expect((await counted(relay)).map(({ result }) => result)).toEqual(['success', 'validation-failure'])
  })

  test.each([
    ['for another name', wrongName, 'certificate-host-mismatch', 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['that has expired', expired, 'certificate-expired', 'CERT_HAS_EXPIRED'],
    ['of an unknown authority', unknown, 'certificate-not-trusted', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ])('a certificate %s defers the message and is counted', async (_what, certificate, result, reasonCode) => {
    const { relay, sink } = await scene('enforce', starttls(certificate))
    expect(await attempted(relay)).toMatchObject({ outcome: 'deferred', phase: 'starttls' })
    expect(sink.messages).toEqual([])
    expect(await counted(relay)).toMatchObject([
      { result, sessions: 1, details: { receivingMx: mx, receivingIp: '127.0.0.1', reasonCode } },
    ])
  })

  test('STARTTLS stripped by an attacker: deferred and counted, never plaintext', async () => {
    const { relay, sink } = await scene('enforce', { tls: 'none' })
    sink.always('starttls', '502 5.5.1 not implemented')
    expect(await attempted(relay)).toMatchObject({ outcome: 'deferred' })
    expect(sink.commands.some(command => command.startsWith('MAIL'))).toBe(false)
    expect(await counted(relay)).toMatchObject([{ result: 'starttls-not-supported', sessions: 1 }])
  })

  test('a policy that was fetched once holds after a restart, with its record and its host gone', async () => {
    const { relay, on, host, config } = await scene('enforce', starttls(good))
    expect(await attempted(relay)).toMatchObject({ outcome: 'delivered' })
    await relay.stop()
    const records = on.zone[domain] ?? {}
    delete records['_mta-sts']
    delete records['mta-sts']
    const attacker = await Sink.start({ tls: 'none' })
    afterTest(() => attacker.close())
    const { folder } = relay
    const again = await startTestRelay({
      dns: on.dns,
      zone: on.zone,
      folder,
      config: { ...config, delivery: { ...config.delivery, smtpPort: attacker.port } },
    })
    afterTest(() => again.stop())
    expect(await attempted(again)).toMatchObject({ outcome: 'deferred' })
    expect(attacker.messages).toEqual([])
    expect(host.requests.length).toBe(1)
  })
})

describe('testing', () => {
  test.each([
    [
      'a certificate for another name',
      starttls(wrongName),
      ['*.strict.example'],
      'certificate-host-mismatch',
    ],
    ['an expired certificate', starttls(expired), ['*.strict.example'], 'certificate-expired'],
    ['a host that is not named', starttls(good), ['other.strict.example'], 'validation-failure'],
    ['no STARTTLS', { tls: 'none' } as const, ['*.strict.example'], 'starttls-not-supported'],
  ])('%s is counted, and the message is delivered', async (_what, sinkSettings, names, result) => {
    const { relay, sink } = await scene('testing', sinkSettings, { names })
    expect(await attempted(relay)).toMatchObject({ outcome: 'delivered' })
    expect(sink.messages.length).toBe(1)
    expect(await counted(relay)).toMatchObject([{ result, sessions: 1, policy: { type: 'sts' } }])
  })
})

describe('a policy that cannot be fetched', () => {
  test.each([
    ['sts-policy-fetch-error', { status: 404 }],
    ['sts-policy-invalid', { body: 'version: STSv1\nmode: sometimes\n' }],
  ])('is no policy, and %s is counted', async (result, answer) => {
    const { relay, host } = await scene('enforce', { tls: 'none' })
    host.answer = answer
    expect(await attempted(relay)).toMatchObject({ outcome: 'delivered' })
    expect((await counted(relay)).map(one => [one.policy.type, one.result])).toEqual([
      ['no-policy-found', 'starttls-not-supported'],
      ['sts', result],
    ])
  })

  test('sts-webpki-invalid is counted for a policy host without a certificate for its name', async () => {
    const { relay, host } = await scene('enforce', starttls(unknown))
    host.show(good)
    expect(await attempted(relay)).toMatchObject({ outcome: 'delivered' })
    expect((await counted(relay)).map(one => [one.policy.type, one.result])).toEqual([
      ['no-policy-found', 'success'],
      ['sts', 'sts-webpki-invalid'],
    ])
  })
})

test('SRV and routes have demands of their own: no policy is looked for', async () => {
  const { relay, on, host, sink } = await scene('enforce', { tls: 'implicit', certificate: good })
  publishKeys(on.zone, { [domain]: { '_smtp-tls._tcp': [['srv', `0 0 ${sink.port} ${mx}`]] } })
  expect(await attempted(relay)).toMatchObject({ outcome: 'delivered' })
  expect(host.requests).toEqual([])
  expect(on.dns.count(`_mta-sts.${domain}`)).toBe(0)
  expect(await counted(relay)).toEqual([])
})
