import { describe, expect, test } from 'vitest'
import { returnPath } from '../../../src/bounce/return-path.ts'

const passed = {
  state: 'pass',
  highestReversePath: 'b+x@list.example',
  reversePath: 'b+x@list.example',
  senderAuthenticated: true,
  isReport: false,
} as const
const unsigned = {
  ...passed,
  state: 'none',
  highestReversePath: undefined,
  reversePath: 'a@origin.example',
} as const

describe('a failure is reported (docs/design/bounces.md, "Where a bounce goes")', () => {
  test('to the reverse-path that the highest signature names', () => {
    expect(returnPath(passed)).toEqual({ kind: 'send', forwardPath: 'b+x@list.example' })
  })

  test('without DKIM2, to the envelope sender only where SPF or an aligned DKIM signature vouches for it', () => {
    expect(returnPath(unsigned)).toEqual({ kind: 'send', forwardPath: 'a@origin.example' })
    expect(returnPath({ ...unsigned, senderAuthenticated: false }).kind).toBe('none')
  })
})

describe('nobody is told', () => {
  test('when the reverse-path is null', () => {
    expect(returnPath({ ...unsigned, reversePath: '' }).kind).toBe('none')
    expect(returnPath({ ...passed, highestReversePath: '' }).kind).toBe('none')
  })

  test('when the message is a report itself', () => {
    expect(returnPath({ ...passed, isReport: true }).kind).toBe('none')
  })

  test.each(['fail', 'permerror', 'temperror'] as const)('when verification had ended with %s', state => {
    expect(returnPath({ ...passed, state }).kind).toBe('none')
  })
})
