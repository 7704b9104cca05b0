/** SCRAM-SHA-256: the example of RFC 7677 section 3, and what must not pass. */
import { describe, expect, test } from 'vitest'
import { judgeClientFinal, readClientFirst, scramVerifier, serverFirst } from '../../../src/accounts/scram.ts'

const clientFirst = 'n,,n=user,r=rOprNGfwEbeRWgbNEkqO'
const nonce = '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0'
const final =
  'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ='

async function exchange(password = 'pencil') {
  const first = readClientFirst(clientFirst)
  if (first === undefined) throw new Error('not read')
  const verifier = await scramVerifier(password, Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'), 4096)
  return { first, verifier, serverFirst: serverFirst(first, nonce, verifier) }
}

describe('the exchange of RFC 7677 section 3', () => {
  test('goes as it stands there', async () => {
    const one = await exchange()
    expect(one.serverFirst).toBe(
      'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
    )
    expect(judgeClientFinal(final, one)).toBe('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=')
  })

  test.each([
    ['another password', (text: string) => text, 'pencils'],
    ['a nonce of another exchange', (text: string) => text.replace('hNlF$k0', 'hNlF$k1'), 'pencil'],
    ['a part of the nonce', (text: string) => text.replace(/r=[^,]+/, 'r=rOpr'), 'pencil'],
    ['another channel binding', (text: string) => text.replace('biws', 'eSws'), 'pencil'],
    ['a proof cut short', (text: string) => text.replace('7AndVQ=', ''), 'pencil'],
    ['no proof', (text: string) => text.replace(/,p=.*/, ''), 'pencil'],
  ])('does not pass with %s', async (_, change, password) => {
    expect(judgeClientFinal(change(final), await exchange(password))).toBeUndefined()
  })
})

describe('the first message of a client', () => {
  test('may name a comma and an equals sign', () => {
    expect(readClientFirst('y,a=b=3Dc,n=a=2Cb,r=xyz')).toMatchObject({
      name: 'a,b',
      authorization: 'b=c',
      nonce: 'xyz',
    })
  })

  test.each([
    'p=tls-server-end-point,,n=user,r=xyz',
    'n,,n=us=er,r=xyz',
    'n,,n=,r=xyz',
    'n,,n=user,r=',
    'n,,n=user',
    'n=user,r=xyz',
    `n,,n=user,r=${'x'.repeat(513)}`,
    '',
  ])('%j is refused', message => {
    expect(readClientFirst(message)).toBeUndefined()
  })
})
