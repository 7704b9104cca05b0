/** Whatever shape a post has, its reader sees the footer below all of its text, in whichever alternative is shown. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { applyRecipe } from '../../../src/dkim2/index.ts'
import type { Message } from '../../../src/message/message.ts'
import { footer } from '../../../src/revise/footer.ts'
import { htmlPlace } from '../../../src/revise/html-place.ts'
import { proveRevision } from '../../../src/revise/prove.ts'
import { revise } from '../../../src/revise/revision.ts'
import { leaves, message, received } from './support.ts'

const mark = 'The team list'
const rule = footer({ text: mark })

/** The leaves of the message with its footer, once undoing has given back the octets. */
async function revised(text: string): Promise<{ type: string; text: string }[]> {
  const before = message(text)
  const revision = revise(before, [rule])
  expect(proveRevision(before, revision)).toEqual({ kind: 'proved' })
  const undone: Message | undefined = applyRecipe(received(revision.message), revision.recipe)
  expect(undone?.body.equals(before.body)).toBe(true)
  return leaves(received(revision.message))
}

const multipart = (type: string, parts: readonly string[], boundary = 'm', parameters = '') =>
  `Content-Type: multipart/${type}; boundary="${boundary}"${parameters}\n\n${parts.map(part => `--${boundary}\n${part}\n`).join('')}--${boundary}--\n`
const text = (content: string) => `Content-Type: text/plain; charset=us-ascii\n\n${content}`
const html = (content: string) => `Content-Type: text/html; charset=us-ascii\n\n${content}`
const file =
  'Content-Type: application/pdf; name="plan.pdf"\nContent-Disposition: inline; filename="plan.pdf"\nContent-Transfer-Encoding: base64\n\nJVBERi0='
const image = 'Content-Type: image/png\nContent-ID: <i@x>\nContent-Transfer-Encoding: base64\n\niVBORw=='
const calendar = 'Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\nEND:VCALENDAR'
const other = (type: string) => `Content-Type: ${type}\n\nEND`

/** Each row: the numbers of the leaves that get the footer, among how many. */
describe('in the part that is read last', () => {
  test.each([
    ['text, file, text', multipart('mixed', [text('Above.'), file, text('END')]), [2], 3],
    ['text, text', multipart('mixed', [text('Above.'), text('END')]), [1], 2],
    ['text, file', multipart('mixed', [text('END'), file]), [0], 2],
    ['file, text', multipart('mixed', [file, text('END')]), [1], 2],
    [
      'text, image, text, file, text, image',
      multipart('mixed', [text('1'), image, text('2'), file, text('END'), image]),
      [4],
      6,
    ],
    ['text, html', multipart('mixed', [text('Above.'), html('<p>END</p>')]), [1], 2],
    [
      'text or (html, file, html)',
      multipart(
        'alternative',
        [text('END'), multipart('mixed', [html('<p>1</p>'), file, html('<p>END</p>')], 'n')],
        'a',
      ),
      [0, 3],
      4,
    ],
    [
      'text, then text or html',
      multipart('mixed', [text('1'), multipart('alternative', [text('END'), html('<p>END</p>')], 'a')]),
      [1, 2],
      3,
    ],
    [
      'text or html or an invitation',
      multipart('alternative', [text('END'), html('END'), calendar]),
      [0, 1],
      3,
    ],
    ['html with its image', multipart('related', [html('END'), image]), [0], 2],
    [
      'html with its image before it, named by start',
      multipart('related', [image, `Content-ID: <r@x>\n${html('END')}`], 'm', '; start="<r@x>"'),
      [1],
      2,
    ],
    [
      'text of a report',
      multipart('report', [
        text('END'),
        'Content-Type: message/delivery-status\n\nReporting-MTA: dns; x',
        text('no'),
      ]),
      [0],
      3,
    ],
    [
      'text, and what an earlier list put below',
      multipart('mixed', [text('1'), text('-- \nother list')]),
      [1],
      2,
    ],
  ])('%s', async (_what, post, places, count) => {
    const parts = await revised(post)
    expect(parts).toHaveLength(count)
    expect(parts.flatMap((part, at) => (part.text.includes(mark) ? [at] : []))).toEqual(places)
  })
})

