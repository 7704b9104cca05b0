import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { commandText, isHeloName, parsePathCommand } from '../../../src/smtp/command.ts'
import { mailParameters } from '../../../src/smtp/mail-parameters.ts'

function pathOf(verb: 'MAIL' | 'RCPT', line: string): string | undefined {
  const command = parsePathCommand(verb, line)
  return command.kind === 'path' ? command.path : undefined
}

describe('the text of a command line', () => {
  test('is UTF-8', () => {
    expect(commandText(Buffer.from('MAIL FROM:<jürgen@example.org>'))).toBe('MAIL FROM:<jürgen@example.org>')
  })

  const refused = ['MAIL\0', 'a\rb', 'a\nb', 'a\x7fb', 'a\x1bb', 'a\u0085b']
  test.each(refused)('control characters make it unreadable: %j', text => {
    expect(commandText(Buffer.from(text))).toBeUndefined()
  })

  test('octets that are not UTF-8 make it unreadable', () => {
    expect(commandText(Buffer.from([0x4d, 0xff]))).toBeUndefined()
  })
})

describe('the path of MAIL and RCPT', () => {
  const accepted: [verb: 'MAIL' | 'RCPT', line: string, path: string][] = [
    ['MAIL', 'MAIL FROM:<author@origin.example>', 'author@origin.example'],
    ['MAIL', 'mail from:<Author@Origin.Example>', 'Author@Origin.Example'],
    ['MAIL', 'MAIL FROM: <author@origin.example>', 'author@origin.example'],
    ['MAIL', 'MAIL FROM:<>', ''],
    ['RCPT', 'RCPT TO:<team@alias.example>', 'team@alias.example'],
    ['RCPT', 'RCPT TO:<postmaster>', 'postmaster'],
    ['RCPT', 'RCPT TO:<PostMaster>', 'PostMaster'],
    ['RCPT', 'RCPT TO:<"a b"@alias.example>', '"a b"@alias.example'],
    ['RCPT', 'RCPT TO:<"a>b"@alias.example>', '"a>b"@alias.example'],
    ['RCPT', 'RCPT TO:<"a\\"b"@alias.example>', '"a\\"b"@alias.example'],
    ['RCPT', 'RCPT TO:<a@[192.0.2.1]>', 'a@[192.0.2.1]'],
    ['RCPT', 'RCPT TO:<a@[IPv6:2001:db8::1]>', 'a@[IPv6:2001:db8::1]'],
    ['RCPT', 'RCPT TO:<用户@例子.example>', '用户@例子.example'],
    ['RCPT', 'RCPT TO:<a@xn--fsqu00a.example>', 'a@xn--fsqu00a.example'],
  ]
  test.each(accepted)('%s: %s', (verb, line, path) => {
    expect(pathOf(verb, line)).toBe(path)
  })

  const routed: [line: string, path: string][] = [
    ['RCPT TO:<@one.example:team@alias.example>', 'team@alias.example'],
    ['RCPT TO:<@one.example,@two.example:team@alias.example>', 'team@alias.example'],
  ]
  test.each(routed)('a source route is dropped (RFC 5321 section 4.1.1.3): %s', (line, path) => {
    expect(pathOf('RCPT', line)).toBe(path)
  })

  const refused: [verb: 'MAIL' | 'RCPT', line: string][] = [
    ['MAIL', 'MAIL'],
    ['MAIL', 'MAIL FROM'],
    ['MAIL', 'MAIL FROM:'],
    ['MAIL', 'MAIL FROM:author@origin.example'],
    ['MAIL', 'MAIL FROM:<author@origin.example'],
    ['MAIL', 'MAIL FROM:<author>'],
    ['MAIL', 'MAIL FROM:<postmaster>'],
    ['MAIL', 'MAIL FROM:<a@b@c.example>'],
    ['MAIL', 'MAIL FROM:<<a@b.example>>'],
    ['MAIL', 'MAIL FROM:<a b@c.example>'],
    ['MAIL', 'MAIL FROM:<a@b.example>SIZE=1'],
    ['MAIL', 'MAIL TO:<a@b.example>'],
    ['RCPT', 'RCPT TO:<>'],
    ['RCPT', 'RCPT FROM:<a@b.example>'],
    ['RCPT', 'RCPT TO:<a@>'],
    ['RCPT', 'RCPT TO:<@b.example>'],
    ['RCPT', 'RCPT TO:<a..b@c.example>'],
    ['RCPT', 'RCPT TO:<a@-b.example>'],
    ['RCPT', 'RCPT TO:<"a@b.example>'],
    ['RCPT', `RCPT TO:<${'a'.repeat(60)}@${'b.'.repeat(120)}example>`],
  ]
  test.each(refused)('%s refuses %s', (verb, line) => {
    expect(parsePathCommand(verb, line)).toEqual({ kind: 'bad-path' })
  })

  test('any line gives a result, never an error, and a path holds no bracket outside quotes', () => {
    const line = fc.stringMatching(/^(MAIL FROM:|RCPT TO:|)[<>@:,"\\a.= [\]\u{e9}-]{0,40}$/u)
    fc.assert(
      fc.property(fc.constantFrom('MAIL' as const, 'RCPT' as const), line, (verb, text) => {
        const path = pathOf(verb, text) ?? ''
        expect(path.replace(/"(?:[^"\\]|\\.)*"/g, '')).not.toMatch(/[<>\s"]/)
      }),
    )
  })
})

