/** Fields that cannot be read: structure and syntax. */

import type { Damaged } from './damaged.ts'
import { arriving, base, edit, firstPaths, one, revised, secondPaths } from './damaged-support.ts'
import { addInstance, addSignature, hashSet, type Tags } from './forge.ts'
import { plannedKeys } from './implementations.ts'

type Rule = Pick<Damaged, 'name' | 'rule'>

const malformed = (rule: Rule, message: Buffer): Damaged =>
  arriving(firstPaths, message, { ...rule, expected: 'permerror' })

const signatureTags = (name: string, rule: string, tags: Tags) =>
  malformed({ name, rule }, one({ signature: { tags } }))
const instanceTags = (name: string, rule: string, tags: Tags) =>
  malformed({ name, rule }, one({ instance: { tags } }))

const nineKeys = Array.from({ length: 9 }, (_, n) => ({
  ...plannedKeys('origin.example', 'ed')[0],
  selector: `s${n}`,
})) as ReturnType<typeof plannedKeys>

export const brokenFields: readonly Damaged[] = [
  signatureTags('signature without t', 't is required', { t: null }),
  signatureTags('signature without s', 's is required', { s: null }),
  signatureTags('signature without mf', 'mf and rt are required where there is no nd', { mf: null }),
  signatureTags('signature without m', 'm is required', { m: null }),
  signatureTags('tag d twice', 'a tag may stand once', { d: ['origin.example', 'origin.example'] }),
  signatureTags('unknown tag twice', 'a tag may stand once, unknown ones too', { zz: ['1', '2'] }),
  signatureTags('i is not a number', 'i is a positive number', { i: 'one' }),
  signatureTags('t is not a number', 't is Unix seconds', { t: '2025-11-13T02:13:20Z' }),
  signatureTags('mf without angle brackets', 'mf holds the path with its angle brackets', {
    mf: Buffer.from('ada@origin.example').toString('base64'),
  }),
  signatureTags('rt is not base64', 'rt is base64', { rt: '<readers@list.example>' }),
  signatureTags('nonce of 65 characters', 'a nonce has at most 64 characters', { n: 'n'.repeat(65) }),
  signatureTags('nd beside mf and rt', 'nd stands in place of mf and rt', { nd: 'list.example' }),
  malformed(
    { name: 'two signatures of one selector', rule: 'a selector may stand once' },
    one({ signature: { keys: plannedKeys('origin.example', 'ed|ed') } }),
  ),
  malformed(
    { name: 'nine signatures', rule: 'more signatures than a verifier takes (eight here and at the peer)' },
    one({ signature: { keys: nineKeys } }),
  ),
  malformed(
    { name: 's with an empty alternative', rule: 'groups in s are not empty' },
    one({ signature: { write: field => field.replace(/(s=[^;]*);/, '$1|;') } }),
  ),
  instanceTags('instance without h', 'h is required', { h: null }),
  instanceTags('instance without m', 'm is required', { m: null }),
  instanceTags('h names a hash twice', 'a hash algorithm may stand once', {
    h: `${hashSet(base, 'sha256')},${hashSet(base, 'sha256')}`,
  }),
  instanceTags('h with two parts', 'a hash set has three parts', { h: 'sha256:AAAA' }),
  instanceTags('h knows no algorithm', 'an unknown hash makes its group PERMERROR (08)', {
    h: 'sha999:AAAA:AAAA',
  }),
  malformed(
    { name: 'instance missing', rule: 'the version that m names must be there' },
    addSignature(base, { ...firstHop(), instance: 1 }),
  ),
  malformed({ name: 'signature missing', rule: 'versions without any signature (07)' }, addInstance(base)),
  malformed({ name: 'only i=2', rule: 'i starts with 1' }, one({ signature: { sequence: 2 } })),
  malformed(
    { name: 'two signatures i=1', rule: 'a number may stand once' },
    addSignature(one(), { ...firstHop(), sequence: 1 }),
  ),
  malformed(
    { name: 'two instances m=1', rule: 'a number may stand once' },
    addSignature(addInstance(addInstance(base), { number: 1 }), { ...firstHop(), instance: 1 }),
  ),
  malformed(
    { name: 'instance above all signatures', rule: 'every version is signed' },
    addInstance(one(), { number: 2, recipe: { h: { subject: [{ c: [1, 1] }] } } }),
  ),
  arriving(
    secondPaths,
    addSignature(
      addInstance(edit(one(), 'Minutes', 'Notes'), {
        number: 3,
        recipe: { h: { subject: [{ d: ['Minutes'] }] } },
      }),
      {
        ...secondHop(),
        instance: 3,
      },
    ),
    { name: 'gap in m', rule: 'm has no gaps', expected: 'permerror' },
  ),
  arriving(secondPaths, revised('Minutes', 'Notes', undefined, { signature: { sequence: 3 } }), {
    name: 'gap in i',
    rule: 'i has no gaps',
    expected: 'permerror',
  }),
]

function firstHop() {
  return {
    time: 1_763_000_000,
    ...firstPaths,
    domain: 'origin.example',
    keys: plannedKeys('origin.example', 'ed'),
  }
}

function secondHop() {
  return {
    time: 1_763_000_010,
    ...secondPaths,
    domain: 'list.example',
    keys: plannedKeys('list.example', 'ed'),
  }
}
