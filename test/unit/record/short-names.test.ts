/** How members of records are called where they are kept. */
import { describe, expect, test } from 'vitest'
import { parseShort, shortName, stringifyShort } from '../../../src/record/short-names.ts'

describe('names of members', () => {
  const record = {
    state: 'pass',
    hops: [{ domain: 'alias.example', flags: [], state: 'pass' }],
    sender: { dkim: [{ covers: { from: 1, sender: 2, state: 3 } }], authenticated: true },
    notifications: { 'A@alias.example': { notify: ['NEVER'] } },
    later: null,
  }

  test('come back as they were, also those of lists, of maps and of versions to come', () => {
    expect(parseShort(stringifyShort(record))).toEqual(record)
  })

  test('are kept as letters, whose meaning never changes', () => {
    expect(stringifyShort(record)).toBe(
      '{"A":"pass","E":[{"G":"alias.example","M":[],"A":"pass"}],"AE":{"dkim":[{"AH":{"from":1,"AE":2,"A":3}}],"AF":true},' +
        '"notifications":{"A@alias.example":{"notify":["NEVER"]}},"later":null}',
    )
    expect([shortName('selector'), shortName('hostname'), shortName('sealers')]).toEqual(['Z', 'AA', 'AL'])
  })

  test('that an earlier version has written out are read', () => {
    expect(parseShort(JSON.stringify(record))).toEqual(record)
  })
})
