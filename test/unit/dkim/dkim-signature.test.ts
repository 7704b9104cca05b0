import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { signWithDkim } from '../../../src/dkim/dkim-signature.ts'
import type { BodyForm } from '../../../src/dkim2/message-version.ts'
import type { Signer } from '../../../src/dkim2/signer.ts'
import { fieldValue, type Message, prependFields, readMessage } from '../../../src/message/message.ts'
import { laterSeconds, message, octets, plain, signer, zone } from '../../support/dkim2-parties.ts'
import { mailauthVerdict, opendkimVerdict, whyNoOpendkim } from '../../support/today-verifiers.ts'

const keys = zone() as Parameters<typeof mailauthVerdict>[1]
const domain = 'list.example'
const both = [signer(domain, 'ed'), signer(domain, 'rsa')]

async function signed(of: Message, bodyForm: BodyForm = 'simple', signers: readonly Signer[] = both) {
  const signing = await signWithDkim(of, signers, { domain, timestampSeconds: laterSeconds, bodyForm })
  if (signing.kind !== 'signed') throw new Error(signing.reason)
  return prependFields(of, signing.fields)
}

const passes = ['list.example ed pass', 'list.example rsa pass']
const fails = ['list.example ed fail', 'list.example rsa fail']
const post = `List-Id: <team.list.example>
List-Post: <mailto:team@list.example>
List-Unsubscribe: <https://list.example/u/1>, <mailto:team+leave@list.example>
List-Unsubscribe-Post: List-Unsubscribe=One-Click
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
`

/** The message with a text replaced in its octets. */
function changed(of: Message, from: string, to: string): Buffer {
  const text = octets(of).toString('latin1')
  const at = text.lastIndexOf(from)
  if (at < 0) throw new Error(`no ${from}`)
  return Buffer.from(text.slice(0, at) + to + text.slice(at + from.length), 'latin1')
}

const shapes: readonly (readonly [name: string, of: Message])[] = [
  ['a plain message', message(post + plain)],
  ['no body', readMessage(Buffer.from('From: a@list.example\r\nSubject: x\r\n\r\n'))],
  ['no body and no empty line', readMessage(Buffer.from('From: a@list.example\r\n'))],
  ['empty lines at the end', message('From: a@list.example\n\nText  \n\n\n \n\n')],
  [
    'octets beyond ASCII in fields and body',
    message('From: J\xfc <a@list.example>\nX: \xff\n\n\xe9\n', 'latin1'),
  ],
  ['two of a field', message('From: a@list.example\nSubject: one\nSubject: two\nTo: x\nto: y\n\nText\n')],
  ['folds and runs of white space', message('From:\ta@list.example\nSubject : a\n\t b  c \n\n\t text\t\n')],
  ['many fields to name', message(`From: a@list.example\n${'List-Id: <x>\n'.repeat(150)}\nText\n`)],
]

describe.each(['simple', 'relaxed'] as const)('a DKIM-Signature with the body in %s form', form => {
  test.each(shapes)('of %s passes with mailauth, by RSA and by Ed25519', async (_, of) => {
    expect((await mailauthVerdict(octets(await signed(of, form)), keys)).dkim).toEqual(passes)
  })

  test.skipIf(whyNoOpendkim())('of all of them passes with opendkim', async () => {
    for (const [name, of] of shapes.filter(([, { body }]) => body.length > 0)) {
      expect([name, await opendkimVerdict(octets(await signed(of, form)), keys)]).toEqual([name, passes])
    }
  })

  test('of any header fields and body passes with mailauth', async () => {
    const text = fc.string({ unit: fc.constantFrom('a', ' ', '\t', ':', ';', '\r\n ', '='), maxLength: 30 })
    const name = fc.constantFrom('Subject', 'List-Help', 'to', 'X-Other', 'Reply-To')
    const line = fc.string({ unit: fc.constantFrom('a', ' ', '\t', '.'), maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(name, text)), fc.array(line), async (fields, lines) => {
        const header = fields.map(([field, value]) => `${field}: x${value}y\r\n`).join('')
        const body = lines.map(one => `${one}\r\n`).join('')
        const of = readMessage(Buffer.from(`From: a@list.example\r\n${header}\r\n${body}`))
        expect((await mailauthVerdict(octets(await signed(of, form)), keys)).dkim).toEqual(passes)
      }),
      { numRuns: 60 },
    )
  })

  test.skipIf(whyNoOpendkim())('fails with both once the body is another one', async () => {
    const other = changed(await signed(message(plain), form), 'Hello everybody', 'Hello nobody')
    expect(
      (await mailauthVerdict(other, keys)).dkim.map(result => result.replace('neutral', 'fail')),
    ).toEqual(fails)
    expect(await opendkimVerdict(other, keys)).toEqual(fails)
  })
})

