import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BodyDigests, type BodyForm } from '../../../src/dkim2/body-digests.ts'
import { headerForm } from '../../../src/dkim2/canonicalize.ts'
import { diff } from '../../../src/dkim2/diff.ts'
import { applyRecipe } from '../../../src/dkim2/history.ts'
import type { ProfileId, Recipe } from '../../../src/dkim2/model.ts'
import { profiles } from '../../../src/dkim2/profiles/index.ts'
import { fieldCounter } from '../../../src/dkim2/recipe.ts'
import { prepareHop } from '../../../src/dkim2/sign.ts'
import { isUnsigned, isUnsignedSince08 } from '../../../src/dkim2/unsigned-fields.ts'
import type { Message } from '../../../src/message/message.ts'
import { readMessage } from '../../../src/message/message.ts'
import { asList, message, plain, threeHops, withField } from '../../support/dkim2-parties.ts'

/** What both profiles hash of a message. */
function hashesOf(of: Message, unsigned = isUnsigned): readonly string[] {
  const digests = new BodyDigests()
  const hash = (form: BodyForm) => digests.canonical(of.body, form, 'sha256').toString('hex')
  return [headerForm(of.fields, unsigned), hash('relaxed'), hash('simple')]
}

function undone(current: Message, recipe: Recipe | undefined): Message | undefined {
  return recipe === undefined ? current : applyRecipe(current, recipe)
}

function latin1(text: string): Message {
  return readMessage(Buffer.from(text, 'latin1'))
}

const value = fc.oneof(
  fc.constantFrom(
    'one',
    'two',
    'one  two',
    'one\ttwo',
    '',
    'one\r\n two',
    'a;b,c',
    '\xc3\xa4',
    '\xff \xfe',
    '\0',
    '=',
  ),
  fc.string({ unit: 'binary-ascii', maxLength: 8 }).map(text => text.replace(/[\r\n]/g, '')),
)
const name = fc.constantFrom(
  'Subject',
  'SUBJECT',
  'Comments',
  'comments',
  'List-Id',
  'X-Any',
  'Received',
  'Auto-Submitted',
)
const header = fc
  .array(fc.tuple(name, fc.constantFrom(':', ': ', ' :\t'), value), { maxLength: 9 })
  .map(fields => fields.map(([of, colon, text]) => `${of}${colon}${text}\r\n`).join(''))
const line = fc.constantFrom(
  'a',
  'b',
  'c',
  '',
  ' ',
  'a ',
  '\t',
  '\xff\xfe',
  '.',
  'a long line, that is worth a copy',
)
const body = fc
  .tuple(fc.array(line, { maxLength: 30 }), fc.boolean())
  .map(([lines, isEnded]) => lines.join('\r\n') + (isEnded && lines.length > 0 ? '\r\n' : ''))
const anyMessage = fc.tuple(header, body).map(([fields, text]) => latin1(`${fields}\r\n${text}`))

describe('the recipe that leads from one message to another', () => {
  test('restores the signed header fields and the body as both profiles hash them', () => {
    fc.assert(
      fc.property(anyMessage, anyMessage, (current, previous) => {
        const restored = undone(current, diff(current, previous))
        expect(restored && hashesOf(restored)).toEqual(hashesOf(previous))
      }),
      { numRuns: 1_000 },
    )
  })

  test.each([...profiles])('does so after its way over the wire in the profile %s', async (id, profile) => {
    const { isUnsigned } = profile
    await fc.assert(
      fc.asyncProperty(anyMessage, anyMessage, async (current, previous) => {
        const recipe = diff(current, previous, { isUnsigned })
        const restored = undone(current, await overTheWire(current, recipe, id))
        expect(restored && hashesOf(restored, isUnsigned)).toEqual(hashesOf(previous, isUnsigned))
      }),
      { numRuns: 200 },
    )
  })

  test('restores the octets of the body, but for a CRLF at its end', () => {
    fc.assert(
      fc.property(body, body, (now, before) => {
        const current = latin1(`A: b\r\n\r\n${now}`)
        const restored = undone(current, diff(current, latin1(`A: b\r\n\r\n${before}`)))
        expect([before, `${before}\r\n`]).toContain(restored?.body.toString('latin1'))
      }),
    )
  })

  test('is the same each time', () => {
    fc.assert(
      fc.property(anyMessage, anyMessage, (current, previous) => {
        expect(diff(current, previous)).toEqual(diff(current, previous))
      }),
    )
  })

  test('does not depend on the order of fields of different names', () => {
    const current = message('A: 1\nB: 2\nC: 3\n\nbody\n')
    const other = message('C: 3\nA: 1\nB: 2\n\nbody\n')
    const previous = message('B: 1\nA: 2\nD: 3\n\nbody\n')
    expect(diff(other, previous)).toEqual(diff(current, previous))
    expect(diff(other, current)).toBeUndefined()
  })

  test('is none where nothing differs, or only fields that are not signed, white space and folds', () => {
    const before = message('Received: x\nA: one two\nB: x\n\nbody\n')
    const after = message('X-New: 1\nB:x\na:  one\n\ttwo \nDKIM-Signature: d=example\n\nbody\n')
    expect(diff(before, before)).toBeUndefined()
    expect(diff(after, before)).toBeUndefined()
  })

  test('leaves the fields of DKIM2 alone', async () => {
    const signed = await threeHops()
    expect(
      diff(signed, { ...signed, fields: message(plain).fields })?.headers.map(change => change.name),
    ).toEqual(['Comments', 'List-Id', 'Subject'])
  })

  test('covers the fields that the profile signs', () => {
    const before = message('A: b\n\n')
    const after = withField(before, 'Auto-Submitted', 'auto-forwarded')
    expect(diff(after, before)).toBeUndefined()
    expect(diff(after, before, { isUnsigned: isUnsignedSince08 })).toEqual({
      headers: [{ name: 'Auto-Submitted', change: [] }],
    })
  })

  test('undoes what a list does in few steps', () => {
    const before = message(plain)
    const after = asList(before)
    expect(diff(after, before)).toEqual({
      headers: [
        { name: 'Comments', change: [{ kind: 'copy', from: 1, to: 2 }] },
        { name: 'List-Id', change: [] },
        { name: 'Subject', change: [{ kind: 'data', items: [Buffer.from('Plans for the week')] }] },
      ],
      body: [{ kind: 'copy', from: 1, to: 5 }],
    })
  })

  test('restores whatever number of steps it may take', () => {
    fc.assert(
      fc.property(anyMessage, anyMessage, fc.integer({ min: 0, max: 60 }), (current, previous, maxSteps) => {
        const restored = undone(current, diff(current, previous, { maxSteps }))
        expect(restored && hashesOf(restored)).toEqual(hashesOf(previous))
      }),
    )
  })
})

/** The recipe as the next hop reads it. */
async function overTheWire(
  current: Message,
  recipe: Recipe | undefined,
  profile: ProfileId,
): Promise<Recipe | undefined> {
  const options = { profile, alwaysVersion: true, ...(recipe ? { recipe } : {}) }
  const { version } = await prepareHop(current, options)
  return version?.recipe(fieldCounter(current.fields))
}
