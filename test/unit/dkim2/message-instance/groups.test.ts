/** Alternatives of signatures and hashes, as a peer that implements revision 08 judges them too. */

import { describe, expect, test } from 'vitest'
import { message } from '../../../support/dkim2-parties.ts'
import {
  type ForgedSet,
  firstTags,
  hashSet,
  oneHop,
  text,
  verdictOf,
  withInstance,
  withSignature,
} from './forge.ts'

const good: ForgedSet = { selector: 'ed' }
const bad: ForgedSet = { selector: 'ed', spoilt: true }
const rsa: ForgedSet = { selector: 'rsa' }
const badRsa: ForgedSet = { selector: 'rsa', spoilt: true }
const ml: ForgedSet = { selector: 'ml' }
const badMl: ForgedSet = { selector: 'ml', spoilt: true }
const unknown: ForgedSet = { selector: 'zz', algorithm: 'future' }
const missing: ForgedSet = { selector: 'nokey' }
const down: ForgedSet = { selector: 'down' }

const none = 'FAIL DKIM2-Signature i=1 no group of signatures passed'
const temporary = 'TEMPERROR DKIM2-Signature i=1 public key down could not be fetched'

describe('signatures', () => {
  test.each<[string, readonly (readonly ForgedSet[])[], string]>([
    ['ed,rsa,ml', [[good, rsa, ml]], 'PASS'],
    ['ed|rsa', [[good], [rsa]], 'PASS'],
    ['ed(bad)|rsa', [[bad], [rsa]], 'PASS'],
    ['ed|rsa(bad)', [[good], [badRsa]], 'PASS'],
    ['ed,rsa(bad)|ml', [[good, badRsa], [ml]], 'PASS'],
    ['ed,rsa|ml(bad)', [[good, rsa], [badMl]], 'PASS'],
    ['ed,rsa(bad)|ml(bad)', [[good, badRsa], [badMl]], none],
    ['ed|future', [[good], [unknown]], 'PASS'],
    ['future|ed', [[unknown], [good]], 'PASS'],
    ['ed,future', [[good, unknown]], 'PERMERROR DKIM2-Signature i=1 selector zz algorithm unknown'],
    ['future', [[unknown]], 'PERMERROR DKIM2-Signature i=1 selector zz algorithm unknown'],
    ['ed(bad)|future', [[bad], [unknown]], none],
    ['future|ed(bad)', [[unknown], [bad]], none],
    ['missing|ed(bad)', [[missing], [bad]], none],
    ['missing|ed', [[missing], [good]], 'PASS'],
    ['ed,missing', [[good, missing]], 'PERMERROR DKIM2-Signature i=1 public key nokey does not exist'],
    [
      'missing|future',
      [[missing], [unknown]],
      'PERMERROR DKIM2-Signature i=1 public key nokey does not exist',
    ],
    ['ed(bad),future', [[bad, unknown]], 'FAIL DKIM2-Signature i=1 selector ed incorrect signature'],
    ['down|ed', [[down], [good]], 'PASS'],
    ['down|ed(bad)', [[down], [bad]], temporary],
    ['ed(bad)|down', [[bad], [down]], temporary],
    ['missing|down', [[missing], [down]], temporary],
    ['ed,down', [[good, down]], temporary],
    ['ed(bad),down', [[bad, down]], 'FAIL DKIM2-Signature i=1 selector ed incorrect signature'],
    ['missing,down', [[missing, down]], 'PERMERROR DKIM2-Signature i=1 public key nokey does not exist'],
  ])('s=%s', async (_what, groups, expected) => {
    expect(await verdictOf(oneHop({ groups }))).toBe(expected)
  })
})

const plain = message(text)
const other = message(text.replace('Plans', 'Other'))
const shorter = message(text.replace('line three\n', ''))
const [h256, h512] = [hashSet(plain), hashSet(plain, 'sha512')]
const wrong256 = hashSet(other)
const wrong512 = hashSet(shorter, 'sha512')
const noHash = 'FAIL Message-Instance m=1 no group of hashes passed'

describe('hashes', () => {
  test.each([
    ['256,512', `${h256},${h512}`, 'PASS'],
    ['256|512', `${h256}|${h512}`, 'PASS'],
    ['256(bad)|512', `${wrong256}|${h512}`, 'PASS'],
    ['256|512(bad)', `${h256}|${wrong512}`, 'PASS'],
    ['256(bad)|512(bad)', `${wrong256}|${wrong512}`, noHash],
    ['256(bad),512', `${wrong256},${h512}`, 'FAIL Message-Instance m=1 header hash sha256 mismatch'],
    ['256,512(bad)', `${h256},${wrong512}`, 'FAIL Message-Instance m=1 body hash sha512 mismatch'],
    ['unknown,256', `sha999:AAAA:AAAA,${h256}`, 'PERMERROR Message-Instance m=1 algorithm sha999 unknown'],
    ['unknown|256', `sha999:AAAA:AAAA|${h256}`, 'PASS'],
    ['256|unknown', `${h256}|sha999:AAAA:AAAA`, 'PASS'],
    ['256(bad)|unknown', `${wrong256}|sha999:AAAA:AAAA`, noHash],
    [
      '256 in upper case',
      h256.replace('sha', 'SHA'),
      'PERMERROR Message-Instance m=1 algorithm SHA256 unknown',
    ],
  ])('h=%s', async (_what, h, expected) => {
    const sent = withSignature(withInstance(plain, `m=1; h=${h}`), firstTags)
    expect(await verdictOf(sent)).toBe(expected)
  })
})
