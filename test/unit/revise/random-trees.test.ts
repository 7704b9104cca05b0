import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readMessage } from '../../../src/message/message.ts'
import { footer } from '../../../src/revise/footer.ts'
import { mimeStructure } from '../../../src/revise/mime-structure.ts'
import { proveRevision } from '../../../src/revise/prove.ts'
import { revise } from '../../../src/revise/revision.ts'
import { randomMail } from './mime-trees.ts'
import { bodyText, everything, footerMark, leaves, octets as octetsIn, received } from './support.ts'

test('any MIME tree can be revised and undone, and is read on the wire as it was made', () => {
  fc.assert(
    fc.property(randomMail, octets => {
      const before = readMessage(octets)
      const revision = revise(before, everything)
      expect(proveRevision(before, revision)).toEqual({ kind: 'proved' })
      const arrived = received(revision.message)
      expect(proveRevision(before, { ...revision, message: arrived })).toEqual({ kind: 'proved' })
      const isEnded = before.body.length === 0 || before.body.subarray(-2).toString() === '\r\n'
      if (isEnded) expect(bodyText(arrived)).toContain(footerMark)
    }),
    { numRuns: 1_500 },
  )
})

test('so it can with a footer beyond ASCII', () => {
  const rule = footer({ text: '-- \nGrüße vom Büro, 日本語\n', html: '<p>Grüße</p>' })
  fc.assert(
    fc.property(randomMail, octets => {
      const before = readMessage(octets)
      const revision = revise(before, [rule])
      expect(proveRevision(before, { ...revision, message: received(revision.message) })).toEqual({
        kind: 'proved',
      })
    }),
    { numRuns: 500 },
  )
})

test('two lists in a row are undone one after the other, and both at once by one composed recipe', () => {
  const other = footer({ text: '_____\nsecond list' })
  fc.assert(
    fc.property(randomMail, octets => {
      const before = readMessage(octets)
      const both = revise(before, [...everything, other])
      expect(proveRevision(before, both)).toEqual({ kind: 'proved' })
      const first = revise(before, everything)
      expect(proveRevision(first.message, revise(first.message, [other]))).toEqual({ kind: 'proved' })
    }),
    { numRuns: 500 },
  )
})

test('a footer adds nothing but itself: every part of a clear tree keeps its octets, and a new one has but the footer', async () => {
  const rule = footer({ text: footerMark })
  await fc.assert(
    fc.asyncProperty(randomMail, async octets => {
      // mailsplit sees no boundary in a line without end.
      const before = readMessage(Buffer.concat([octets, Buffer.from('\r\n')]))
      if (!mimeStructure(before)) return
      const was = await leaves(before)
      const is = await leaves(received(revise(before, [rule]).message))
      const kept = is.filter(({ text }) => !text.includes(footerMark)).map(({ text }) => text.trimEnd())
      const rest = was.map(({ text }) => text.trimEnd())
      for (const text of kept) expect(rest).toContain(text)
      expect(is.length - was.length).toBeLessThanOrEqual(1)
    }),
    { numRuns: 500 },
  )
})

test('octets that are no mail at all never make a rule throw', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300 }),
      fc.constantFrom('', 'Subject: ', 'From: a@b.example\r\nContent-Type: '),
      (octets, start) => {
        const before = readMessage(Buffer.concat([Buffer.from(start), octets]))
        const revision = revise(before, everything)
        const text = octetsIn(before).toString('latin1')
        // A bare CR or LF in what is to be given back cannot be carried, reception refuses such mail; and a header that
        // begins with white space is no header.
        if (/\r(?!\n)|(?<!\r)\n|^[ \t]/.test(text)) return
        const names = revision.message.fields.map(({ name }) => name)
        expect(received(revision.message).fields.map(({ name }) => name)).toEqual(names)
        expect(proveRevision(before, revision)).toEqual({ kind: 'proved' })
      },
    ),
    { numRuns: 1_500 },
  )
})
