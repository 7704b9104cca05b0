/** Whom an account may send as, how names are compared, what CLIENTID says. */
import { describe, expect, test } from 'vitest'
import { accountKey, accountNameProblem } from '../../../src/accounts/account-name.ts'
import { clientKeyOf, isClientKey, readClientId } from '../../../src/accounts/client-id.ts'
import { maySendAs, senderDomain, senderEntry } from '../../../src/accounts/senders.ts'

const entries = ['Ann@Alias.example', '@sales.example'].map(text => senderEntry(text) ?? '')

describe('an account that may send as ann@alias.example and as all of sales.example', () => {
  test.each([
    'ann@alias.example',
    'ANN@ALIAS.EXAMPLE',
    '"ann"@alias.example',
    'ann+lists@alias.example',
    'anybody@sales.example',
    'b+c@sales.example',
  ])('may send as %s', address => {
    expect(maySendAs(entries, address)).toBe(true)
  })

  test.each([
    '',
    'bob@alias.example',
    'ann@other.example',
    'ann@sub.alias.example',
    'x@sub.sales.example',
    'x@notsales.example',
    '"ann+lists"@alias.example.evil.example',
    'ann@alias.example@evil.example',
    'ann%alias.example@evil.example',
    'ann@alias.example ',
  ])('may not send as %j', address => {
    expect(maySendAs(entries, address)).toBe(false)
  })
})

test('an entry is an address or a domain, in the form that is compared', () => {
  expect(senderEntry('Ann@B\u00fccher.example')).toBe('ann@xn--bcher-kva.example')
  expect(senderEntry('@B\u00fccher.example')).toBe('@xn--bcher-kva.example')
  for (const text of ['', 'ann', '@', 'ann@', '@a b.example', 'a@b@'])
    expect(senderEntry(text)).toBeUndefined()
  expect(senderDomain('@sales.example')).toBe('sales.example')
})

test('names are compared without regard to case and width, and have no white space, comma or control', () => {
  expect(accountKey('Ann@Alias.example')).toBe(accountKey('ann@alias.EXAMPLE'))
  expect(accountKey('\uff21nn')).toBe('ann')
  expect(accountNameProblem('ann@alias.example')).toBeUndefined()
  for (const text of ['', 'a b', 'a,b', 'a\u0000', 'x'.repeat(255), 'a\u200bb'])
    expect(accountNameProblem(text)).toMatch(/^a name such as/)
})

describe('CLIENTID (draft-storey-smtp-client-id-19)', () => {
  test('has a type, without regard to case, and a token', () => {
    const read = readClientId('clientid uuid 23bf83be-aad7-46aa-9e6b-39191ccb402f')
    expect(read).toEqual({ type: 'UUID', token: '23bf83be-aad7-46aa-9e6b-39191ccb402f' })
  })

  test.each([
    'CLIENTID',
    'CLIENTID UUID',
    'CLIENTID UUID one two',
    `CLIENTID ${'T'.repeat(17)} x`,
    `CLIENTID UUID ${'x'.repeat(129)}`,
    'CLIENTID U.ID x',
    'CLIENTID UUID \u00e9',
  ])('%j is a syntax error', line => {
    expect(readClientId(line)).toBeUndefined()
  })

  test('leaves a key that shows neither type nor token and is another under another secret', () => {
    const id = { type: 'UUID', token: 'token' }
    const key = clientKeyOf(id, Buffer.from('one'))
    expect(isClientKey(key)).toBe(true)
    expect(clientKeyOf(id, Buffer.from('one'))).toBe(key)
    expect(clientKeyOf(id, Buffer.from('two'))).not.toBe(key)
    expect(clientKeyOf({ ...id, type: 'LICENSE' }, Buffer.from('one'))).not.toBe(key)
  })
})
