import { describe, expect, test } from 'vitest'
import { defaultAdmitPolicy } from '../../../../src/admit/policy.ts'
import type { AdmissionRecord } from '../../../../src/record/admission-record.ts'
import { ReflectionLimits } from '../../../../src/service/reflector/reflection-limits.ts'
import { ReflectorJudge } from '../../../../src/service/reflector/reflector-judge.ts'
import { admittedMessage } from '../../../support/admitted.ts'
import { noLookUps } from '../../../support/look-ups.ts'
import { RecordingLog } from '../../../support/recording-log.ts'
import { admission } from '../../../support/records.ts'

const address = 'reflect-nd@mirror.example'
const role = {
  kind: 'reflector',
  reflector: 'nd',
  domain: 'mirror.example',
  policy: { ...defaultAdmitPolicy, duplicate: 'accept-once-more' },
} as const
const passed: Partial<AdmissionRecord> = { state: 'pass', senderAuthenticated: true }

function newJudge(requestsPerAddress = 10) {
  return new ReflectorJudge({
    limits: new ReflectionLimits({ requestsPerAddress, requestsPerNetwork: 10 }),
    isOwnDomain: domain => domain === 'mirror.example',
  })
}

async function judged(
  record: Partial<AdmissionRecord>,
  reversePath = 'a@origin.example',
  judge = newJudge(),
) {
  const envelope = { reversePath, forwardPaths: [address], smtpUtf8: false }
  const admitted = admittedMessage({ roles: [role], envelope }, record)
  const judgement = await judge.judge(admitted, { log: new RecordingLog(), lookUps: noLookUps })
  const kept = judgement.kind === 'taken' ? judgement.record(admission) : undefined
  return { judgement, kept }
}

describe('a message to a reflector', () => {
  test('of somebody whom DKIM2 vouches for is sent back, and taken once as its domain has it', async () => {
    const { judgement, kept } = await judged(passed)
    const reflection = { reflector: 'nd', vouchedBy: 'DKIM2' }
    expect(kept).toEqual({ kind: 'reflection', admission, next: { do: 'reflect', reflection } })
    expect(judgement).toMatchObject({ once: { recipients: [address], duplicate: 'accept-once-more' } })
  })

  test('with the null reverse-path is kept with the reason, and nothing follows', async () => {
    const { kept } = await judged(passed, '')
    expect(kept).toMatchObject({
      kind: 'reflection',
      next: { do: 'ignore', reason: 'its reverse-path is null' },
    })
  })

  test.each<[string, Partial<AdmissionRecord>, string]>([
    ['of a stranger', { state: 'none' }, 'a@origin.example'],
    ['whose chain is broken', { state: 'fail' }, 'a@origin.example'],
    ['of an address of this relay', passed, 'b@mirror.example'],
  ])('%s is refused', async (_, record, reversePath) => {
    const { judgement } = await judged(record, reversePath)
    expect(judgement).toMatchObject({ kind: 'refused', reply: { code: 550, enhanced: '5.7.1' } })
  })

  test('is counted: beyond the limit of its address it is refused', async () => {
    const judge = newJudge(1)
    expect((await judged(passed, 'a@origin.example', judge)).judgement.kind).toBe('taken')
    expect((await judged(passed, 'A@Origin.example', judge)).judgement).toMatchObject({
      kind: 'refused',
      reply: { code: 550, enhanced: '5.7.1' },
    })
    expect((await judged(passed, 'b@origin.example', judge)).judgement.kind).toBe('taken')
  })
})
