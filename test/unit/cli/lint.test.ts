/** lint: what the command prints, and when it ends with which status. */
import { describe, expect, test } from 'vitest'
import { lintCases } from '../lint/cases.ts'
import { relay } from './command-line.ts'

async function lint(input: string, ...options: string[]) {
  return relay(['lint', '-', ...options], { input })
}

async function linted(input: string) {
  const { out } = await lint(input, '--json')
  return JSON.parse(out) as { ok: boolean; findings: { rule: string; line: number; column: number }[] }
}

const sound = lintCases['bare-carriage-return'].right
const faulty = lintCases['subject-not-encoded'].wrong

describe('for people', () => {
  test('a fault is told with its place, its name, its section, the words, and how it should be', async () => {
    const { out, status } = await lint(faulty)
    expect(out).toBe(
      [
        '4:12  error  subject-not-encoded  (RFC 2047 section 5 (1))',
        '  Subject has characters that are not ASCII: Grüße',
        '  -> write =?utf-8?q?Gr=C3=BC=C3=9Fe?=',
        '',
        '-: 1 error',
        '',
      ].join('\n'),
    )
    expect(status).toBe(1)
  })

  test('no line is longer than 80 columns unless one word is', async () => {
    const wrong = Object.values(lintCases).map(one => one.wrong)
    const outs = await Promise.all(wrong.map(async one => (await lint(one)).out))
    const long = outs.flatMap(out => out.split('\n')).filter(line => line.length > 80)
    expect(long.filter(line => line.trim().split(' ').length > 2)).toEqual([])
  })

  test('a sound message is said to be one', async () => {
    expect(await lint(sound)).toMatchObject({ status: 0, out: '-: nothing to find fault with\n' })
  })
})

describe('exit status', () => {
  test('a warning is none with which a program should fail, unless it is asked to', async () => {
    const { wrong } = lintCases['no-message-id']
    expect((await lint(wrong)).status).toBe(0)
    expect((await lint(wrong, '--strict')).status).toBe(1)
  })

  test('a remark never is', async () => {
    const { wrong } = lintCases['header-line-over-78']
    expect((await lint(wrong, '--strict')).status).toBe(0)
  })

  test('an empty file is a mistake of the caller', async () => {
    expect((await lint('')).status).toBe(2)
  })
})

describe('files of other programs', () => {
  test('line feeds alone are what an editor writes, and change no place', async () => {
    const { findings } = await linted(faulty.replaceAll('\r\n', '\n'))
    expect(findings).toMatchObject([{ rule: 'subject-not-encoded', line: 4, column: 12 }])
  })

  test('mixed line ends are a fault, at the first line that ends otherwise', async () => {
    const { findings } = await linted(sound.replace('+0000\r\n', '+0000\n'))
    expect(findings).toMatchObject([{ rule: 'mixed-line-ends', line: 2, column: 38 }])
  })

  test('the line that an mbox file begins with counts as a line of the file', async () => {
    const { findings } = await linted(`From a@origin.example Sat Nov 15 10:00:00 2025\r\n${faulty}`)
    expect(findings).toMatchObject([{ rule: 'subject-not-encoded', line: 5, column: 12 }])
  })
})
