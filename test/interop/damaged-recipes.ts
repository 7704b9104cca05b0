/** Recipes that cannot be read or followed. */

import type { State } from '../../src/dkim2/index.ts'
import type { Damaged } from './damaged.ts'
import { arriving, revised, secondPaths } from './damaged-support.ts'

interface Recipe {
  readonly name: string
  readonly rule: string
  /** JSON, or what makes it. */
  readonly recipe: string | object
  readonly expected?: State
  readonly expected08?: State
}

/** `Subject: Minutes` became `Subject: Notes`. */
const ofHeader = ({ recipe, expected = 'permerror', ...rule }: Recipe): Damaged =>
  arriving(secondPaths, revised('Minutes', 'Notes', recipe), { ...rule, expected })

/** `First line` became `Last line`. */
const ofBody = ({ recipe, expected = 'permerror', ...rule }: Recipe): Damaged =>
  arriving(secondPaths, revised('First', 'Last', recipe), { ...rule, expected })

const subject = (step: string) => `{"h":{"subject":[${step}]}}`
const lines = (...steps: readonly object[]) => ({ b: [{ d: ['First line'] }, ...steps] })
const good = '{"d":["Minutes"]}'

export const brokenRecipes: readonly Damaged[] = [
  ofHeader({ name: 'recipe is no JSON', rule: 'r is JSON', recipe: '{' }),
  ofHeader({ name: 'text after the recipe', rule: 'r is JSON', recipe: `${subject(good)} x` }),
  ofHeader({ name: 'recipe is an array', rule: 'a recipe is an object', recipe: '[]' }),
  ofHeader({ name: 'h is null', rule: 'h is an object', recipe: '{"h":null}' }),
  ofHeader({
    name: 'name twice',
    rule: 'a name may stand once',
    recipe: `{"h":{"subject":[${good}],"Subject":[${good}]}}`,
  }),
  ofHeader({
    name: 'step with two keys',
    rule: 'a step has one key',
    recipe: subject('{"c":[1,1],"d":["Minutes"]}'),
  }),
  ofHeader({
    name: 'CR and LF in a literal',
    rule: 'literals hold no CR or LF',
    recipe: subject('{"d":["\\r\\n Minutes"]}'),
  }),
  ofHeader({
    name: 'LF in an octet literal',
    rule: 'literals hold no CR or LF',
    recipe: subject('{"u":["TWludXRlcwo="]}'),
  }),
  ofHeader({ name: 'literal is a number', rule: 'literals are strings', recipe: subject('{"d":[1]}') }),
  ofHeader({ name: 'range of fractions', rule: 'ranges are integers', recipe: subject('{"c":[1.5,2]}') }),
  ofHeader({
    name: 'empty recipe',
    rule: 'a recipe has h or b (07)',
    recipe: '{}',
  }),
  ofHeader({ name: 'h is empty', rule: 'h is not empty (07)', recipe: '{"h":{}}' }),
  ofHeader({
    name: 'unknown key in a step',
    rule: 'a step has one of c, d and u and nothing else (07)',
    recipe: subject('{"d":["Minutes"],"z":1}'),
  }),
  ofHeader({ name: 'step without a key', rule: 'a step has one key (07)', recipe: subject(`{},${good}`) }),
  ofHeader({
    name: 'octet literal without padding',
    rule: 'base64 in u is canonical (07)',
    recipe: subject('{"u":["TWludXRlcw"]}'),
  }),
  ofHeader({
    name: 'keys that differ only in case',
    rule: 'keys are matched without regard to case, and are not doubled (07)',
    recipe: subject('{"d":["Minutes"],"D":["Minutes"]}'),
  }),
  ofBody({
    name: 'range past the end',
    rule: 'ranges lie within the message (07)',
    recipe: lines({ c: [2, 4] }),
  }),
  ofBody({
    name: 'ranges overlap',
    rule: 'ranges ascend and do not overlap (07)',
    recipe: lines({ c: [2, 3] }, { c: [3, 3] }),
  }),
  ofBody({
    name: 'ranges out of order',
    rule: 'ranges ascend and do not overlap (07)',
    recipe: lines({ c: [3, 3] }, { c: [2, 2] }),
  }),
  ofBody({
    name: 'range reversed',
    rule: 'a range ends at or after its start',
    recipe: lines({ c: [3, 2] }),
  }),
  ofBody({
    name: 'body recipe is null',
    rule: 'null is not allowed (09; FAIL in 08)',
    recipe: '{"b":null}',
    expected08: 'fail',
  }),
  ofBody({ name: 'body recipe is an object', rule: 'b is an array', recipe: '{"b":{}}' }),
]
