import { describe, expect, test } from 'vitest'
import {
  decisive,
  type Failure,
  keyFailure,
  messageFailure,
  signatureFailure,
  verdictText,
  versionFailure,
} from '../../../src/dkim2/verdict.ts'

const label = 'Message-Instance m=2'

/** draft-ietf-dkim-dkim2-spec-06 sections 11.2 to 11.9, with <x> = 2, <y> = t, keys and addresses filled in. */
const wording: readonly [Failure, string][] = [
  [versionFailure.missing(label), 'PERMERROR Message-Instance m=2 missing'],
  [versionFailure.syntax(label), 'PERMERROR Message-Instance m=2 syntax error'],
  [versionFailure.tagMissing(label, 't'), 'PERMERROR Message-Instance m=2 tag=t missing'],
  [versionFailure.notSigned(label), 'PERMERROR Message-Instance m=2 is not signed'],
  [signatureFailure.missing(2), 'PERMERROR DKIM2-Signature i=2 missing'],
  [signatureFailure.syntax(2), 'PERMERROR DKIM2-Signature i=2 syntax error'],
  [signatureFailure.tagMissing(2, 't'), 'PERMERROR DKIM2-Signature i=2 tag=t missing'],
  [signatureFailure.tagUnexpected(2, 't'), 'PERMERROR DKIM2-Signature i=2 tag=t was unexpected'],
  [signatureFailure.duplicateSelector(2), 'PERMERROR DKIM2-Signature i=2 has a duplicate selector'],
  [signatureFailure.expired(2), 'PERMERROR DKIM2-Signature i=2 signature expired'],
  [signatureFailure.mailFrom(2, 'a@b'), 'PERMERROR DKIM2-Signature i=2 MAIL FROM <a@b> did not match'],
  [signatureFailure.rcptTo(2, 'a@b'), 'PERMERROR DKIM2-Signature i=2 RCPT TO <a@b> did not match'],
  [signatureFailure.alignment(2), 'PERMERROR DKIM2-Signature i=2 MAIL FROM and d= do not match'],
  [keyFailure.notFetched(2, 's'), 'TEMPERROR DKIM2-Signature i=2 public key s could not be fetched'],
  [keyFailure.absent(2, 's'), 'PERMERROR DKIM2-Signature i=2 public key s does not exist'],
  [keyFailure.multiple(2, 's'), 'PERMERROR DKIM2-Signature i=2 public key s has multiple records'],
  [keyFailure.syntax(2, 's'), 'PERMERROR DKIM2-Signature i=2 public key s has a syntax error'],
  [keyFailure.algorithm(2, 's'), 'PERMERROR DKIM2-Signature i=2 public key s algorithm mismatch'],
  [keyFailure.revoked(2, 's'), 'PERMERROR DKIM2-Signature i=2 public key s has been revoked'],
  [signatureFailure.incorrect(2, 's'), 'FAIL DKIM2-Signature i=2 s incorrect signature'],
  [signatureFailure.mixed(2, 'x', 'y'), 'FAIL DKIM2-Signature i=2 x signature passed, y signature failed'],
  [versionFailure.bodyHash(label, 'sha256'), 'FAIL Message-Instance m=2 body hash sha256 mismatch'],
  [messageFailure.modified(2), 'FAIL Message has been modified despite a donotmodify request'],
  [messageFailure.exploded(2), 'FAIL Message has been exploded despite a donotexplode request'],
  [messageFailure.duplicate(), 'FAIL Duplicate message with no exploded flag'],
  [messageFailure.mixedProfiles(), 'PERMERROR mixed DKIM2 profiles'],
]

describe('the table of verdicts', () => {
  test.each(wording)('%j reads %s', (failure, text) => {
    expect(verdictText(failure)).toBe(text)
  })

  test('attributes a failure of a hop to that hop', () => {
    expect(signatureFailure.expired(3).sequence).toBe(3)
    expect(keyFailure.absent(3, 's').sequence).toBe(3)
    expect(signatureFailure.syntax('?').sequence).toBeUndefined()
    expect(signatureFailure.syntax('?').error).toBe('DKIM2-Signature i=? syntax error')
  })

  test.each([
    ['pass', 'PASS'],
    ['none', 'NONE'],
  ] as const)('%s without an error is %s', (state, text) => {
    expect(verdictText({ state })).toBe(text)
  })
})

describe('when results mix', () => {
  const fail = signatureFailure.incorrect(3, 's')
  const temporary = keyFailure.notFetched(1, 's')
  const permanent = keyFailure.absent(2, 's')

  test('PERMERROR outranks FAIL, and FAIL outranks TEMPERROR', () => {
    expect(decisive([temporary, fail, permanent])).toBe(permanent)
    expect(decisive([temporary, fail])).toBe(fail)
    expect(decisive([temporary])).toBe(temporary)
    expect(decisive([])).toBeUndefined()
  })

  test('the first in the order of checks decides within a class', () => {
    expect(decisive([fail, signatureFailure.incorrect(1, 's')])).toBe(fail)
  })
})

describe('an address in a verdict', () => {
  test.each([
    ['', '<>'],
    ['a@b', '<a@b>'],
    ['bücher@b', '<bücher@b>'],
    ['a\r\nX: y@b', '<a??X: y@b>'],
    ['a\u2028b', '<a?b>'],
    ['a\x1b[31mb', '<a?[31mb>'],
    ['x'.repeat(300), `<${'x'.repeat(256)}...>`],
  ])('%j is shown as %j', (path, shown) => {
    expect(signatureFailure.mailFrom(1, path).error).toBe(
      `DKIM2-Signature i=1 MAIL FROM ${shown} did not match`,
    )
  })
})
