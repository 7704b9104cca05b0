/** The laws of the protocol, over generated messages and chains. */

import { isUtf8 } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { explain } from '../../src/dkim2/explain.ts'
import { type BodyForm, MessageVersion } from '../../src/dkim2/message-version.ts'
import { undoToHop } from '../../src/dkim2/undo.ts'
import { isDkim2Field, isUnsigned } from '../../src/dkim2/unsigned-fields.ts'
import type { VerifyOptions } from '../../src/dkim2/verify.ts'
import {
  type HeaderField,
  lowerAscii,
  type Message,
  newField,
  readMessage,
} from '../../src/message/message.ts'
import {
  alias,
  asList,
  check,
  list,
  lookup,
  message,
  octets,
  origin,
  type Passage,
  pass,
  passRevised,
  plain,
  received,
  replaceField,
  threeHops,
} from '../support/dkim2-parties.ts'

/** What differs between the profiles that the suite runs on. */
interface Variant {
  readonly name: string
  readonly way: Pick<Passage, 'profile' | 'revision'>
  readonly bodyForm: BodyForm
  /** Recipes can give any octets, not only UTF-8. */
  readonly anyOctets: boolean
  /** The From field must be one of the signing domain. */
  readonly fromAuthentic: boolean
}

/** One suite for all profiles that are implemented. */
const variants: readonly Variant[] = [
  {
    name: 'mailversion',
    way: { profile: 'mailversion' },
    bodyForm: 'relaxed',
    anyOctets: true,
    fromAuthentic: false,
  },
  {
    name: 'message-instance, revision 09',
    way: { profile: 'message-instance' },
    bodyForm: 'simple',
    anyOctets: true,
    fromAuthentic: true,
  },
  {
    name: 'message-instance, revision 06',
    way: { profile: 'message-instance', revision: '06' },
    bodyForm: 'simple',
    anyOctets: false,
    fromAuthentic: false,
  },
]

const home: Passage = {
  domain: 'destination.example',
  from: 'b+2@destination.example',
  to: ['box@destination.example'],
}
const journey: readonly Passage[] = [origin, list, alias, home]

type Edit = (of: Message) => Message

const allEdits: Readonly<Record<string, Edit>> = {
  nothing: of => of,
  'a changed subject': of => replaceField(of, 'Subject', '[x] y; z'),
  'an added field': of => ({ ...of, fields: [newField('Reply-To', '<x@y.example>'), ...of.fields] }),
  'another instance': of => ({ ...of, fields: [newField('Comments', 'another'), ...of.fields] }),
  'a removed field': of => ({ ...of, fields: of.fields.filter(field => field.name !== 'Comments') }),
  'an 8-bit value': of => replaceField(of, 'Subject', '\xe4\xf6\xfc'),
  'a footer': of => ({ ...of, body: Buffer.concat([of.body, Buffer.from('--\r\nfooter\r\n')]) }),
  'a line on top': of => ({ ...of, body: Buffer.concat([Buffer.from('Notice\r\n'), of.body]) }),
  'an empty body': of => ({ ...of, body: Buffer.alloc(0) }),
  'another body': of => ({ ...of, body: Buffer.from('\xff\0 \t;,\r\n\r\n', 'latin1') }),
  'all that lists do': asList,
}

const name = fc.constantFrom('Subject', 'Comments', 'From', 'To', 'X-Unsigned', 'List-Id', 'Received')
const value = fc.string({
  unit: fc.constantFrom('a', 'b', ' ', '\t', ';', ',', '=', '\xe9', '"'),
  maxLength: 40,
})
const line = fc.string({
  unit: fc.constantFrom('a', ' ', '\t', ';', '.', '\xe9', '\0', '-', '\r', '\n'),
  maxLength: 30,
})

