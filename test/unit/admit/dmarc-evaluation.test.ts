import { describe, expect, test } from 'vitest'
import { dmarcEvaluation } from '../../../src/admit/dmarc-evaluation.ts'
import type { Examination } from '../../../src/admit/examine-sender.ts'
import { defaultAdmitPolicy } from '../../../src/admit/policy.ts'
import type { SenderEvidence } from '../../../src/admit/sender-policy.ts'
import type { DmarcVerdict } from '../../../src/dmarc/evaluate.ts'
import type { DmarcPolicy } from '../../../src/dmarc/policy-record.ts'
import type { Received } from '../../../src/receive/received.ts'
import type { SenderPolicy } from '../../../src/record/recipient-role.ts'
import { receivedMessage } from '../../support/admitted.ts'

const none = { state: 'none', hops: [] } as const

function dmarcOf(policy: DmarcPolicy, changes: Partial<DmarcVerdict> = {}): DmarcVerdict {
  return {
    result: 'fail',
    domain: 'news.shop.example',
    policy,
    published: policy,
    policyDomain: 'shop.example',
    record: `v=DMARC1; p=${policy}; rua=mailto:d@shop.example`,
    steps: [],
    ...changes,
  }
}

function evaluate(
  evidence: Partial<SenderEvidence>,
  {
    policy = {},
    received = {},
    findings = {},
  }: {
    policy?: Partial<SenderPolicy>
    received?: Partial<Received>
    findings?: Partial<Examination['findings']>
  } = {},
) {
  const sender = { spf: 'softfail', dkimDomains: [], authenticated: false }
  return dmarcEvaluation(
    receivedMessage(received),
    none,
    {
      findings: { sender, ...findings },
      evidence: {
        ...{ domain: 'origin.example', spf: 'softfail', isSigned: false, isVouched: false, isCommand: false },
        reach: { kind: 'reachable' },
        ...evidence,
      },
    },
    { ...defaultAdmitPolicy, ...policy },
  )
}

describe('what was done and why (RFC 9990 sections 3.1.1.7 and 3.1.6)', () => {
  const list = { spokenFor: 'the list at list.example, which signed it,' }
  const chain = { spokenFor: 'the DKIM2 chain of hop.example' }
  const sealed = { arc: { result: 'pass', sealers: ['list.example'], vouching: 'list.example' } } as const
  const passed = { result: 'pass', aligned: { dkim: 'shop.example' } } as const
  test.each<[string, Partial<SenderEvidence>, Partial<SenderPolicy>, string, string]>([
    ['a pass under a policy', { dmarc: dmarcOf('reject', passed) }, {}, 'pass', ''],
    ['a pass under none', { dmarc: dmarcOf('none', passed) }, {}, 'none', ''],
    ['a failure under none', { dmarc: dmarcOf('none') }, {}, 'none', ''],
    ['a failure under reject', { dmarc: dmarcOf('reject') }, {}, 'reject', ''],
    ['a failure under quarantine', { dmarc: dmarcOf('quarantine') }, {}, 'quarantine', ''],
    [
      'reject that tests',
      { dmarc: { ...dmarcOf('reject'), policy: 'quarantine' } },
      {},
      'quarantine',
      'policy_test_mode',
    ],
    ['reject from a list', { dmarc: dmarcOf('reject'), ...list }, {}, 'quarantine', 'mailing_list'],
    ['reject by a chain', { dmarc: dmarcOf('reject'), ...chain }, {}, 'quarantine', 'local_policy'],
    ['reject that a sealer lifts', { dmarc: dmarcOf('reject'), ...sealed }, {}, 'none', 'trusted_forwarder'],
    ['reject that DKIM2 lifts', { dmarc: dmarcOf('reject'), isVouched: true }, {}, 'none', 'local_policy'],
    [
      'reject that settings lift',
      { dmarc: dmarcOf('reject') },
      { dmarcReject: 'accept' },
      'none',
      'local_policy',
    ],
  ])('%s', (_, evidence, policy, disposition, reason) => {
    const { evaluation } = evaluate(evidence, { policy }) ?? {}
    expect(evaluation?.disposition).toBe(disposition)
    expect(evaluation?.reasons.map(({ type }) => type).join()).toBe(reason)
  })
})

test.each<[string, Partial<SenderEvidence>]>([
  ['no policy', { dmarc: { result: 'none', domain: 'shop.example', steps: [] } }],
  ['what was not found out', { dmarc: dmarcOf('reject', { result: 'temperror' }) }],
  ['nobody who wants to know', { dmarc: dmarcOf('reject', { record: 'v=DMARC1; p=reject' }) }],
  ['nothing that was asked', {}],
])('%s is not reported', (_, evidence) => {
  expect(evaluate(evidence)).toBeUndefined()
})

test('SPF without a reverse-path is that of the name in HELO, and none where that is no domain', () => {
  const dmarc = dmarcOf('none')
  const bounce = receivedMessage().envelope
  const envelope = { ...bounce, reversePath: '' }
  const { peer } = receivedMessage()
  const by = (helo: string) =>
    evaluate({ dmarc }, { received: { envelope, peer: { ...peer, helo } }, findings: { heloSpf: 'pass' } })
  expect(by('Mail.Shop.example')?.evaluation).toMatchObject({
    envelopeFrom: '',
    spf: { domain: 'mail.shop.example', result: 'pass' },
  })
  expect(by('[192.0.2.7]')?.evaluation).not.toHaveProperty('spf')
})
