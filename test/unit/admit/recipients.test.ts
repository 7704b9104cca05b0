import { describe, expect, test } from 'vitest'
import { defaultAdmitPolicy } from '../../../src/admit/policy.ts'
import type { Directory, RecipientQuestion } from '../../../src/admit/recipients.ts'
import { judgeRecipient, mayShareTransaction } from '../../../src/admit/recipients.ts'

const directory: Directory = {
  isOwnDomain: domain => domain === 'alias.example',
  defaultDomain: 'alias.example',
  hasAlias: mailbox => ['team', 'Postmaster', 'news-owner'].includes(mailbox.localPart),
  isSuspended: () => false,
  hasOwnAlias: mailbox => ['team', 'Postmaster', 'news-owner'].includes(mailbox.localPart),
  readList(mailbox) {
    const list = { listId: 7, address: 'news@alias.example' }
    if (mailbox.localPart === 'news') return { kind: 'list', ...list }
    if (mailbox.localPart === 'news-confirm+t0k')
      return { kind: 'list-command', ...list, command: 'confirm', token: 't0k' }
    return mailbox.localPart === 'news-owner'
      ? { kind: 'list-command', ...list, command: 'owner' }
      : undefined
  },
  readReflector: ({ localPart }) => (localPart === 'reflect-raw' ? 'raw' : undefined),
  policyOf: () => defaultAdmitPolicy,
  readBounce(mailbox) {
    if (mailbox.localPart === 'b+good') return { kind: 'genuine', queueId: 'Q', ordinal: 0 }
    if (mailbox.localPart === 'b+old') return { kind: 'expired' }
    return mailbox.localPart.startsWith('b+') ? { kind: 'forged' } : undefined
  },
  isCarriable: address => !address.includes(';'),
}

function judge(forwardPath: string, question: Partial<RecipientQuestion> = {}): string {
  const verdict = judgeRecipient(
    { reversePath: 'a@origin.example', trusted: false, ...question, forwardPath },
    directory,
  )
  return verdict.kind === 'accepted' ? verdict.role.kind : `${verdict.reply.code} ${verdict.reply.enhanced}`
}

describe('a recipient', () => {
  test('that is an alias of an own domain is accepted', () =>
    expect(judge('team@alias.example')).toBe('alias'))
  test('that is a list is accepted as a post, and what stands behind its name as a command', () => {
    expect(judge('news@alias.example')).toBe('list')
    expect(judge('news-confirm+t0k@alias.example')).toBe('list-command')
  })
  test('that has an alias of its own is an alias, whatever list there is', () =>
    expect(judge('news-owner@alias.example')).toBe('alias'))
  test('that is a reflector is one, and comes alone in its transaction', () => {
    expect(judge('reflect-raw@alias.example')).toBe('reflector')
    const reflector = {
      kind: 'reflector',
      reflector: 'raw',
      domain: 'alias.example',
      policy: defaultAdmitPolicy,
    } as const
    expect(
      mayShareTransaction(reflector, { kind: 'alias', domain: 'alias.example', policy: defaultAdmitPolicy }),
    ).toMatchObject({ code: 452 })
  })
  test('unknown in an own domain is refused with 550 5.1.1', () =>
    expect(judge('x@alias.example')).toBe('550 5.1.1'))
  test('of any other domain is refused with 550 5.7.1: never an open relay', () => {
    expect(judge('x@elsewhere.example')).toBe('550 5.7.1')
    expect(judge('x@elsewhere.example', { reversePath: 'team@alias.example' })).toBe('550 5.7.1')
  })
  test('of any other domain is reached by a client of ours, with a sender of an own domain only', () => {
    expect(judge('x@elsewhere.example', { trusted: true, reversePath: 'team@alias.example' })).toBe(
      'originate',
    )
    expect(judge('x@elsewhere.example', { trusted: true })).toBe('550 5.7.1')
    expect(judge('x@elsewhere.example', { trusted: true, reversePath: '' })).toBe('550 5.7.1')
  })
  test('of any other domain is not reached in the name of a bounce address, genuine or not', () => {
    for (const reversePath of ['b+good@alias.example', 'b+bad@alias.example']) {
      expect(judge('x@elsewhere.example', { trusted: true, reversePath })).toBe('550 5.7.1')
    }
  })
  test('that is the bare word postmaster is that of an own domain (RFC 5321 section 4.5.1)', () => {
    expect(judge('Postmaster')).toBe('alias')
    expect(judge('webmaster')).toBe('501 5.1.3')
  })
  test('that is a genuine bounce address is accepted', () =>
    expect(judge('b+good@alias.example')).toBe('bounce'))
  test('that is a forged or expired bounce address is refused with 550 5.7.1', () => {
    expect(judge('b+bad@alias.example')).toBe('550 5.7.1')
    expect(judge('b+old@alias.example')).toBe('550 5.7.1')
  })
  test('that no signature can carry is refused with 553 5.1.3', () => {
    expect(judge('"a;b"@alias.example')).toBe('553 5.1.3')
  })
})

describe('recipients share a transaction', () => {
  const alias = { kind: 'alias', domain: 'alias.example', policy: defaultAdmitPolicy } as const
  const bounce = { kind: 'bounce', queueId: 'Q', ordinal: 0 } as const

  test('when one decision on the message serves them all', () => {
    expect(mayShareTransaction(alias, alias)).toBeUndefined()
  })

  test('and are asked to come alone (452 4.5.3) when their domains decide differently', () => {
    const strict = { ...alias, policy: { ...defaultAdmitPolicy, none: 'reject' } } as const
    expect(mayShareTransaction(alias, strict)).toMatchObject({ code: 452, enhanced: '4.5.3' })
  })

  test('and a list shares with aliases what they share with each other', () => {
    const list = { ...alias, kind: 'list', listId: 7, address: 'news@alias.example' } as const
    const strict = { ...alias, policy: { ...defaultAdmitPolicy, none: 'reject' } } as const
    expect(mayShareTransaction(alias, list)).toBeUndefined()
    expect(mayShareTransaction(list, strict)?.code).toBe(452)
  })

  test('and a command to a list comes alone', () => {
    const list = {
      listId: 7,
      address: 'news@alias.example',
      domain: 'alias.example',
      policy: defaultAdmitPolicy,
    }
    const command = { ...list, kind: 'list-command', command: 'subscribe' } as const
    expect(mayShareTransaction(alias, command)?.code).toBe(452)
    expect(mayShareTransaction(command, command)?.code).toBe(452)
  })

  test('and a bounce comes alone: it is about one delivery', () => {
    expect(mayShareTransaction(bounce, bounce)?.code).toBe(452)
    expect(mayShareTransaction(alias, bounce)?.code).toBe(452)
    expect(mayShareTransaction(bounce, { kind: 'originate' })?.code).toBe(452)
  })
})