describe('in a part of its own at the end, where no other place is sure', () => {
  test.each([
    ['text or markdown', multipart('alternative', [text('END'), other('text/markdown')])],
    ['text or enriched text', multipart('alternative', [text('END'), other('text/enriched')])],
    ['text or AMP or html', multipart('alternative', [text('END'), other('text/x-amp-html'), html('END')])],
    [
      'text or html for a watch or html',
      multipart('alternative', [text('END'), other('text/watch-html'), html('END')]),
    ],
    ['text or a picture', multipart('alternative', [text('END'), image])],
    [
      'text or a document',
      multipart('alternative', [text('END'), 'Content-Type: application/xhtml+xml\n\n<p>END</p>']),
    ],
    ['text, markdown', multipart('mixed', [text('Above.'), other('text/markdown')])],
    ['a root that is not there', multipart('related', [image, html('END')], 'm', '; start="<none@x>"')],
    [
      'a root that is there twice',
      multipart(
        'related',
        [`Content-ID: <r@x>\n${html('1')}`, `Content-ID: <r@x>\n${html('END')}`],
        'm',
        '; start="<r@x>"',
      ),
    ],
    ['a root that is a picture', multipart('related', [image, html('END')])],
    [
      'text, something signed',
      multipart('mixed', [
        text('1'),
        multipart('signed', [text('END'), other('application/pgp-signature')], 's'),
      ]),
    ],
    ['a comment that is never closed', html('<html><body><p>END</p>\n<!-- tracking\n')],
    ['a script that is never closed', html('<p>END</p>\n<script>\nw("</body>")\n')],
    ['a style that is never closed', html('<p>END</p>\n<style>\np { }\n')],
    ['a tag that is never closed', html('<p>END</p>\n<a href="x\n')],
    ['plain text to the end', html('<p>END</p>\n<plaintext>\n</body>\n')],
    ['what only some programs show', html('<p>END</p>\n<![if !mso]>\n</body>\n')],
  ])('%s', async (_what, post) => {
    const parts = await revised(post)
    expect(parts.slice(0, -1).filter(part => part.text.includes(mark))).toEqual([])
    expect(parts.at(-1)).toMatchObject({ type: 'text/plain', text: expect.stringContaining(mark) })
  })
})

describe('in HTML, before the end tag that a browser takes for it', () => {
  const swallowed = [
    ['a comment at the end', '<!-- saved from a page that ended with </body> -->'],
    ['a conditional comment', '<!--[if mso]>\n</body>\n<![endif]-->'],
    ['a comment that ends with an exclamation mark', '<!-- </body> --!>'],
    ['a script', '<script>\nw("\n</body>\n")\n</script>'],
    ['a style', '<style>/* </body> */</style>'],
    ['a text field', '<textarea>\n</body>\n</textarea>'],
    ['a title', '<title></body></title>'],
    ['noscript', '<noscript></body></noscript>'],
    ['a frame', '<iframe></body></iframe>'],
    ['an attribute', '<p title="</body>">x</p>'],
    ['an attribute in single quotes', "<p title = '</body>'>x</p>"],
    ['a declaration', '<!x </body>'],
    ['conditions that some programs obey', '<![if !mso]></body><![endif]>'],
    ['another element', '</bodyguard>'],
  ] as const

  test.each(swallowed)('not before one in %s', (_what, markup) => {
    const document = `<html><body><p>END</p>${markup}</body></html>${markup}`
    expect(htmlPlace(document)).toEqual({ tag: document.indexOf(`</body></html>`), isEndShown: true })
    expect(htmlPlace(`<p>END</p>${markup}`)).toEqual({ tag: undefined, isEndShown: true })
  })

  test.each(swallowed)(
    'and the whole post with one in %s keeps its footer in sight',
    async (_what, markup) => {
      for (const body of [`<p>END</p>\n${markup}\n`, `<html><body><p>END</p>\n</body></html>\n${markup}\n`]) {
        const parts = await revised(html(body))
        const shown = parts
          .map(part => part.text)
          .join('')
          .replace(markup, '')
        expect(parts).toHaveLength(1)
        expect(shown).toContain(mark)
      }
    },
  )

  test.each([
    ['<p>END</p></BODY >', '</BODY >'],
    ['<p>1 < 2</p></body>', '</body>'],
    ['<!--></body>', '</body>'],
    ['<!---></body>', '</body>'],
    ['<a href=x"y></body>', '</body>'],
    ["<p>don't</p></body><!-- open", '</body>'],
    ['</body><p>more</p></body>', '</body>'],
  ])('%s', (document, tag) => expect(htmlPlace(document).tag).toBe(document.lastIndexOf(tag)))

  test('also where quoted-printable has cut or encoded the tag', async () => {
    const quoted = (body: string) =>
      `Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n${body}`
    for (const body of [
      '<p>=C3=BC END</p></bo=\ndy></html>\n',
      '=3Cp=3EEND=3C/p=3E=3C/body=3E\n',
      'a=\nb <p>END</p>=\n</body>\n',
    ]) {
      const [part] = await revised(quoted(body))
      expect(part?.text.indexOf(mark)).toBeGreaterThan(part?.text.indexOf('END') ?? 0)
      expect(part?.text.indexOf(mark)).toBeLessThan(part?.text.indexOf('</body>') ?? 0)
    }
  })

  test('whatever the document is, in time that grows with its length', () => {
    const piece = fc.constantFrom(
      '<',
      '>',
      '</body>',
      '<!--',
      '-->',
      '"',
      "'",
      '=',
      '<a ',
      '<script>',
      '</script>',
      'x',
      '<![if',
      '<![endif]>',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), pieces => {
        const document = pieces.join('')
        const { tag } = htmlPlace(document)
        expect(tag === undefined || document.startsWith('</body', tag)).toBe(true)
      }),
    )
    for (const one of ['<!-- x -->', '<!--', '<a =', '<script></script>', '</body>', '<', '<a b="'])
      expect(htmlPlace(one.repeat(100_000))).toBeDefined()
  })
})
