/** Passwords: what counts as the same one, what is kept of it. Small costs: what is proved does not depend on them. */
import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { credentialsOf, credentialsOfNobody } from '../../../src/accounts/credentials.ts'
import { isPassword, passwordProblem, preparedPassword } from '../../../src/accounts/password.ts'

const cost = { scrypt: { cost: 16, blockSize: 8, parallelization: 1 }, scramIterations: 10 }

describe('a password', () => {
  test('is recognised, and another is not', async () => {
    const { scrypt } = await credentialsOf('correct horse', randomBytes, cost)
    expect(await isPassword('correct horse', scrypt)).toBe(true)
    expect(await isPassword('correct hors', scrypt)).toBe(false)
  })

  test('is not among what is kept, and two accounts with the same one keep different things', async () => {
    const [one, other] = await Promise.all(
      [1, 2].map(() => credentialsOf('correct horse', randomBytes, cost)),
    )
    expect(JSON.stringify(one)).not.toContain('correct')
    expect(one?.scrypt.hash).not.toBe(other?.scrypt.hash)
    expect(one?.scram.storedKey).not.toBe(other?.scram.storedKey)
  })

  test('can be typed in several forms: a composed letter and a wide space are the same (RFC 4013)', () => {
    expect(preparedPassword('cafe\u0301\u3000bar')).toBe(preparedPassword('caf\u00e9 bar'))
  })

  test.each([
    ['too short', 'seven77'],
    ['too long', 'x'.repeat(1025)],
    ['with a control character', 'correct\u0007horse'],
    ['empty', ''],
  ])('%s is refused with what was expected', (_, text) => {
    expect(passwordProblem(text)).toMatch(/^a password of at least 8 characters/)
  })
})

test('a name that nobody has gets credentials of the same shape, the same each time, that fit no password', async () => {
  const secret = randomBytes(32)
  const nobody = credentialsOfNobody('ghost', secret, cost)
  expect(credentialsOfNobody('ghost', secret, cost)).toEqual(nobody)
  expect(credentialsOfNobody('other', secret, cost).scram.salt).not.toBe(nobody.scram.salt)
  const real = await credentialsOf('correct horse', randomBytes, cost)
  const shape = (value: object) => Object.entries(value).map(([name, one]) => [name, String(one).length])
  expect(shape(nobody.scrypt)).toEqual(shape(real.scrypt))
  expect(shape(nobody.scram)).toEqual(shape(real.scram))
  expect(await isPassword('correct horse', nobody.scrypt)).toBe(false)
})
