import { describe, expect, test } from 'vitest'
import { shownHeader } from '../../../src/admit/dkim-signatures.ts'
import { dkimSignatures } from '../../../src/limits.ts'
import { readMessage } from '../../../src/message/message.ts'

const author = 'From: A <a@author.example>\r\nTo: b@alias.example\r\nSubject: x\r\nX-Other: y\r\n'

function signature({ d = 'other.example', h = 'from:to', extra = '', a = 'rsa-sha256' } = {}): string {
  return `DKIM-Signature: v=1; a=${a}; c=relaxed/relaxed; d=${d};\r\n s=s; ${extra}h=${h};\r\n bh=AAAA; b=AAAA\r\n`
}

function shown(header: string, bounds = {}) {
  const message = readMessage(Buffer.from(`${header}\r\nbody\r\n`, 'latin1'))
  return shownHeader(message, 'a@bücher.example', { ...dkimSignatures, ...bounds })
}

const domains = (header: string) => shown(header)?.signatures.map(({ domain }) => domain)

describe('the signatures that are looked at', () => {
  test('are those of the domains of From and MAIL FROM first, then those below them, and ten at most', () => {
    const others = Array.from({ length: 300 }, (_, at) => signature({ d: `d${at}.example` })).join('')
    const near = ['mail.author.example', 'XN--bcher-kva.example', 'author.example'].map(d => signature({ d }))
    const found = domains(others + near.join('') + author)
    expect(found?.slice(0, 3)).toEqual(['xn--bcher-kva.example', 'author.example', 'mail.author.example'])
    expect(found).toHaveLength(10)
  })

  test.each(['l=1; ', 'L=1; ', 'l = 1; ', 'l\t=0; ', 'l=x; ', '\r\n\tl=5;\r\n '])(
    'are none that covers a part of the body only: %j',
    extra => {
      expect(domains(signature({ extra }) + author)).toBeUndefined()
    },
  )

  test('are none with SHA-1 (RFC 8301)', () => {
    expect(domains(signature({ a: 'rsa-sha1' }) + author)).toBeUndefined()
    expect(domains(signature({ a: 'ed25519-sha256' }) + author)).toHaveLength(1)
  })

  test.each([
    ['a line of 64 KiB', `To: ${'x'.repeat(70_000)}\r\n`],
    ['such a line among shorter ones', `To: x\r\n ${'x'.repeat(70_000)}\r\n`],
    ['such a line below it that is no field', `To: x\r\n${'x'.repeat(70_000)}\r\n`],
  ])('are none that covers a field of %s', (_name, to) => {
    const signatures = signature({ h: 'from:to' }) + signature({ h: 'from' })
    expect(shown(`${signatures}${to}From: a@author.example\r\nTo: y\r\n`)?.signatures).toMatchObject([
      { signedNames: ['from'] },
    ])
  })

  test('are none where From or Content-Type is too long to be taken apart', () => {
    const from = `From: ${'<a@b>,\r\n '.repeat(2_000)}<a@b>\r\n`
    expect(shown(signature() + from)).toBeUndefined()
    const type = `Content-Type: a/b; ${'x=y;\r\n '.repeat(2_000)}\r\n`
    expect(shown(signature({ h: 'from:content-type' }) + type + author)).toBeUndefined()
    expect(shown(signature() + type + author)?.signatures).toHaveLength(1)
  })

  test('are fewer where each covers much', () => {
    const many = Array.from({ length: 10 }, (_, at) => signature({ d: `d${at}.example` })).join('')
    const to = `To: ${'someone@somewhere.example,\r\n '.repeat(900)}x@y.example\r\n`
    expect(shown(many + to + author, { maxHeaderBytes: 100_000 })?.signatures).toHaveLength(3)
    expect(shown(many + author, { maxHeaderBytes: 100_000 })?.signatures).toHaveLength(10)
  })
})

describe('the fields that are looked at', () => {
  test('are the covered ones and the signatures, in their order', () => {
    const header = `X-Top: 1\r\n${signature({ h: 'from : SUBJECT:missing' })}ARC-Seal: i=1\r\n${author}`
    expect(shown(header)?.fields.map(({ name }) => name)).toEqual(['DKIM-Signature', 'From', 'Subject'])
  })

  test('hold a line that is no field where it follows a covered one: it must not vanish from what was signed', () => {
    const header = `${signature()}From: a@author.example\r\nno field\r\nX-Other: 1\r\nneither\r\n`
    expect(shown(header)?.fields.map(({ octets }) => octets.toString())).toEqual([
      signature(),
      'From: a@author.example\r\n',
      'no field\r\n',
    ])
  })
})
