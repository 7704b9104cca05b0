import { expect, test } from 'vitest'
import { explainFailure } from '../../../src/bounce/failure.ts'

const recipient = 'team@alias.example'

test('a refusal by the next hop is reported with its codes and without its words', () => {
  const explained = explainFailure({
    recipient,
    reason: 'mx.secret.example said no',
    reply: { code: 550, enhanced: '5.2.2' },
  })
  expect(explained).toMatchObject({ status: '5.2.2', replyCodes: '550 5.2.2' })
  expect(explained.explanation).not.toContain('secret')
})

test('a reply without an enhanced status code is reported as 5.0.0 (RFC 3463)', () => {
  expect(explainFailure({ recipient, reason: null, reply: { code: 554, enhanced: '' } }).status).toBe('5.0.0')
})

test('a decision of this side is reported with its own status, in general words', () => {
  const explained = explainFailure({
    recipient,
    reason: '5.4.6 alias loop: a@alias.example -> b@alias.example',
    reply: null,
  })
  expect(explained.status).toBe('5.4.6')
  expect(explained.explanation).not.toContain('b@alias.example')
})

test('giving up after temporary replies is reported as expired, with the code of the last reply', () => {
  const explained = explainFailure({
    recipient,
    reason: '5.4.7 queue lifetime exceeded',
    reply: { code: 451, enhanced: '4.3.0' },
  })
  expect(explained).toMatchObject({ status: '5.4.7', replyCodes: '451 4.3.0' })
})
