/** Targets that sign what came from outside: whatever a hop signs must verify at the next one. */

import assert from 'node:assert/strict'
import { diff } from '../../src/dkim2/diff.ts'
import { SigningError } from '../../src/dkim2/errors.ts'
import { readProfile } from '../../src/dkim2/index.ts'
import type { ProfileId } from '../../src/dkim2/model.ts'
import { isDkim2Field } from '../../src/dkim2/unsigned-fields.ts'
import { lowerAscii, type Message, prependFields } from '../../src/message/message.ts'
import { check, list, origin, type Passage, pass } from '../support/dkim2-parties.ts'
import { mutated } from './mutate.ts'
import { hashOf, randomFrom } from './random.ts'
import type { Target } from './target.ts'
import { asSent, vector } from './targets-message.ts'
import { dictionary, words } from './words.ts'

const seeds: Target['seeds'] = [
  vector('mailversion', 'no-dkim2'),
  Buffer.from('From: a@origin.example\r\n\r\nHello\r\n\r\n'),
  Buffer.from(
    'From: a@origin.example\r\nSubject: =?utf-8?q?x?=\r\n\tfolded\r\nX: \xff\r\n\r\nno line end',
    'latin1',
  ),
  Buffer.from('From: a@origin.example\r\nno field\r\n'),
  Buffer.from(
    'From: a@origin.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b\r\n\r\n--b--\r\n',
  ),
]

/** Signs a message as its originator, changes it as its octets decide, and signs it again with a recipe. */
async function signTwice(octets: Buffer, profile: ProfileId): Promise<string> {
  const first = await next(asSent(octets), { ...origin, profile })
  if (typeof first === 'string') return first
  const random = randomFrom(hashOf(octets))
  const changed = asSent(mutated(random, { corpus: [octets, ...seeds], words: dictionary() }))
  if (readProfile(changed) !== undefined) return 'other chain'
  const chainFields = first.fields.filter(({ name }) => isDkim2Field(lowerAscii(name)))
  const sent = prependFields(changed, chainFields)
  const recipe = diff(sent, first)
  const second = await next(sent, recipe === undefined ? list : { ...list, recipe })
  return typeof second === 'string'
    ? `signed, ${second}`
    : `signed twice, ${recipe?.headers.length ?? 'none'}`
}

/** The message as the next party reads it, or why it was not signed. */
async function next(message: Message, passage: Passage): Promise<Message | string> {
  try {
    const sent = await pass(message, passage)
    const { state, error } = await check(sent, passage)
    assert.ok(state === 'pass', `${passage.domain} signed what does not verify: ${error ?? state}`)
    return sent
  } catch (error) {
    if (error instanceof SigningError)
      return `${error.obstacle} ${error.message.replace(/".*"|\d+/g, '').slice(0, 40)}`
    throw error
  }
}

export const signTargets: readonly Target[] = (['mailversion', 'message-instance'] as const).map(profile => ({
  name: `sign-${profile}`,
  seeds,
  words: dictionary(words.mime, words.recipes),
  run: octets => signTwice(octets, profile),
}))
