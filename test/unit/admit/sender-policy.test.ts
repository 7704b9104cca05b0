import { describe, expect, test } from 'vitest'
import { defaultAdmitPolicy } from '../../../src/admit/policy.ts'
import { decideSender, type SenderEvidence } from '../../../src/admit/sender-policy.ts'
import type { DmarcVerdict } from '../../../src/dmarc/evaluate.ts'
import type { DmarcPolicy } from '../../../src/dmarc/policy-record.ts'
import type { SenderPolicy } from '../../../src/record/recipient-role.ts'

const plain: SenderEvidence = {
  domain: 'shop.example',
  reach: { kind: 'reachable' },
  spf: 'none',
  isSigned: false,
  isVouched: false,
  isCommand: false,
}

const dmarcOf = (policy: DmarcPolicy, result: DmarcVerdict['result'] = 'fail'): DmarcVerdict => ({
  result,
  domain: 'shop.example',
  policy,
  policyDomain: 'shop.example',
  steps: [],
})

function decide(evidence: Partial<SenderEvidence>, policy: Partial<SenderPolicy> = {}): string {
  const decision = decideSender({ ...plain, ...evidence }, { ...defaultAdmitPolicy, ...policy })
  if (decision.kind === 'refuse') return `${decision.reply.code} ${decision.reply.enhanced}`
  return decision.marked === undefined ? 'accepted' : 'marked'
}

describe('DMARC', () => {
  const list = { spokenFor: 'the list at list.example, which signed it,' }
  const sealed = { arc: { result: 'pass', sealers: ['list.example'], vouching: 'list.example' } } as const
  test.each<[string, Partial<SenderEvidence>, Partial<SenderPolicy>, string]>([
    ['reject', { dmarc: dmarcOf('reject') }, {}, '550 5.7.1'],
    ['reject, a list or chain speaks for it', { dmarc: dmarcOf('reject'), ...list }, {}, 'marked'],
    ['reject, a trusted sealer vouches', { dmarc: dmarcOf('reject'), ...sealed }, {}, 'accepted'],
    [
      'reject, a sealer that nobody trusts',
      { dmarc: dmarcOf('reject'), arc: { result: 'pass', sealers: ['list.example'] } },
      {},
      '550 5.7.1',
    ],
    ['reject, the chain vouches for From', { dmarc: dmarcOf('reject'), isVouched: true }, {}, 'accepted'],
    ['reject, set to mark', { dmarc: dmarcOf('reject') }, { dmarcReject: 'mark' }, 'marked'],
    ['reject, set to accept', { dmarc: dmarcOf('reject') }, { dmarcReject: 'accept' }, 'accepted'],
    ['quarantine', { dmarc: dmarcOf('quarantine') }, {}, 'marked'],
    [
      'quarantine, set to refuse',
      { dmarc: dmarcOf('quarantine') },
      { dmarcQuarantine: 'refuse' },
      '550 5.7.1',
    ],
    [
      'quarantine, set to refuse, a list speaks for it',
      { dmarc: dmarcOf('quarantine'), ...list },
      { dmarcQuarantine: 'refuse' },
      'marked',
    ],
    [
      'quarantine, set to accept',
      { dmarc: dmarcOf('quarantine') },
      { dmarcQuarantine: 'accept' },
      'accepted',
    ],
    [
      'none changes nothing',
      { dmarc: dmarcOf('none') },
      { dmarcReject: 'refuse', dmarcQuarantine: 'refuse' },
      'accepted',
    ],
    ['pass', { dmarc: dmarcOf('reject', 'pass') }, {}, 'accepted'],
    ['no policy', { dmarc: { result: 'none', domain: 'shop.example', steps: [] } }, {}, 'accepted'],
    [
      'too many authors count as reject',
      { dmarc: { result: 'permerror', domain: 'a.example', steps: [] } },
      {},
      '550 5.7.1',
    ],
    ['what could vouch is not known', { dmarc: dmarcOf('reject', 'temperror') }, {}, '451 4.7.5'],
    [
      'what could vouch is not known, where it would be marked',
      { dmarc: dmarcOf('quarantine', 'temperror') },
      {},
      'accepted',
    ],
    [
      'the policy is not known',
      { dmarc: { result: 'temperror', domain: 'shop.example', steps: [] } },
      {},
      'accepted',
    ],
  ])('%s', (_, evidence, policy, expected) => {
    expect(decide(evidence, policy)).toBe(expected)
  })

  test('a refusal names the rule and the domain that set it', () => {
    const dmarc = { ...dmarcOf('reject'), domain: 'news.shop.example' }
    expect(decideSender({ ...plain, dmarc }, defaultAdmitPolicy)).toMatchObject({
      reply: {
        text: 'From is of news.shop.example, whose DMARC policy is reject, set by shop.example (RFC 9989), and neither SPF nor DKIM of that domain vouches for it',
      },
    })
  })

  test('what is let pass is told', () => {
    const told = decideSender({ ...plain, dmarc: dmarcOf('reject'), ...sealed }, defaultAdmitPolicy)
    expect(told).toMatchObject({
      lookedAt: ['DMARC fail is lifted: the trusted sealer list.example says that it had passed'],
    })
  })
})

describe('SPF alone', () => {
  test.each<[string, Partial<SenderEvidence>, Partial<SenderPolicy>, string]>([
    ['is noted', { spf: 'fail' }, {}, 'accepted'],
    ['is refused where that is set', { spf: 'fail' }, { spfFail: 'refuse' }, '550 5.7.23'],
    ['softfail is not', { spf: 'softfail' }, { spfFail: 'refuse' }, 'accepted'],
    ['DKIM of the sender vouches', { spf: 'fail', isSigned: true }, { spfFail: 'refuse' }, 'accepted'],
    ['DMARC vouches', { spf: 'fail', dmarc: dmarcOf('reject', 'pass') }, { spfFail: 'refuse' }, 'accepted'],
    ['the chain vouches', { spf: 'fail', isVouched: true }, { spfFail: 'refuse' }, 'accepted'],
  ])('%s', (_, evidence, policy, expected) => {
    expect(decide(evidence, policy)).toBe(expected)
  })
})

describe('senders that no answer would reach', () => {
  const command = { isCommand: true }
  test.each<[string, Partial<SenderEvidence>, Partial<SenderPolicy>, string]>([
    ['a domain that does not exist', { reach: { kind: 'nonexistent' } }, {}, '550 5.1.8'],
    ['the same, set to accept', { reach: { kind: 'nonexistent' } }, { unknownSenders: 'accept' }, 'accepted'],
    ['a null MX, to an alias', { reach: { kind: 'null-mx' } }, {}, 'accepted'],
    ['a null MX, to a command', { reach: { kind: 'null-mx' }, ...command }, {}, '550 5.7.27'],
    [
      'a null MX, set to refuse',
      { reach: { kind: 'null-mx' } },
      { unreachableSenders: 'refuse' },
      '550 5.7.27',
    ],
    [
      'a null MX, set to accept',
      { reach: { kind: 'null-mx' }, ...command },
      { unreachableSenders: 'accept' },
      'accepted',
    ],
    ['no mail at all, to a command', { reach: { kind: 'no-mail' }, ...command }, {}, '550 5.1.8'],
    [
      'DNS does not answer',
      { reach: { kind: 'unknown', reason: 'down' }, ...command },
      { unreachableSenders: 'refuse' },
      'accepted',
    ],
  ])('%s', (_, evidence, policy, expected) => {
    expect(decide(evidence, policy)).toBe(expected)
  })
})
