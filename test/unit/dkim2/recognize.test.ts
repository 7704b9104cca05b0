import { describe, expect, test } from 'vitest'
import { readProfile } from '../../../src/dkim2/profiles/recognize.ts'
import { message } from '../../support/dkim2-parties.ts'

describe('the profile of a message', () => {
  test.each([
    ['no DKIM2 field', 'From: a\n', undefined],
    ['a signature with mv', 'DKIM2-Signature: i=1; mv=1\n', 'mailversion'],
    ['a signature with s1', 'DKIM2-Signature: i=1; S1=x\n', 'mailversion'],
    ['a signature with a1', 'dkim2-signature: a1=x\n', 'mailversion'],
    ['a signature with b1', 'DKIM2-SIGNATURE: b1=x\n', 'mailversion'],
    ['a signature with m and s', 'DKIM2-Signature: i=1; m=1; s=x:y:z\n', 'message-instance'],
    ['a signature with m and s, folded', 'DKIM2-Signature: i=1;\n m=1;\n\ts=x:y:z\n', 'message-instance'],
    ['a MailVersion alone', 'MailVersion: v=1\n', 'mailversion'],
    ['a Message-Instance alone', 'Message-Instance: m=1\n', 'message-instance'],
    ['a signature that fits neither', 'DKIM2-Signature: i=1; m=1\n', 'mailversion'],
    ['a signature that is nothing', 'DKIM2-Signature: hello\n', 'mailversion'],
    [
      'a signature that fits neither beside a Message-Instance',
      'DKIM2-Signature: i=1\nMessage-Instance: m=1\n',
      'message-instance',
    ],
    ['a malformed signature of a profile', 'DKIM2-Signature: ;; mv=1; mv=2\n', 'mailversion'],
    ['both kinds of version', 'MailVersion: v=1\nMessage-Instance: m=1\n', 'mixed'],
    ['both kinds of signature', 'DKIM2-Signature: mv=1\nDKIM2-Signature: m=1; s=x\n', 'mixed'],
    ['one signature with the tags of both', 'DKIM2-Signature: mv=1; m=1; s=x\n', 'mixed'],
    [
      'a signature of one and a version of the other',
      'DKIM2-Signature: mv=1\nMessage-Instance: m=1\n',
      'mixed',
    ],
    ['Mail-Version, which is an ordinary field', 'Mail-Version: v=1\n', undefined],
  ])('with %s is %s', (_what, header, expected) => {
    expect(readProfile(message(`${header}\nbody\n`))).toBe(expected)
  })
})
