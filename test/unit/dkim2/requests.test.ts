import { describe, expect, test } from 'vitest'
import type { Flag } from '../../../src/dkim2/model.ts'
import { fieldValue, type Message, newField } from '../../../src/message/message.ts'
import {
  alias,
  asList,
  check,
  list,
  message,
  origin,
  pass,
  passRevised,
  plain,
  replaceField,
} from '../../support/dkim2-parties.ts'

async function afterOrigin(...flags: Flag[]): Promise<Message> {
  return pass(message(plain), { ...origin, flags })
}

async function verdictAfter(
  sent: Promise<Message>,
): Promise<[string, string | undefined, number | undefined]> {
  const verdict = await check(await sent, list)
  return [verdict.state, verdict.error, verdict.failedAt]
}

const modified = ['fail', 'Message has been modified despite a donotmodify request', 2]
const exploded = ['fail', 'Message has been exploded despite a donotexplode request', 2]
const passed = ['pass', undefined, undefined]

describe('donotmodify (section 11.8)', () => {
  test.each([
    ['a changed field', (m: Message) => replaceField(m, 'Subject', 'other'), modified],
    [
      'a removed field',
      (m: Message) => ({ ...m, fields: m.fields.filter(field => field.name !== 'Subject') }),
      modified,
    ],
    ['a changed body', (m: Message) => ({ ...m, body: Buffer.from('other\r\n') }), modified],
    ['a footer and all that lists do', asList, modified],
    ['an added field', (m: Message) => ({ ...m, fields: [newField('List-Id', 'x'), ...m.fields] }), passed],
    ['nothing', (m: Message) => m, passed],
  ] as const)('followed by %s', async (_what, edit, expected) => {
    expect(await verdictAfter(passRevised(await afterOrigin('donotmodify'), edit, list))).toEqual(expected)
  })

  test('followed by a body recipe that changes no hash is honoured', async () => {
    const sent = pass(await afterOrigin('donotmodify'), {
      ...list,
      recipe: { headers: [], body: [{ kind: 'copy', from: 1, to: 5 }] },
    })
    expect(await verdictAfter(sent)).toEqual(passed)
  })

  test('followed by a loss of the past is not honoured', async () => {
    const sent = pass(await afterOrigin('donotmodify'), {
      ...list,
      recipe: { headers: [], body: 'unrecoverable' },
    })
    expect(await verdictAfter(sent)).toEqual(modified)
  })

  test('asked by a hop that itself modified is about later hops', async () => {
    const sent = passRevised(await afterOrigin(), asList, { ...list, flags: ['donotmodify'] })
    expect(await verdictAfter(sent)).toEqual(passed)
  })

  test('asked by nobody lets hops revise', async () => {
    expect(await verdictAfter(passRevised(await afterOrigin(), asList, list))).toEqual(passed)
  })
})

describe('donotexplode (section 11.8)', () => {
  test('followed by a hop that exploded is not honoured', async () => {
    expect(
      await verdictAfter(pass(await afterOrigin('donotexplode'), { ...list, flags: ['exploded'] })),
    ).toEqual(exploded)
  })

  test('asked by the hop that exploded is about later hops', async () => {
    const sent = pass(await afterOrigin(), { ...list, flags: ['exploded', 'donotexplode'] })
    expect(await verdictAfter(sent)).toEqual(passed)
  })

  test('is attributed to the hop that did it', async () => {
    const second = await pass(await afterOrigin('donotexplode'), list)
    const third = await pass(second, { ...alias, flags: ['exploded'] })
    expect(await check(third, alias)).toMatchObject({ state: 'fail', failedAt: 3 })
  })
})

describe('reports', () => {
  test('of what a hop modified are set by the signer itself', async () => {
    const sent = await passRevised(await afterOrigin(), asList, { ...list, flags: ['exploded'] })
    const flags = (await check(sent, list)).hops[1]?.flags
    expect(flags).toEqual(['exploded', 'modifiedbody', 'modifiedheader'])
  })

  test('of a hop that modified nothing are not set', async () => {
    const sent = await pass(await afterOrigin(), list)
    expect((await check(sent, list)).hops[1]?.flags).toEqual([])
    expect(fieldValue(sent.fields[0] ?? newField('X', ''))).not.toContain('modified')
  })
})
