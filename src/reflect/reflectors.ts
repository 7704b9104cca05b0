/**
 * The addresses of the reflector: whoever implements DKIM2 sends a signed message to one and gets it back through this hop, changed as
 * the address says (docs/interop.md).
 */

import type { ProfileId, Revision } from '../dkim2/index.ts'
import type { Reflector } from '../record/reflection-record.ts'
import { reflectors } from '../record/reflection-record.ts'

export interface Reflection {
  /** What comes back, for people. */
  readonly does: string
  /** What a verifier must say of what comes back, and why. */
  readonly expect: Expectation
}

export interface Expectation {
  readonly result: 'pass' | 'fail' | 'permerror'
  readonly text: string
}

const pass = (text: string) => ({ result: 'pass', text }) as const

export const reflections: Readonly<Record<Reflector, Reflection>> = {
  raw: {
    does: 'the message as it was received, with one more hop',
    expect: pass('every hop holds, and nothing was changed'),
  },
  subject: {
    does: 'the message with a tag in front of its Subject; a recipe gives the old one back',
    expect: pass('every hop holds; undoing the version of this hop restores the Subject'),
  },
  body: {
    does: 'the message with a footer below its text; a recipe takes it off again',
    expect: pass('every hop holds; undoing the version of this hop restores the body'),
  },
  both: {
    does: 'the message with a tag in front of its Subject and a footer below its text; a recipe undoes both',
    expect: pass('every hop holds; undoing the version of this hop restores Subject and body'),
  },
  redacted: {
    does: 'the message with another body; the version of this hop says that the old one cannot be recreated',
    expect: pass('this hop holds and answers for the body; what is older cannot be checked against it'),
  },
  damage: {
    does: 'the message with one more hop, and a line that was added to its body after signing',
    expect: { result: 'fail', text: 'the body hash of the highest version does not match' },
  },
  from: {
    does: 'the message with the address of the reflector in From, the author in Reply-To; a recipe undoes both',
    expect: pass('every hop holds; From is of the domain of the hop that changed it'),
  },
  nd: {
    does: 'the message with two more hops: one hands it over without SMTP (nd=), the next sends it',
    expect: pass('every hop holds; d= of the highest is nd= of the one before'),
  },
  dsn: {
    does: 'a delivery status notification that says that the message failed, and returns it',
    expect: pass(
      'the notification is signed at i=1, and the message that it returns is the one that was sent',
    ),
  },
  'delayed-dsn': {
    does: 'a delivery status notification that says that the message is delayed, and returns it',
    expect: pass(
      'the notification is signed at i=1, and the message that it returns is the one that was sent',
    ),
  },
}

/** A body that is gone, as later revisions of draft-ietf-dkim-dkim2-spec take it. */
const lostBody: Readonly<Partial<Record<Revision, Expectation>>> = {
  '08': {
    result: 'fail',
    text: 'a recipe for the body is null, and older body hashes cannot be checked (section 13)',
  },
  '09': { result: 'permerror', text: 'a recipe for the body is null (section 5 of revision 09)' },
}

/** The revision that a reflector writes its hop by: the last one that has a body which cannot be recreated. */
export function revisionOf(reflector: Reflector, revision: Revision): Revision {
  return reflector === 'redacted' && revision > '07' ? '07' : revision
}

/** What a verifier of a revision must say; in a profile that has one only, the revision makes no difference. */
export function expectationOf(reflector: Reflector, profile: ProfileId, revision: Revision): Expectation {
  const lost = reflector === 'redacted' && profile === 'message-instance' ? lostBody[revision] : undefined
  return lost ?? reflections[reflector].expect
}

const prefix = 'reflect-'

/** The reflector that a local part names, without regard to case; undefined: none. */
export function reflectorOf(localPart: string): Reflector | undefined {
  const name = localPart.toLowerCase()
  return reflectors.find(reflector => name === `${prefix}${reflector}`)
}

/** The local part of a reflector. */
export function reflectorLocalPart(reflector: Reflector): string {
  return `${prefix}${reflector}`
}

/** What comes back is a notification about the message and not the message itself. */
export function isNotification(reflector: Reflector): reflector is 'dsn' | 'delayed-dsn' {
  return reflector === 'dsn' || reflector === 'delayed-dsn'
}
