import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { reflectors } from '../../../src/record/reflection-record.ts'
import { expectationOf, reflectorOf } from '../../../src/reflect/reflectors.ts'

test('a local part names a reflector without regard to case, and as a whole', () => {
  expect(reflectorOf('reflect-raw')).toBe('raw')
  expect(reflectorOf('Reflect-Delayed-DSN')).toBe('delayed-dsn')
  for (const other of ['reflect', 'reflect-', 'reflect-rawx', 'xreflect-raw', 'reflect-raw+tag', 'raw'])
    expect(reflectorOf(other)).toBeUndefined()
})

test('docs/interop.md has a row for every address, with the result that a verifier must give', () => {
  const rows = readFileSync('docs/interop.md', 'utf8').split('\n')
  for (const reflector of reflectors) {
    const row = rows.find(line => line.startsWith(`| \`reflect-${reflector}@\` |`))
    const { result } = expectationOf(reflector, 'mailversion', '09')
    expect(row?.split(' | ')[2] ?? `no row of ${reflector}`).toMatch(
      new RegExp(`${result.toUpperCase()}|^the same `),
    )
  }
})
