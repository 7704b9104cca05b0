import { describe, expect, test } from 'vitest'
import { defaultAdmitPolicy } from '../../../src/admit/policy.ts'
import type { Directory } from '../../../src/admit/recipients.ts'
import type { RecipientRole } from '../../../src/record/recipient-role.ts'
import { judgeSender, judgeTransaction } from '../../../src/service/judge-envelope.ts'

const strict = { ...defaultAdmitPolicy, none: 'reject' } as const

const directory: Directory = {
  isOwnDomain: domain => domain !== 'elsewhere.example',
  defaultDomain: 'alias.example',
  hasAlias: () => true,
  isSuspended: () => false,
  hasOwnAlias: () => true,
  readList: () => undefined,
  readReflector: () => undefined,
  policyOf: domain => (domain === 'strict.example' ? strict : defaultAdmitPolicy),
  readBounce: ({ localPart }) =>
    localPart.startsWith('b+') ? { kind: 'genuine', queueId: 'Q0', ordinal: 1 } : undefined,
  isCarriable: address => !address.includes(';'),
}

function judged(forwardPath: string, roles: readonly RecipientRole[] = []) {
  return judgeTransaction(forwardPath, { reversePath: 'a@origin.example', trusted: false, roles }, directory)
}

const alias: RecipientRole = { kind: 'alias', domain: 'alias.example', policy: defaultAdmitPolicy }

describe('a recipient', () => {
  test('is accepted with what it is, which travels with the message', () => {
    expect(judged('team@alias.example')).toEqual({ kind: 'accepted', role: alias })
    expect(judged('b+x@alias.example')).toEqual({
      kind: 'accepted',
      role: { kind: 'bounce', queueId: 'Q0', ordinal: 1 },
    })
  })

  test('of another domain is refused', () =>
    expect(judged('x@elsewhere.example')).toMatchObject({ kind: 'refused', reply: { code: 550 } }))

  test('may stand beside one of the same policy', () =>
    expect(judged('more@alias.example', [alias])).toMatchObject({ kind: 'accepted' }))

  test.each([
    ['of another policy', 'team@strict.example'],
    ['that is a bounce address', 'b+x@alias.example'],
  ])('%s comes in a transaction of its own', (_, forwardPath) => {
    const reply = { code: 452, enhanced: '4.5.3' }
    expect(judged(forwardPath, [alias])).toMatchObject({ kind: 'refused', reply })
  })

  test('that was judged before is not asked about again: its role says what it is', () => {
    const asked: string[] = []
    const counting: Directory = {
      ...directory,
      hasAlias(mailbox) {
        asked.push(mailbox.localPart)
        return true
      },
    }
    const transaction = { reversePath: 'a@origin.example', trusted: false, roles: [alias] }
    judgeTransaction('next@alias.example', transaction, counting)
    expect(asked).toEqual(['next'])
  })
})

describe('a sender', () => {
  test.each(['', 'a@origin.example'])('"%s" is taken', reversePath =>
    expect(judgeSender(reversePath, directory)).toBeUndefined(),
  )

  test.each(['a;b@origin.example', '"<a"@origin.example', '"a>"@origin.example'])('%s is not', reversePath =>
    expect(judgeSender(reversePath, directory)).toMatchObject({ code: 553, enhanced: '5.1.7' }),
  )
})
