import { describe, expect, test } from 'vitest'
import { type Case, runCases, zoneLookup } from '../../../src/dkim2/cases.ts'
import { alias, laterSeconds, lookup, octets, threeHops } from '../../support/dkim2-parties.ts'

const good: Case = {
  name: 'three hops',
  file: 'x.eml',
  mail_from: alias.from,
  rcpt_to: alias.to,
  expected: 'pass',
  now: laterSeconds,
}

describe('running cases', () => {
  test('tells which agree and what was said', async () => {
    const file = octets(await threeHops())
    const cases = [good, { ...good, name: 'wrong', expected: 'fail' as const }]
    expect(await runCases(cases, () => file, lookup)).toEqual([
      { name: 'three hops', expected: 'pass', actual: 'pass', agrees: true, text: 'PASS' },
      { name: 'wrong', expected: 'fail', actual: 'pass', agrees: false, text: 'PASS' },
    ])
  })

  test('loads the file that a case names', async () => {
    const file = octets(await threeHops())
    const loaded: string[] = []
    const load = (name: string) => {
      loaded.push(name)
      return file
    }
    await runCases([good], load, lookup)
    expect(loaded).toEqual(['x.eml'])
  })

  test('takes addresses with angle brackets too', async () => {
    const file = octets(await threeHops())
    const bracketed = { ...good, mail_from: `<${alias.from}>`, rcpt_to: alias.to.map(path => `<${path}>`) }
    expect((await runCases([bracketed], () => file, lookup))[0]?.actual).toBe('pass')
  })

  test('verifies at the time of the case', async () => {
    const file = octets(await threeHops())
    const [late] = await runCases([{ ...good, now: laterSeconds + 15 * 86_400 }], () => file, lookup)
    expect(late?.text).toBe('PERMERROR DKIM2-Signature i=1 signature expired')
  })
})

describe('a zone file', () => {
  const zone = zoneLookup({
    'Example.org': {
      'sel._domainkey': [
        ['txt', 'one'],
        ['txt', 'two'],
        ['mx', 'ignored'],
      ],
      '': [['txt', 'apex']],
      '@': [['a', '192.0.2.1']],
      www: [['a', '192.0.2.1']],
    },
  })

  test.each([
    ['sel._domainkey.example.org', ['one', 'two']],
    ['SEL._domainkey.EXAMPLE.org', ['one', 'two']],
    ['example.org', ['apex']],
  ])('answers for %s', async (name, records) => {
    expect(await zone(name)).toEqual({ kind: 'records', records })
  })

  test.each(['www.example.org', 'other.example.org', '', 'constructor'])('has nothing for %j', async name => {
    expect(await zone(name)).toEqual({ kind: 'absent' })
  })
})
