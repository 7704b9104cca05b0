/** SQL as it is written for SQLite, as PostgreSQL takes it. */
import { expect, test } from 'vitest'
import { bind, template } from '../../../src/store/postgres/dialect.ts'

const text = (sql: string, ...parameters: unknown[]) => bind(template(sql), parameters)

test.each([
  [
    'SELECT a FROM t WHERE b = ? AND c = ?',
    [1, 'x'],
    'SELECT a FROM t WHERE b = $1::bigint AND c = $2',
    [1, 'x'],
  ],
  [
    'UPDATE t SET a = @a WHERE a <> @a',
    [{ a: 0.5 }],
    'UPDATE t SET a = $1::double precision WHERE a <> $1::double precision',
    [0.5],
  ],
  ['SELECT queue_id AS queueId FROM t', [], 'SELECT queue_id AS "queueId" FROM t', []],
  [`SELECT '@no ? camelCase' FROM t`, [], `SELECT '@no ? camelCase' FROM t`, []],
  ['x IN (SELECT value FROM json_each(?))', ['[1,2]'], 'x = ANY ($1::bigint[])', [[1, 2]]],
  ['x NOT IN (SELECT value FROM json_each(@ids))', [{ ids: '["a"]' }], 'x <> ALL ($1::text[])', [['a']]],
  ['x IN (SELECT value FROM json_each(@ids))', [{ ids: '[]' }], 'x = ANY ($1)', [[]]],
  ['(@a IS NULL OR b = @a)', [{ a: null }], '(true OR b = $1)', [null]],
  ['(@a IS NULL OR b = @a)', [{ a: 5 }], '(false OR b = $1::bigint)', [5]],
  [
    'SET a = max(a - 1, 0), b = (SELECT max(b) FROM t)',
    [],
    'SET a = greatest(a - 1, 0), b = (SELECT max(b) FROM t)',
    [],
  ],
  ['SET a = max(coalesce(a, 0), ?)', [1], 'SET a = greatest(coalesce(a, 0), $1::bigint)', [1]],
  [
    'INSERT OR IGNORE INTO t (a) VALUES (?)',
    ['\0'],
    'INSERT INTO t (a) VALUES ($1) ON CONFLICT DO NOTHING',
    ['\ufffd'],
  ],
  ['INSERT INTO lists (a) VALUES (?)', [undefined], 'INSERT INTO lists (a) VALUES ($1) RETURNING id', [null]],
] as const)('%s', (sql, parameters, expected, values) => {
  expect(text(sql, ...parameters)).toEqual({ text: expected, values })
})

test('octets go as they are, also those of a part of a buffer', () => {
  const { values } = text('?', Buffer.from('abcdef').subarray(2, 4))
  expect(values).toEqual([Buffer.from('cd')])
})

test('a list of values that is none is refused, with what it is', () => {
  expect(() => text('x IN (SELECT value FROM json_each(?))', '{"a":1}')).toThrow(
    new TypeError('expected a list of values as JSON, found {"a":1}'),
  )
})
