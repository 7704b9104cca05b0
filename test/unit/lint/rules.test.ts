/** lint: every rule has a message that breaks it, and the same message as it should be. */
import { describe, expect, test } from 'vitest'
import { withCrlf } from '../../../src/cli/saved-message.ts'
import { type LintReport, lintMessage } from '../../../src/lint/lint.ts'
import { type RuleName, rules } from '../../../src/lint/rules.ts'
import { lintCases } from './cases.ts'

function lint(text: string): LintReport {
  const file = Buffer.from(text, 'latin1')
  const bare = /(?<!\r)\n/.exec(text)?.index
  return lintMessage(withCrlf(file).octets, bare === undefined ? {} : { mixedAt: bare })
}

/** The command line refuses to do without: every rule of the table. */
const names = Object.keys(rules) as RuleName[]

describe.each(names)('%s', rule => {
  const { wrong, right, at } = lintCases[rule]

  test(`is found where it is: ${rules[rule].what} (${rules[rule].section})`, () => {
    const found = lint(wrong).findings.filter(one => one.rule === rule)
    expect(found.map(({ line, column }) => [line, column])).toContainEqual([...at])
    expect(found[0]).toMatchObject({ severity: rules[rule].severity, section: rules[rule].section })
  })

  test('is not found in the message as it should be', () => {
    expect(lint(right).findings.map(one => one.rule)).not.toContain(rule)
  })
})

/** What makes a message right by one rule need not be a remark of another: these speak of the same thing from two sides. */
const alsoSaid: Partial<Record<RuleName, readonly RuleName[]>> = {
  'unsubscribe-malformed': ['unsubscribe-no-post'],
  'unsubscribe-no-post': ['unsubscribe-not-signed'],
  'no-unsubscribe': ['unsubscribe-no-post'],
  'repeated-list-field': ['no-unsubscribe'],
  'bad-list-id': ['no-unsubscribe'],
  'not-looked-at': ['line-over-998'],
}

test('the messages as they should be have no other fault', () => {
  const faults = names.flatMap(rule =>
    lint(lintCases[rule].right)
      .findings.filter(one => !(alsoSaid[rule] ?? []).includes(one.rule))
      .filter(one => one.severity !== 'remark')
      .map(one => `${rule}: ${one.rule} ${one.found}`),
  )
  expect(faults).toEqual([])
})

test('a mistake that is made a thousand times is told twenty times, and the rest is counted', () => {
  const { findings, leftOut } = lint(`${'X-A: \x01\r\n'.repeat(1_000)}\r\n`)
  expect(findings.filter(one => one.rule === 'control-character')).toHaveLength(20)
  expect(leftOut['control-character']).toBe(980)
})

test('what would be right is written out where it can be: encoded-words, extended parameters, names', () => {
  const first = (rule: RuleName) =>
    lint(lintCases[rule].wrong).findings.find(one => one.rule === rule)?.instead
  expect(first('subject-not-encoded')).toBe('write =?utf-8?q?Gr=C3=BC=C3=9Fe?=')
  expect(first('name-not-encoded')).toBe('write =?utf-8?q?J=C3=B6rg?=')
  expect(first('parameter-not-ascii')).toBe("write filename*=utf-8''na%C3%AFve.txt")
  expect(first('charset-name')).toBe('write utf-8')
  expect(first('wrong-weekday')).toBe('write Sat, or no day')
})
