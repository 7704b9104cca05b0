/** MTA-STS as a relay obeys it: a policy host, a name server and mail hosts on real sockets. */
import { describe, expect, test } from 'vitest'
import { attempted } from '../support/attempted.ts'
import { Issued, type IssuedSubject } from '../support/authority.ts'
import { Sink } from '../support/sink.ts'
import { afterTest } from '../support/stage.ts'
import {
  counted,
  domain,
  expired,
  good,
  mx,
  startAgain,
  starttls,
  strictStage,
  unknown,
  wrongName,
} from '../support/strict-stage.ts'
import { publishKeys } from '../support/test-relay.ts'

const lines = ['version: STSv1', 'mode: enforce', 'mx: *.strict.example', 'max_age: 604800']

describe('enforce', () => {
  test('a host that the policy names, with a certificate for its name, gets the message, and that is counted', async () => {
    const { relay, sink } = await strictStage('enforce', starttls(good))
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
    const { relay, sink } = await strictStage('enforce', starttls(good), { names: ['other.strict.example'] })
    const attempt = await attempted(relay)
    expect(attempt).toMatchObject({ outcome: 'deferred', phase: 'discover' })
    expect(attempt.reason).toContain('no mail host of strict.example is named by its MTA-STS policy 1')
    expect(sink.connections).toBe(0)
    expect(await counted(relay)).toMatchObject([
      { result: 'validation-failure', details: { receivingMx: mx, reasonCode: 'mx-not-in-policy' } },
    ])
  })

  test('where one host is named and another is not, the message goes to the one that is', async () => {
    const { relay, on, sink } = await strictStage('enforce', starttls(good), { names: [mx] })
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

  test.each<[string, IssuedSubject]>([
    ['its common name', { title: mx }],
    ['a wildcard in its common name', { title: `*.${domain}` }],
    ['its common name, beside a mail address in subjectAltName', { title: mx, mailAddress: `a@${mx}` }],
    ['its common name, beside another DNS name', { title: mx, names: ['elsewhere.example'] }],
    ['a part of a label that a wildcard stands for', { title: 'x', names: [`m*.${domain}`] }],
  ])(
    'a certificate that shows the host only as %s is not for it (RFC 8461 section 4.2)',
    async (_what, subject) => {
      const root = Issued.root()
      const certificate = root.issue(subject).served()
      const { relay, sink } = await strictStage('enforce', starttls(certificate), {
        believed: [root.served()],
      })
      expect(await attempted(relay)).toMatchObject({ outcome: 'deferred', phase: 'starttls' })
      expect(sink.messages).toEqual([])
      expect(await counted(relay)).toMatchObject([{ result: 'certificate-host-mismatch' }])
    },
  )

  test.each([
    ['for another name', wrongName, 'certificate-host-mismatch', 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['that has expired', expired, 'certificate-expired', 'CERT_HAS_EXPIRED'],
    ['of an unknown authority', unknown, 'certificate-not-trusted', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ])('a certificate %s defers the message and is counted', async (_what, certificate, result, reasonCode) => {
    const { relay, sink } = await strictStage('enforce', starttls(certificate))
    expect(await attempted(relay)).toMatchObject({ outcome: 'deferred', phase: 'starttls' })
    expect(sink.messages).toEqual([])
    expect(await counted(relay)).toMatchObject([
      { result, sessions: 1, details: { receivingMx: mx, receivingIp: '127.0.0.1', reasonCode } },
    ])
  })

  test('STARTTLS stripped by an attacker: deferred and counted, never plaintext', async () => {
    const { relay, sink } = await strictStage('enforce', { tls: 'none' })
    sink.always('starttls', '502 5.5.1 not implemented')
    expect(await attempted(relay)).toMatchObject({ outcome: 'deferred' })
    expect(sink.commands.some(command => command.startsWith('MAIL'))).toBe(false)
    expect(await counted(relay)).toMatchObject([{ result: 'starttls-not-supported', sessions: 1 }])
  })

  test('a policy that was fetched once holds after a restart, with its record and its host gone', async () => {
    const strict = await strictStage('enforce', starttls(good))
    expect(await attempted(strict.relay)).toMatchObject({ outcome: 'delivered' })
    const records = strict.on.zone[domain] ?? {}
    delete records['_mta-sts']
    delete records['mta-sts']
    const attacker = await Sink.start({ tls: 'none' })
    afterTest(() => attacker.close())
    const again = await startAgain(strict, { delivery: { smtpPort: attacker.port } })
    expect(await attempted(again)).toMatchObject({ outcome: 'deferred' })
    expect(attacker.messages).toEqual([])
    expect(strict.host.requests.length).toBe(1)
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
    const { relay, sink } = await strictStage('testing', sinkSettings, { names })
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
    const { relay, host } = await strictStage('enforce', { tls: 'none' })
    host.answer = answer
    expect(await attempted(relay)).toMatchObject({ outcome: 'delivered' })
    expect((await counted(relay)).map(one => [one.policy.type, one.result])).toEqual([
      ['no-policy-found', 'starttls-not-supported'],
      ['sts', result],
    ])
  })

  test('sts-webpki-invalid is counted for a policy host without a certificate for its name', async () => {
    const { relay, host } = await strictStage('enforce', starttls(unknown))
    host.show(good)
    expect(await attempted(relay)).toMatchObject({ outcome: 'delivered' })
    expect((await counted(relay)).map(one => [one.policy.type, one.result])).toEqual([
      ['no-policy-found', 'success'],
      ['sts', 'sts-webpki-invalid'],
    ])
  })
})

test('SRV and routes have demands of their own: no policy is looked for', async () => {
  const { relay, on, host } = await strictStage('enforce', starttls(good))
  const sink = await Sink.start({ tls: 'implicit', certificate: good })
  afterTest(() => sink.close())
  publishKeys(on.zone, { [domain]: { '_smtp-tls._tcp': [['srv', `0 0 ${sink.port} ${mx}`]] } })
  expect(await attempted(relay)).toMatchObject({ outcome: 'delivered' })
  expect(host.requests).toEqual([])
  expect(on.dns.count(`_mta-sts.${domain}`)).toBe(0)
  expect(await counted(relay)).toEqual([])
})