describe('parameters', () => {
  test('keywords are upper-cased, values kept, a keyword alone has an empty value', () => {
    const command = parsePathCommand('MAIL', 'MAIL FROM:<a@b.example> size=10  Body=8BITMIME SMTPUTF8')
    expect(command).toMatchObject({ kind: 'path' })
    expect(command.kind === 'path' && [...command.parameters]).toEqual([
      ['SIZE', '10'],
      ['BODY', '8BITMIME'],
      ['SMTPUTF8', ''],
    ])
  })

  test.each(['SIZE=1 SIZE=2', 'SIZE=', '=1', 'A=B=C', '-A', 'A_B', 'size=1 SIZE=1'])(
    'syntax error: %s',
    parameters => {
      expect(parsePathCommand('MAIL', `MAIL FROM:<a@b.example> ${parameters}`)).toEqual({
        kind: 'bad-parameters',
      })
    },
  )

  const read = (values: Record<string, string>) =>
    mailParameters(new Map(Object.entries(values)), 1_000, true)

  test('what MAIL carries is read', () => {
    const given = { SIZE: '1000', BODY: '8bitMIME', SMTPUTF8: '' }
    expect(read(given)).toEqual({ declaredBytes: 1_000, bodyType: '8bitmime', smtpUtf8: true })
    expect(read({})).toEqual({ declaredBytes: 0, smtpUtf8: false })
  })

  const refusals: [parameters: Record<string, string>, code: number, enhanced: string][] = [
    [{ SIZE: '1001' }, 552, '5.3.4'],
    [{ SIZE: '99999999999999999999' }, 552, '5.3.4'],
    [{ SIZE: '1e9' }, 501, '5.5.4'],
    [{ SIZE: '-1' }, 501, '5.5.4'],
    [{ BODY: 'BINARYMIME' }, 501, '5.5.4'],
    [{ SMTPUTF8: 'yes' }, 501, '5.5.4'],
    [{ AUTH: '<>' }, 555, '5.5.4'],
    [{ REQUIRETLS: 'yes' }, 501, '5.5.4'],
  ]
  test('REQUIRETLS is taken over TLS, and refused without (RFC 8689)', () => {
    const parameters = new Map([['REQUIRETLS', '']])
    expect(mailParameters(parameters, 1_000, true)).toMatchObject({ requireTls: true })
    expect(mailParameters(parameters, 1_000, false)).toMatchObject({
      refusal: { code: 530, enhanced: '5.7.10' },
    })
  })

  test.each(refusals)('refused: %j', (parameters, code, enhanced) => {
    expect(read(parameters)).toMatchObject({ refusal: { code, enhanced } })
  })
})

describe('the name in HELO', () => {
  test.each([
    'client.example',
    'CLIENT',
    'a_b.example',
    '192.0.2.1',
    '[192.0.2.1]',
    '[IPv6:2001:db8::1]',
    'a.example.',
  ])('accepted: %s', name => expect(isHeloName(name)).toBe(true))

  test.each([
    '',
    '(x)',
    'a b',
    'a;b',
    '<x>',
    '[x',
    '-a',
    'é.example',
    '[a b]',
    `${'a'.repeat(256)}`,
    'a"b',
    '$(id)',
  ])('refused: %j', name => expect(isHeloName(name)).toBe(false))
})
