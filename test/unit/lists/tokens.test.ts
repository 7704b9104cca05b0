import { createSecretKey } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { commandAddress, listAddressProblem } from '../../../src/lists/list-address.ts'
import type { TokenClaim } from '../../../src/lists/tokens.ts'
import {
  isGenuineToken,
  makeToken,
  maxTokenCharacters,
  readToken,
  unsubscribeUrl,
} from '../../../src/lists/tokens.ts'

const key = createSecretKey(Buffer.alloc(32, 7))
const earlierKey = createSecretKey(Buffer.alloc(32, 8))
const expiresAtMilliseconds = 20_500 * 86_400_000
const claim: TokenClaim = { kind: 'confirm', id: 57, expiresAtMilliseconds }
const boundTo = ['news@lists.example', 'a@b.example']

function isGenuine(token: string, bound = boundTo, keys = [key]): boolean {
  const read = readToken(token)
  return read !== undefined && isGenuineToken(keys, read, bound)
}

describe('a token', () => {
  test('says what it was made with, and is genuine for the addresses that it was made for', () => {
    const ids = fc.integer({ min: 1, max: 36 ** 6 - 1 })
    const kinds = fc.constantFrom('confirm', 'admit', 'deny', 'approve', 'reject', 'unsubscribe')
    fc.assert(
      fc.property(kinds, ids, fc.integer({ min: 1_296, max: 46_655 }), (kind, id, day) => {
        const made = makeToken(key, { kind, id, expiresAtMilliseconds: day * 86_400_000 }, boundTo)
        expect(readToken(made)).toMatchObject({ kind, id, expiresAtMilliseconds: day * 86_400_000 })
        expect(isGenuine(made)).toBe(true)
        expect(made.length).toBeLessThanOrEqual(maxTokenCharacters)
      }),
    )
  })

  test('has letters and digits only and may be folded to upper or lower case', () => {
    const token = makeToken(key, claim, boundTo)
    expect(token).toMatch(/^[0-9a-z]+$/)
    expect(isGenuine(token.toUpperCase())).toBe(true)
  })

  test('is no longer genuine when any character of it is another one', () => {
    const token = makeToken(key, claim, boundTo)
    for (let at = 0; at < token.length; at++) {
      for (const letter of 'acru059z') {
        if (letter === token[at]) continue
        expect(isGenuine(`${token.slice(0, at)}${letter}${token.slice(at + 1)}`)).toBe(false)
      }
    }
    for (const longer of [`${token}0`, token.slice(0, -1), `0${token}`, ''])
      expect(isGenuine(longer)).toBe(false)
  })

  test('is not genuine for another list, for another person, or with another key', () => {
    const token = makeToken(key, claim, boundTo)
    expect(isGenuine(token, ['other@lists.example', 'a@b.example'])).toBe(false)
    expect(isGenuine(token, ['news@lists.example', 'c@b.example'])).toBe(false)
    expect(isGenuine(token, ['news@lists.example'])).toBe(false)
    expect(isGenuine(token, boundTo, [earlierKey])).toBe(false)
  })

  test('made with the key before the current one stays genuine', () => {
    expect(isGenuine(makeToken(earlierKey, claim, boundTo), boundTo, [key, earlierKey])).toBe(true)
  })

  test('is good until the end of the day on which it expires', () => {
    const token = makeToken(key, { ...claim, expiresAtMilliseconds: expiresAtMilliseconds - 5 }, boundTo)
    expect(readToken(token)?.expiresAtMilliseconds).toBe(expiresAtMilliseconds)
  })

  test('fits into the address of a command of the list with the longest name: 64 octets before the @', () => {
    const longest = `${'n'.repeat(28)}@lists.example`
    expect(listAddressProblem(longest)).toBeUndefined()
    expect(listAddressProblem(`n${longest}`)).toContain('at most 28 characters')
    const token = makeToken(key, { ...claim, kind: 'approve', id: 36 ** 6 - 1 }, boundTo)
    expect(commandAddress(longest, 'moderate', token).indexOf('@')).toBe(64)
  })

  test('is not made for what it cannot carry', () => {
    for (const id of [0, -1, 1.5, 36 ** 6])
      expect(() => makeToken(key, { ...claim, id }, boundTo)).toThrow(RangeError)
  })

  test('reading takes no time that grows with nonsense', () => {
    expect(readToken('c'.repeat(1_000_000))).toBeUndefined()
  })
})

test('a link to unsubscribe is one path segment under the public URL', () => {
  const url = unsubscribeUrl('https://lists.example', key, {
    id: 5,
    addressKey: 'a@b.example',
    listAddress: 'news@lists.example',
    expiresAtMilliseconds,
  })
  expect(url).toMatch(/^https:\/\/lists\.example\/unsubscribe\/u[0-9a-z]{20,25}$/)
})
