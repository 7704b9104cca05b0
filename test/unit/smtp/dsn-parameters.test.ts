import { describe, expect, test } from 'vitest'
import {
  mailArguments,
  messageNotification,
  recipientArguments,
  recipientNotification,
} from '../../../src/smtp/dsn-parameters.ts'

const read = (parameters: Record<string, string>, smtpUtf8 = false) =>
  recipientNotification(new Map(Object.entries(parameters)), smtpUtf8)
const readMail = (parameters: Record<string, string>) =>
  messageNotification(new Map(Object.entries(parameters)))

describe('RET and ENVID', () => {
  test('are read in any case and decoded from xtext (RFC 3461 sections 4.3, 4.4)', () => {
    expect(readMail({})).toEqual({})
    expect(readMail({ RET: 'hdrs' })).toEqual({ returns: 'hdrs' })
    expect(readMail({ RET: 'Full', ENVID: 'a+2Bb+3Dc+20d' })).toEqual({
      returns: 'full',
      envelopeId: 'a+b=c d',
    })
  })

  test.each(['', 'a+2', 'a+2b', 'a b', 'a+0Db', 'a+7F', 'a+E9', 'é', 'x'.repeat(101)])(
    'ENVID=%s is refused',
    value => expect(readMail({ ENVID: value })).toBeUndefined(),
  )
})

describe('NOTIFY and ORCPT', () => {
  test('are read in any case, each word once', () => {
    expect(read({ NOTIFY: 'never' })).toEqual({ notify: ['NEVER'] })
    expect(read({ NOTIFY: 'delay,Failure,DELAY' })).toEqual({ notify: ['FAILURE', 'DELAY'] })
    expect(read({ ORCPT: 'rfc822;a+2Btag@b.example' })).toEqual({
      originalRecipient: 'rfc822;a+tag@b.example',
    })
  })

  test.each(['', ',', 'FAILURE,', 'NEVER,SUCCESS', 'ALWAYS'])('NOTIFY=%s is refused', value =>
    expect(read({ NOTIFY: value })).toBeUndefined(),
  )

  test.each(['', 'a@b.example', 'rfc822;', ';a', 'rfc 822;a', 'rfc822;a+0A', `rfc822;${'a'.repeat(500)}`])(
    'ORCPT=%s is refused',
    value => expect(read({ ORCPT: value })).toBeUndefined(),
  )

  test('an original recipient beyond ASCII comes escaped, or as it is where MAIL had SMTPUTF8 (RFC 6533)', () => {
    const expected = { originalRecipient: 'utf-8;jürgen@b.example' }
    expect(read({ ORCPT: 'utf-8;jürgen@b.example' }, true)).toEqual(expected)
    expect(read({ ORCPT: 'utf-8;j\\x{FC}rgen@b.example' })).toEqual(expected)
    expect(read({ ORCPT: 'utf-8;jürgen@b.example' })).toBeUndefined()
    expect(read({ ORCPT: 'utf-8;a\\x{D800}' })).toBeUndefined()
    expect(read({ ORCPT: 'utf-8;a\\x{0A}' })).toBeUndefined()
  })
})

test('what is passed on is written so that the next hop reads the same', () => {
  const mail = { returns: 'hdrs', envelopeId: 'a+b=c d' } as const
  expect(mailArguments(mail)).toBe(' RET=HDRS ENVID=a+2Bb+3Dc+20d')
  expect(mailArguments({})).toBe('')
  const recipient = { notify: ['SUCCESS', 'DELAY'], originalRecipient: 'rfc822;a+tag@b.example' } as const
  expect(recipientArguments(recipient)).toBe(' NOTIFY=SUCCESS,DELAY ORCPT=rfc822;a+2Btag@b.example')
  expect(recipientArguments({ originalRecipient: 'utf-8;jürgen\\@b' })).toBe(
    ' ORCPT=utf-8;j\\x{FC}rgen\\x{5C}@b',
  )
  // Too long for any server once it is in ASCII.
  expect(recipientArguments({ notify: ['DELAY'], originalRecipient: `utf-8;${'é'.repeat(100)}` })).toBe(
    ' NOTIFY=DELAY',
  )
  expect(recipientArguments({})).toBe('')
})
