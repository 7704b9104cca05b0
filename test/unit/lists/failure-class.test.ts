import { describe, expect, test } from 'vitest'
import { classifyFailure } from '../../../src/lists/failure-class.ts'
import type { AnsweredCommand } from '../../../src/smtp/answered-command.ts'

/** A reply to RCPT TO as a host writes it. */
function ofReply(reply: string, answered: AnsweredCommand = 'rcpt'): string {
  const [, code = '', status, text = ''] = /^(\d{3}) (?:([45]\.\d+\.\d+) )?(.*)$/.exec(reply) ?? []
  return classifyFailure({ code: Number(code), status, text, answered })
}

describe('a failure lies with the address', () => {
  test.each([
    '550 5.1.1 no such user',
    '550 5.1.10 recipient not found',
    '550 5.2.1 mailbox disabled',
    '551 5.1.6 moved',
    '550 5.7.13 account disabled',
    '525 5.7.17 the mailbox has a new owner',
    '550 no such user here',
    '553 mailbox name not allowed',
  ])('for good: %s', reply => expect(ofReply(reply)).toBe('hard'))

  test.each([
    '552 5.2.2 mailbox full',
    '550 5.7.1 access denied',
    '554 5.0.0 transaction failed',
    '554 transaction failed',
    '550 5.4.1 recipient address rejected',
    '552 too much mail',
    '450 4.2.0 try again later',
    '450 4.1.1 cannot verify the address',
  ])('or nobody knows: %s', reply => expect(ofReply(reply)).toBe('soft'))

  test('for good where this side knows that there is no host, not where time ran out', () => {
    const own = (status: string) => classifyFailure({ status, text: '' })
    expect(own('5.1.2')).toBe('hard')
    expect(own('5.4.4')).toBe('hard')
    expect(own('5.4.7')).toBe('soft')
  })

  test('only softly where a host without codes refuses the message instead of the recipient', () =>
    expect(ofReply('550 we do not like this', 'data')).toBe('soft'))
})

describe('a failure does not lie with the address', () => {
  test.each([
    '550 5.7.26 unauthenticated mail',
    '550 5.7.1 Email rejected per DMARC policy for origin.example',
    '550 5.7.1 Unauthenticated email from origin.example is not accepted due to the policy of its domain',
    '554 rejected: SPF check failed',
    '550 5.7.25 reverse DNS',
    '550 5.1.1 [5.7.26] not accepted',
    '451 4.7.26 come back with a signature',
  ])('when it is about who wrote it: %s', reply => expect(ofReply(reply)).toBe('none'))

  test.each(['552 5.3.4 too big', '554 5.6.0 bad content', '552 5.2.3 too long', '550 5.1.8 bad sender'])(
    'when it is about the message or the sender: %s',
    reply => expect(ofReply(reply)).toBe('none'),
  )
})

test('a long text takes no time', () => {
  const text = `SPF ${'SPF '.repeat(20_000)}${'unauthenticated '.repeat(20_000)}`
  expect(classifyFailure({ code: 550, status: '5.1.1', text, answered: 'rcpt' })).toBe('none')
})