const anyMessage = fc
  .tuple(fc.array(fc.tuple(name, value), { maxLength: 8 }), fc.array(line, { maxLength: 8 }))
  .map(([fields, lines]) => {
    const header = fields
      .map(([fieldName, text]) => newField(fieldName, text).octets.toString('latin1'))
      .join('')
    return readMessage(Buffer.from(`${header}\r\n${lines.map(text => `${text}\r\n`).join('')}`, 'latin1'))
  })

describe.each(variants)('$name', ({ way, bodyForm, anyOctets, fromAuthentic }) => {
  const edits = Object.entries(allEdits).filter(
    ([, edit]) => anyOctets || isUtf8(octets(edit(message(plain)))),
  )
  const send = (of: Message, passage: Passage) => pass(of, { ...passage, ...way })
  const sendRevised = (of: Message, edit: Edit, passage: Passage) =>
    passRevised(of, edit, { ...passage, ...way })
  const verdictOn = (of: Message, passage: Passage, options: Partial<VerifyOptions> = {}) =>
    check(of, passage, { ...way, ...options })

  function sameState(one: Message, other: Message): boolean {
    const [a, b] = [new MessageVersion(1, one), new MessageVersion(1, other)]
    return (
      a.headerForm.equals(b.headerForm) &&
      a.bodyHash(bodyForm, 'sha256').equals(b.bodyHash(bodyForm, 'sha256'))
    )
  }

  /** A generated message as one that can be sent in this variant. */
  function sendable(of: Message): Message {
    if (!fromAuthentic) return of
    const rest = of.fields.filter(field => field.name !== 'From')
    return { ...of, fields: [newField('From', 'Somebody <a@origin.example>'), ...rest] }
  }

  /** No recipe can give a line or value that holds a bare CR or LF: such octets are refused before a message is accepted. */
  function isRestorable(of: Message): boolean {
    const text = octets(of).toString('latin1').replaceAll('\r\n', '')
    return !/[\r\n]/.test(text) && (anyOctets || isUtf8(octets(of)))
  }

  describe.each(['ed', 'rsa'] as const)('signed with %s', selector => {
    test.each([1, 2, 3, 4])('a chain of %d hops verifies, hop by hop and as a whole', async hops => {
      let sent = message(plain)
      for (const [index, passage] of journey.slice(0, hops).entries()) {
        const signed = { ...passage, selectors: [selector] }
        sent = index % 2 ? await sendRevised(sent, asList, signed) : await send(sent, signed)
        expect(await verdictOn(sent, signed)).toMatchObject({ state: 'pass', fullyVerified: true })
      }
      const verdict = await verdictOn(sent, journey[hops - 1] ?? origin)
      expect(verdict.hops.map(hop => hop.state)).toEqual(Array.from({ length: hops }, () => 'pass'))
    })
  })

  describe('a revision', () => {
    test.each(edits)('with %s verifies, and is undone to what came in', async (_what, edit) => {
      const first = await send(message(plain), origin)
      const sent = await sendRevised(first, edit, list)
      expect(await verdictOn(sent, list)).toMatchObject({ state: 'pass' })
      const back = undoToHop(sent, 1, {}, way)
      expect(back.kind === 'undone' && sameState(back.message, first)).toBe(true)
      expect(back.kind === 'undone' && (await verdictOn(received(back.message), origin)).state).toBe('pass')
    })

    test('after a revision after a revision is undone step by step', async () => {
      const choice = fc.constantFrom(...edits.map(([, edit]) => edit))
      await fc.assert(
        fc.asyncProperty(choice, choice, choice, async (one, two, three) => {
          const states = [await send(message(plain), origin)]
          for (const [edit, passage] of [
            [one, list],
            [two, alias],
            [three, home],
          ] as const) {
            states.push(await sendRevised(states.at(-1) ?? message(plain), edit, passage))
          }
          const last = states.at(-1) ?? message(plain)
          for (const [index, state] of states.entries()) {
            const back = undoToHop(last, index + 1, {}, way)
            expect(back.kind === 'undone' && sameState(back.message, state)).toBe(true)
          }
          expect(await verdictOn(last, home)).toMatchObject({ state: 'pass' })
        }),
        { numRuns: 40 },
      )
    })
  })

  test('whatever message is revised into whatever other, it verifies and is undone to what came in', async () => {
    await fc.assert(
      fc.asyncProperty(anyMessage, anyMessage, async (one, other) => {
        const [before, after] = [sendable(one), sendable(other)]
        if (!isRestorable(before) || !isRestorable(after)) return
        const first = await send(before, origin)
        const edit = (of: Message) => ({ ...after, fields: [...of.fields.filter(isDkim2), ...after.fields] })
        const sent = await sendRevised(first, edit, list)
        expect(await verdictOn(sent, list)).toMatchObject({ state: 'pass' })
        const back = undoToHop(sent, 1, {}, way)
        expect(back.kind === 'undone' && sameState(back.message, first)).toBe(true)
      }),
      { numRuns: 150 },
    )
  })

  test('whatever message is signed, it verifies', async () => {
    await fc.assert(
      fc.asyncProperty(anyMessage, async of => {
        expect(await verdictOn(await send(sendable(of), origin), origin)).toMatchObject({ state: 'pass' })
      }),
      { numRuns: 150 },
    )
  })

  test('changing any covered octet to another letter breaks the chain', async () => {
    const sent = await threeHops(plain, way)
    const whole = octets(sent)
    const covered = coveredOffsets(sent)
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...covered), async at => {
        const damaged = Buffer.from(whole)
        damaged.writeUInt8(whole[at] === 0x51 ? 0x52 : 0x51, at)
        expect((await verdictOn(readMessage(damaged), alias)).state).not.toBe('pass')
      }),
      { numRuns: 400 },
    )
  })

  test('removing any signed field breaks the chain', async () => {
    const sent = await threeHops(plain, way)
    for (const field of sent.fields) {
      if (isUnsigned(lowerAscii(field.name)) && !isDkim2(field)) continue
      const rest = { ...sent, fields: sent.fields.filter(other => other !== field) }
      expect((await verdictOn(rest, alias)).state, field.name).not.toBe('pass')
    }
  })

  test('swapping the keys of two parties breaks the chain', async () => {
    const sent = await threeHops(plain, way)
    const swapped = (text: string) =>
      text.replace(/origin|list/, word => (word === 'list' ? 'origin' : 'list'))
    const verdict = await verdictOn(sent, alias, { lookup: async asked => lookup(swapped(asked)) })
    expect(verdict.state).toBe('fail')
    expect(verdict.hops.map(hop => hop.state)).toEqual(['fail', 'fail', 'pass'])
  })

  test('what is told of a chain names every hop and what it did', async () => {
    const sent = await threeHops(plain, way)
    const told = explain(sent, await verdictOn(sent, alias), way)
    expect(told).toMatchObject({ verdict: 'PASS', profile: way.profile })
    expect(told.hops.map(hop => hop.domain)).toEqual(['origin.example', 'list.example', 'alias.example'])
    expect(told.hops[1]?.versions).toMatchObject([{ body: true, unrecoverable: false }])
    const names = told.hops[1]?.versions[0]?.headers.map(lowerAscii)
    expect(names?.toSorted()).toEqual(['comments', 'list-id', 'subject'])
  })
})

function isDkim2(field: HeaderField): boolean {
  return isDkim2Field(lowerAscii(field.name))
}

/** Offsets of letters and digits that the chain covers: signed fields, DKIM2 fields, the body. Not names of fields. */
function coveredOffsets(of: Message): number[] {
  const offsets: number[] = []
  let start = 0
  const add = (text: string, from: number) => {
    for (const match of text.matchAll(/[A-Za-z0-9]/g))
      if (match.index >= from) offsets.push(start + match.index)
  }
  for (const field of of.fields) {
    const text = field.octets.toString('latin1')
    if (isDkim2(field) || !isUnsigned(lowerAscii(field.name))) add(text, text.indexOf(':'))
    start += text.length
  }
  start += of.separator.length
  add(of.body.toString('latin1'), 0)
  return offsets
}
