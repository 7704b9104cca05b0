/** Which domain a verdict names as the originator, and which hop as the one to blame. */

import { describe, expect, test } from 'vitest'
import { readableOriginator } from '../../../src/dkim2/originator.ts'
import { message, withField } from '../../support/dkim2-parties.ts'
import {
  firstTags,
  hashSet,
  oneHop,
  revisedHop,
  secondEnvelope,
  text,
  verdict,
} from './message-instance/forge.ts'

const plain = message(text)

describe('the originator', () => {
  test.each<[string, string, string | undefined]>([
    ['of a field that is sound', firstTags, 'origin.example'],
    ['of a field that lacks tags', 'I = 01 ; d=\tOrigin.Example', 'origin.example'],
    ['of a field with an unknown tag twice', 'i=1; d=origin.example; x=1; x=2', 'origin.example'],
    ['of a field with d twice', 'i=1; d=origin.example; d=other.example', undefined],
    ['of a field without d', 'i=1; m=1', undefined],
    ['of another hop', 'i=2; d=list.example', undefined],
    ['whose d is no domain', 'i=1; d=a b', undefined],
  ])('%s', (_what, tags, expected) => {
    expect(readableOriginator(withField(plain, 'DKIM2-Signature', tags))).toBe(expected)
  })

  test('is unknown where two fields claim to be the first', () => {
    const twice = withField(withField(plain, 'DKIM2-Signature', firstTags), 'DKIM2-Signature', firstTags)
    expect(readableOriginator(twice)).toBeUndefined()
  })

  test('stands in verdicts, whether the chain can be read or not', async () => {
    expect((await verdict(oneHop())).originator).toBe('origin.example')
    const broken = withField(await oneHop(), 'DKIM2-Signature', 'i=3; m=1')
    expect(await verdict(broken)).toMatchObject({ state: 'permerror', originator: 'origin.example' })
    expect(await verdict(plain)).not.toHaveProperty('originator')
  })
})

describe('the hop that is to blame', () => {
  test('for a version that cannot be read is the first that signed it', async () => {
    const found = await verdict(revisedHop('{"b":'), { envelope: secondEnvelope })
    expect(found).toMatchObject({ failedAt: 2, error: 'Message-Instance m=2 contains invalid JSON' })
  })

  test('is none where nobody signed the version', async () => {
    const sent = withField(await oneHop(), 'Message-Instance', `m=2; h=${hashSet(plain)}; r=AAAA`)
    const found = await verdict(sent)
    expect(found.error).toBe('Message-Instance m=2 contains invalid JSON')
    expect(found).not.toHaveProperty('failedAt')
  })
})
