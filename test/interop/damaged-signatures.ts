/** Signatures and hashes that do not hold. */

import type { Damaged } from './damaged.ts'
import {
  arriving,
  base,
  edit,
  firstPaths,
  one,
  passedOn,
  revised,
  secondPaths,
  spoil,
} from './damaged-support.ts'
import { hashSet } from './forge.ts'
import { plannedKeys } from './implementations.ts'

type Rule = Pick<Damaged, 'name' | 'rule'>

const wrong = (rule: Rule, message: Buffer, paths = firstPaths): Damaged =>
  arriving(paths, message, { ...rule, expected: 'fail' })

const originKeys = (plan: string) => plannedKeys('origin.example', plan)
const spoiled = (name: string, rule: string, plan: string, which?: number) =>
  wrong({ name, rule }, one({ signature: { keys: originKeys(plan), join: joins(plan), ...spoil(which) } }))
const joins = (plan: string) => plan.replace(/\w/g, '')

const other = edit(base, 'Minutes', 'Notes')
const otherBody = edit(base, 'First', 'Last')
const subjectBack = { h: { subject: [{ d: ['Minutes'] }] } }

/** Names an algorithm that nobody knows for the key with the selector rsa. */
const unknownAlgorithm = { write: (field: string) => field.replace('rsa:rsa-sha256', 'rsa:future-sha999') }

export const brokenSignatures: readonly Damaged[] = [
  spoiled('Ed25519 signature spoiled', 'the signature holds', 'ed'),
  spoiled('RSA signature spoiled', 'the signature holds', 'rsa'),
  spoiled('ML-DSA-44 signature spoiled', 'the signature holds', 'ml'),
  spoiled('first of two joined signatures spoiled', 'all signatures of a group must hold', 'ed,rsa', 0),
  spoiled('second of two joined signatures spoiled', 'all signatures of a group must hold', 'ed,rsa', 1),
  spoiled('both alternatives spoiled', 'one group must hold', 'ed|rsa'),
  wrong(
    {
      name: 'spoiled alternative beside an unknown algorithm',
      rule: 'FAIL before PERMERROR between groups (08)',
    },
    one({ signature: { keys: originKeys('ed|rsa'), ...unknownAlgorithm, ...spoil(0) } }),
  ),
  arriving(firstPaths, one({ signature: { keys: originKeys('rsa'), ...unknownAlgorithm } }), {
    name: 'unknown algorithm alone',
    rule: 'an unknown algorithm makes its group PERMERROR (08)',
    expected: 'permerror',
  }),
  arriving(firstPaths, one({ signature: { keys: originKeys('ed,rsa'), join: ',', ...unknownAlgorithm } }), {
    name: 'unknown algorithm joined to a good one',
    rule: 'an unknown algorithm makes its group PERMERROR (08)',
    expected: 'permerror',
  }),
  wrong(
    { name: 'subject changed on the way', rule: 'the header hash holds' },
    edit(one(), 'Minutes', 'Notes'),
  ),
  wrong({ name: 'body changed on the way', rule: 'the body hash holds' }, edit(one(), 'First', 'Last')),
  wrong(
    { name: 'field added on the way', rule: 'the header hash holds' },
    edit(one(), 'Subject', 'Cc: x\r\nSubject'),
  ),
  wrong(
    { name: 'Auto-Submitted added on the way', rule: 'Auto-Submitted is signed (08)' },
    edit(one(), 'Subject', 'Auto-Submitted: no\r\nSubject'),
  ),
  wrong(
    { name: 't changed after signing', rule: 'the signature holds' },
    edit(one(), 't=1763000000', 't=1763000001'),
  ),
  wrong(
    { name: 'flag added after signing', rule: 'the signature holds' },
    edit(one(), '; s=', '; f=feedback; s='),
  ),
  wrong(
    { name: 'h swapped after signing', rule: 'the signature covers the versions' },
    edit(edit(one(), 'Minutes', 'Notes'), hashSet(base, 'sha256'), hashSet(other, 'sha256')),
  ),
  wrong(
    { name: 'both hash alternatives wrong', rule: 'one group of hashes must hold' },
    one({ instance: { tags: { h: `${hashSet(other, 'sha256')}|${hashSet(otherBody, 'sha512')}` } } }),
  ),
  wrong(
    { name: 'one of two joined hashes wrong', rule: 'all hashes of a group must hold' },
    one({ instance: { tags: { h: `${hashSet(base, 'sha256')},${hashSet(otherBody, 'sha512')}` } } }),
  ),
  wrong(
    { name: 'signature of the first hop spoiled', rule: 'every signature holds' },
    passedOn(one({ signature: spoil() })),
    secondPaths,
  ),
  wrong(
    { name: 'first hop changed after the second', rule: 'every signature holds' },
    edit(passedOn(one()), 't=1763000000', 't=1763000001'),
    secondPaths,
  ),
  wrong(
    { name: 'change without a recipe', rule: 'every version has its hashes' },
    revised('Minutes', 'Notes', undefined),
    secondPaths,
  ),
  wrong(
    { name: 'recipe leads elsewhere', rule: 'every version has its hashes' },
    revised('Minutes', 'Notes', { h: { subject: [{ d: ['Minute'] }] } }),
    secondPaths,
  ),
  wrong(
    { name: 'recipe for the header only, body changed too', rule: 'every version has its hashes' },
    revised('Minutes\r\n\r\nFirst', 'Notes\r\n\r\nLast', subjectBack),
    secondPaths,
  ),
  wrong(
    { name: 'forwarder changed the message and added no version', rule: 'the body hash holds' },
    passedOn(edit(one(), 'First', 'Last')),
    secondPaths,
  ),
]
