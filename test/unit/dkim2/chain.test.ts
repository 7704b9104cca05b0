import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { assembleChain } from '../../../src/dkim2/chain.ts'
import type { Hop, Version } from '../../../src/dkim2/model.ts'
import { newField } from '../../../src/message/message.ts'

const field = newField('X', '')
const names = {
  versionLabel: (number: number) => `MailVersion v=${number}`,
  versionTag: 'v',
  hopVersionTag: 'mv',
}

function hop(sequence: number, version: number): Hop {
  return {
    sequence,
    version,
    timestampSeconds: 0,
    reversePath: '',
    forwardPaths: [],
    domain: 'a.example',
    signatures: [],
    flags: [],
    addedFields: [],
    field,
    signingForm: '',
  }
}

function version(number: number): Version {
  return {
    number,
    field,
    signingForm: '',
    hashes: [],
    parts: [],
    changes: { body: false, headers: [], headersReplaced: [], unrecoverable: false },
    recipe: () => ({ headers: [] }),
  }
}

function result(hops: readonly Hop[], versions: readonly number[]): string {
  const chain = assembleChain(hops, versions.map(version), names)
  if ('state' in chain) return `${chain.state} ${chain.error}`
  return `${chain.hops.map(entry => entry.sequence)} over ${chain.versions.map(entry => entry.number)}`
}

describe('a chain', () => {
  test.each([
    [[hop(1, 1)], [1], '1 over 1'],
    [[hop(2, 2), hop(1, 1)], [1, 2], '1,2 over 1,2'],
    [[hop(1, 0), hop(2, 0)], [], '1,2 over '],
    [[hop(1, 0), hop(2, 1)], [1], '1,2 over 1'],
    [[hop(1, 3)], [3, 2, 1], '1 over 1,2,3'],
  ])('is put in order', (hops, versions, expected) => {
    expect(result(hops, versions)).toBe(expected)
  })

  test.each([
    ['without its first hop', [hop(2, 1)], [1], 'DKIM2-Signature i=1 missing'],
    ['with a gap in i=', [hop(1, 1), hop(3, 1)], [1], 'DKIM2-Signature i=2 missing'],
    ['with a hop twice', [hop(1, 1), hop(1, 1)], [1], 'DKIM2-Signature i=1 tag=i was unexpected'],
    ['without its first version', [hop(1, 2)], [2], 'MailVersion v=1 missing'],
    ['with a gap in v=', [hop(1, 3)], [1, 3], 'MailVersion v=2 missing'],
    ['with a version twice', [hop(1, 1)], [1, 1], 'MailVersion v=1 tag=v was unexpected'],
    ['that names a version that is not there', [hop(1, 2)], [1], 'MailVersion v=2 missing'],
    [
      'that names fewer versions later',
      [hop(1, 2), hop(2, 1)],
      [1, 2],
      'DKIM2-Signature i=2 tag=mv was unexpected',
    ],
    ['with a version above all hops', [hop(1, 1)], [1, 2], 'MailVersion v=2 is not signed'],
    ['of versions only', [], [1], 'MailVersion v=1 is not signed'],
    ['with gaps in both names the version', [hop(2, 2)], [2], 'MailVersion v=1 missing'],
  ])('%s is malformed', (_what, hops, versions, expected) => {
    expect(result(hops, versions)).toBe(`permerror ${expected}`)
  })

  test('is the same in whatever order its fields stand', () => {
    const hops = [hop(1, 1), hop(2, 2), hop(3, 2), hop(4, 3)]
    fc.assert(
      fc.property(
        fc.shuffledSubarray(hops, { minLength: 4 }),
        fc.shuffledSubarray([1, 2, 3], { minLength: 3 }),
        (h, v) => {
          expect(result(h, v)).toBe('1,2,3,4 over 1,2,3')
        },
      ),
    )
  })
})
