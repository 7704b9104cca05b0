import { describe, expect, test } from 'vitest'
import { fetchKeys, type TxtAnswer, type TxtLookup } from '../../../src/dkim2/keys.ts'
import type { Algorithm, Hop, Signature } from '../../../src/dkim2/model.ts'
import { newField } from '../../../src/message/message.ts'
import { lookup } from '../../support/dkim2-parties.ts'

const known: ReadonlySet<Algorithm> = new Set(['rsa-sha256', 'ed25519-sha256'])

function signature(selector: string, algorithm = 'ed25519-sha256'): Signature {
  return { selector, algorithm, value: Buffer.alloc(64) }
}

function hop(sequence: number, domain: string, ...signatures: Signature[]): Hop {
  return {
    sequence,
    version: 0,
    timestampSeconds: 0,
    reversePath: '',
    forwardPaths: [],
    domain,
    signatures,
    flags: [],
    addedFields: [],
    field: newField('DKIM2-Signature', ''),
    signingForm: '',
  }
}

function counting(answer: TxtLookup): { lookup: TxtLookup; names: string[] } {
  const names: string[] = []
  return {
    names,
    lookup: name => {
      names.push(name)
      return answer(name)
    },
  }
}

async function errors(hops: readonly Hop[], answer: TxtLookup): Promise<string[]> {
  const { failures } = await fetchKeys(hops, known, answer)
  return failures.map(failure => `${failure.state} ${failure.error}`)
}

describe('the keys of a chain', () => {
  test('are there for every signature that can be checked', async () => {
    const one = signature('ed')
    const two = signature('rsa', 'rsa-sha256')
    const keys = await fetchKeys([hop(1, 'origin.example', one, two)], known, lookup)
    expect(keys.failures).toEqual([])
    expect(keys.keyOf(one)?.algorithm).toBe('ed25519-sha256')
    expect(keys.keyOf(two)?.algorithm).toBe('rsa-sha256')
  })

  test('are looked up once for each name, whatever its case', async () => {
    const counted = counting(lookup)
    await fetchKeys(
      [
        hop(1, 'origin.example', signature('ed')),
        hop(2, 'origin.example', signature('ED')),
        hop(3, 'list.example', signature('ed')),
      ],
      known,
      counted.lookup,
    )
    expect(counted.names.sort()).toEqual(['ed._domainkey.list.example', 'ed._domainkey.origin.example'])
  })

  test('are looked up all at the same time', async () => {
    const { promise, resolve } = Promise.withResolvers<TxtAnswer>()
    const counted = counting(() => promise)
    const fetched = fetchKeys(
      [
        hop(1, 'a.example', signature('ed')),
        hop(2, 'b.example', signature('ed')),
        hop(3, 'c.example', signature('ed')),
      ],
      known,
      counted.lookup,
    )
    expect(counted.names).toHaveLength(3)
    resolve({ kind: 'absent' })
    expect((await fetched).failures).toHaveLength(3)
  })

  test('are not looked up for an algorithm that nobody knows', async () => {
    const counted = counting(lookup)
    await fetchKeys(
      [hop(1, 'origin.example', signature('ed'), signature('pq', 'mldsa44'))],
      known,
      counted.lookup,
    )
    expect(counted.names).toEqual(['ed._domainkey.origin.example'])
  })
})

describe('a key that cannot be used', () => {
  const one = [hop(2, 'a.example', signature('sel'))]

  test.each([
    ['cannot be fetched now', { kind: 'temporary', reason: 'SERVFAIL' }, 'temperror', 'could not be fetched'],
    ['is absent', { kind: 'absent' }, 'permerror', 'does not exist'],
    ['has no record', { kind: 'records', records: [] }, 'permerror', 'does not exist'],
    ['has two records', { kind: 'records', records: ['p=AA', 'p=AA'] }, 'permerror', 'has multiple records'],
    ['is malformed', { kind: 'records', records: ['p'] }, 'permerror', 'has a syntax error'],
    ['is revoked', { kind: 'records', records: ['k=ed25519; p='] }, 'permerror', 'has been revoked'],
    [
      'is of an unknown kind',
      { kind: 'records', records: ['k=x; p=AAAA'] },
      'permerror',
      'algorithm mismatch',
    ],
  ] as [string, TxtAnswer, string, string][])('as it %s is told so', async (_what, answer, state, text) => {
    expect(await errors(one, async () => answer)).toEqual([
      `${state} DKIM2-Signature i=2 public key sel ${text}`,
    ])
  })

  test('as its kind is not that of the signature is told so', async () => {
    const wrong = [hop(1, 'origin.example', signature('rsa'))]
    expect(await errors(wrong, lookup)).toEqual([
      'permerror DKIM2-Signature i=1 public key rsa algorithm mismatch',
    ])
  })

  test('as the lookup rejects or throws counts as not fetched', async () => {
    const rejects: TxtLookup = () => Promise.reject(new Error('broken'))
    const throws: TxtLookup = () => {
      throw new Error('broken')
    }
    for (const broken of [rejects, throws]) {
      expect(await errors(one, broken)).toEqual([
        'temperror DKIM2-Signature i=2 public key sel could not be fetched',
      ])
    }
  })

  test('as no algorithm of the hop is known fails the hop', async () => {
    const unknown = [hop(1, 'origin.example', signature('x', 'rsa-sha3'), signature('y', 'mldsa44'))]
    expect(await errors(unknown, lookup)).toEqual([
      'permerror DKIM2-Signature i=1 public key x algorithm mismatch',
    ])
  })

  test('is told in ascending order of hops', async () => {
    const three = [1, 2, 3].map(sequence => hop(sequence, 'a.example', signature(`s${sequence}`)))
    const texts = await errors(three, async () => ({ kind: 'absent' }))
    expect(texts.map(text => text.slice(26, 29))).toEqual(['i=1', 'i=2', 'i=3'])
  })
})
