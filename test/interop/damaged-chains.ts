/** Fields that can be read and say what cannot be: time, envelope, custody, imaginary hops, From. */

import type { Damaged } from './damaged.ts'
import {
  arriving,
  base,
  daySeconds,
  edit,
  firstPaths,
  nowSeconds,
  one,
  passedOn,
  revised,
  secondPaths,
} from './damaged-support.ts'
import { plannedKeys } from './implementations.ts'
import { startSeconds } from './travel.ts'

type Rule = Pick<Damaged, 'name' | 'rule'>

const untrue = (rule: Rule, message: Buffer, paths = firstPaths): Damaged =>
  arriving(paths, message, { ...rule, expected: 'fail' })

const at = (rule: Rule, message: Buffer, seconds: number, paths = firstPaths): Damaged =>
  arriving(paths, message, { ...rule, expected: 'fail' }, { nowSeconds: seconds })

const imaginary = (next: string) => one({ signature: { tags: { mf: null, rt: null, nd: next } } })
const elsewhere = { domain: 'alias.example', keys: plannedKeys('alias.example', 'ed') }

const from = (name: string, rule: string, by: string) =>
  untrue({ name, rule }, one({}, edit(base, 'From: Ada <ada@origin.example>\r\n', by)))

export const brokenChains: readonly Damaged[] = [
  at({ name: 'expired', rule: 'older than 14 days' }, one(), startSeconds + 14 * daySeconds + 1),
  at(
    { name: 'an older hop expired', rule: 'every hop is younger than 14 days' },
    passedOn(one(), { time: startSeconds + 15 * daySeconds }),
    startSeconds + 15 * daySeconds,
    secondPaths,
  ),
  at({ name: 'from the future', rule: 'at most a day ahead' }, one(), startSeconds - daySeconds - 1),
  untrue({ name: 'other MAIL FROM', rule: 'mf is the reverse-path of the envelope' }, one(), {
    ...firstPaths,
    reversePath: '<eve@origin.example>',
  }),
  untrue({ name: 'null MAIL FROM', rule: 'mf is the reverse-path of the envelope' }, one(), {
    ...firstPaths,
    reversePath: '<>',
  }),
  untrue({ name: 'MAIL FROM in other case', rule: 'local parts are compared with their case' }, one(), {
    ...firstPaths,
    reversePath: '<Ada@origin.example>',
  }),
  untrue({ name: 'other RCPT TO', rule: 'rt holds every forward-path of the envelope' }, one(), {
    ...firstPaths,
    forwardPaths: ['<eve@list.example>'],
  }),
  untrue({ name: 'one RCPT TO too many', rule: 'rt holds every forward-path of the envelope' }, one(), {
    ...firstPaths,
    forwardPaths: ['<readers@list.example>', '<eve@list.example>'],
  }),
  untrue(
    { name: 'd is not above mf', rule: 'd is the domain of mf or a parent' },
    one({ signature: elsewhere }),
  ),
  untrue(
    { name: 'custody broken', rule: 'mf follows from an rt of the hop before' },
    passedOn(one(), { ...elsewhere, reversePath: '<x@alias.example>' }),
    { ...secondPaths, reversePath: '<x@alias.example>' },
  ),
  untrue(
    { name: 'custody broken, null mf', rule: 'd follows from an rt of the hop before where mf is null' },
    passedOn(one(), { ...elsewhere, reversePath: '<>' }),
    { ...secondPaths, reversePath: '<>' },
  ),
  untrue(
    { name: 'mf above the rt before', rule: 'labels come off the left of the domain of mf only' },
    passedOn(one({ signature: { forwardPaths: ['<readers@sub.list.example>'] } })),
    secondPaths,
  ),
  untrue(
    { name: 'nd on the highest hop', rule: 'an imaginary hop is followed by another' },
    imaginary('list.example'),
  ),
  untrue(
    { name: 'nd names another domain', rule: 'nd is the d of the next hop' },
    passedOn(imaginary('alias.example')),
    secondPaths,
  ),
  untrue(
    { name: 'nd names the parent', rule: 'nd is the d of the next hop exactly' },
    passedOn(imaginary('example')),
    secondPaths,
  ),
  from(
    'From of another domain',
    'From is authentic for d of the hop that put it there',
    'From: ada@other.example\r\n',
  ),
  from('From of the parent domain', 'the domain of From is d or below d', 'From: ada@example\r\n'),
  from('no From', 'there is one From', ''),
  from('two From fields', 'there is one From', 'From: ada@origin.example\r\nFrom: ada@origin.example\r\n'),
  from('two addresses in From', 'From has one address', 'From: ada@origin.example, bob@other.example\r\n'),
  untrue(
    { name: 'list puts a foreign From', rule: 'From is authentic for d of the hop that put it there' },
    revised('From: Ada <ada@origin.example>', 'From: ada@other.example', {
      h: { from: [{ d: ['Ada <ada@origin.example>'] }] },
    }),
    secondPaths,
  ),
  untrue(
    { name: 'list cures a foreign From', rule: 'every From on the way was authentic' },
    revised(
      'From: ada@other.example',
      'From: readers@list.example',
      { h: { from: [{ d: ['ada@other.example'] }] } },
      {
        first: one({}, edit(base, 'Ada <ada@origin.example>', 'ada@other.example')),
      },
    ),
    secondPaths,
  ),
  arriving(
    firstPaths,
    base,
    { name: 'no DKIM2 field', rule: 'none where there is no DKIM2 field', expected: 'none' },
    {
      nowSeconds,
    },
  ),
]
