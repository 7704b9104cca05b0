import { describe, expect, test } from 'vitest'
import { applyRecipe } from '../../../src/dkim2/history.ts'
import { readMessage } from '../../../src/message/message.ts'
import { mimeStructure } from '../../../src/revise/mime-structure.ts'
import { proveRevision } from '../../../src/revise/prove.ts'
import { revise } from '../../../src/revise/revision.ts'
import { shapes } from '../../vectors/revise/shapes.ts'
import { bodyText, everything, footerMark, leaves, octets, received, rules } from './support.ts'

const crlf = Buffer.from('\r\n')

test('there are at least 60 shapes, each with its own name', () => {
  expect(shapes.length).toBeGreaterThanOrEqual(60)
  expect(new Set(shapes.map(({ name }) => name)).size).toBe(shapes.length)
})

describe.each(shapes)('$name', ({ octets: mail, place, footers }) => {
  const before = readMessage(mail)

  test('can be revised and undone', () => {
    const revision = revise(before, everything)
    expect(proveRevision(before, revision)).toEqual({ kind: 'proved' })
  })

  test('comes back with the body that it had', () => {
    const revision = revise(before, everything)
    const body = applyRecipe(received(revision.message), revision.recipe)?.body ?? Buffer.alloc(0)
    expect(body.equals(before.body)).toBe(true)
  })

  test(`gets its footer ${place}`, async () => {
    const { message } = revise(before, [rules.footer])
    const after = received(message)
    expect(bodyText(after).split(footerMark).length - 1).toBe(footers)
    if (place === 'in text' || place === 'nowhere') {
      expect(message.fields.map(({ octets }) => octets)).toEqual(
        completed(before.fields.map(({ octets }) => octets)),
      )
    } else {
      // mailsplit knows no outer boundary that ends an inner multipart (RFC 2046 section 5.1.2).
      const isUnclear = mimeStructure(before) === undefined
      const last = isUnclear ? bodyText(after).slice(-400) : (await leaves(after)).at(-1)?.text
      expect(last).toContain(footerMark)
    }
  })

  test('keeps the content of every part that it had', async () => {
    const was = await leaves(before)
    const { message } = revise(before, [rules.footer])
    const is = await leaves(received(message))
    const isUnclear = mimeStructure(before) === undefined
    for (const [index, leaf] of was.entries()) {
      if (isUnclear) expect(octets(message).includes(before.body)).toBe(true)
      else expect(withoutFooter(is[index]?.text ?? '')).toBe(withoutFooter(leaf.text))
    }
  })
})

/** The last field of a message that ends in it gets its line end. */
function completed(fields: readonly Buffer[]): readonly Buffer[] {
  return fields.map(field => (field.subarray(-2).equals(crlf) ? field : Buffer.concat([field, crlf])))
}

/** White space aside (and escapes back to ASCII): that the footer comes on lines of its own is no change of content. */
function withoutFooter(text: string): string {
  return text
    .replaceAll('\x1b(B', '')
    .replace(/-{35}\s+You read this on the team list\.\s+To leave: https:\/\/lists\.list\.example\/leave/, '')
    .replace(/<hr>\s*<p>\s*You read this.*?<\/p>/s, '')
    .replace(/\s+/g, '')
}