describe('what the signature covers', () => {
  const fieldNames = ['From', 'To', 'Cc', 'Subject', 'Date', 'Message-ID', 'Reply-To']

  test.each(fieldNames)(
    'nobody adds a %s, whether there is one or not (RFC 6376 section 8.15)',
    async name => {
      const whole = octets(await signed(message(plain)))
      const field = Buffer.from(`${name}: other@elsewhere.example\r\n`)
      for (const other of [Buffer.concat([field, whole]), insertedAtEnd(whole, field)]) {
        expect((await mailauthVerdict(other, keys)).dkim).toEqual(fails)
      }
    },
  )

  const listFields = ['List-Id', 'List-Post', 'List-Unsubscribe', 'List-Unsubscribe-Post', 'Content-Type']

  test.each(listFields)('%s cannot be changed (RFC 8058 section 4)', async name => {
    const whole = await signed(message(post + plain))
    expect((await mailauthVerdict(changed(whole, `${name}: `, `${name}: x`), keys)).dkim).toEqual(fails)
  })

  test('names in h= what is there, and the seven once more than they are there', async () => {
    const two = message('From: a@list.example\nSubject: one\nSubject: two\nList-Help: <x>\nX-Y: z\n\nText\n')
    const [field] = (await signed(two)).fields
    const names = /h=([^;]*)/.exec(field === undefined ? '' : fieldValue(field))?.[1]?.split(/\s*:\s*/) ?? []
    const counts = Object.fromEntries(
      Map.groupBy(names, name => name)
        .entries()
        .map(([name, all]) => [name, all.length]),
    )
    expect(counts).toEqual({
      from: 2,
      subject: 3,
      'list-help': 1,
      to: 1,
      cc: 1,
      date: 1,
      'message-id': 1,
      'reply-to': 1,
    })
  })

  test('fields of DKIM2, trace and results stay free: later hops add to them', async () => {
    const whole = octets(await signed(message(plain)))
    const added = Buffer.from(
      'Received: from x\r\nDKIM2-Signature: i=9\r\nAuthentication-Results: x; none\r\n',
    )
    expect((await mailauthVerdict(Buffer.concat([added, whole]), keys)).dkim).toEqual(passes)
  })
})

/** The field at the end of the header section. */
function insertedAtEnd(whole: Buffer, field: Buffer): Buffer {
  const end = whole.indexOf('\r\n\r\n') + 2
  return Buffer.concat([whole.subarray(0, end), field, whole.subarray(end)])
}

describe('the keys that sign', () => {
  const parameters = { domain, timestampSeconds: laterSeconds, bodyForm: 'simple' } as const
  const mldsa: Signer = { selector: 'mldsa', algorithm: 'mldsa44', sign: async () => Buffer.alloc(2420) }

  test('ML-DSA is nothing that DKIM knows', async () => {
    const one = await signWithDkim(message(plain), [mldsa, signer(domain, 'ed')], parameters)
    expect(one).toMatchObject({ kind: 'signed', selectors: ['ed'] })
    const none = await signWithDkim(message(plain), [mldsa], parameters)
    expect(none).toEqual({ kind: 'not signed', reason: 'list.example has no RSA or Ed25519 key that signs' })
  })

  test('one of each algorithm is enough', async () => {
    const second = { ...signer(domain, 'rsa'), selector: 'other' }
    const signing = await signWithDkim(message(plain), [...both, second], parameters)
    expect(signing).toMatchObject({ kind: 'signed', selectors: ['ed', 'rsa'] })
  })

  test('a message with more fields to name than a signature may is not signed', async () => {
    const many = message(`From: a@list.example\n${'List-Id: <x>\n'.repeat(200)}\nText\n`)
    expect(await signWithDkim(many, both, parameters)).toMatchObject({ kind: 'not signed' })
  })
})
