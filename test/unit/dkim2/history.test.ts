import { describe, expect, test } from 'vitest'
import { defaultBounds, WorkBudget } from '../../../src/dkim2/bounds.ts'
import {
  applyRecipe,
  introducingHop,
  lowestRecoverable,
  previousVersion,
} from '../../../src/dkim2/history.ts'
import { MessageVersion } from '../../../src/dkim2/message-version.ts'
import type { Chain, Version } from '../../../src/dkim2/model.ts'
import { readChain } from '../../../src/dkim2/read-chain.ts'
import type { Message } from '../../../src/message/message.ts'
import { message, octets, plain, threeHops, twoHops } from '../../support/dkim2-parties.ts'

function chainOf(of: Message): Chain {
  const reading = readChain(of, defaultBounds)
  if (reading.kind !== 'chain') throw new Error(`no chain: ${reading.kind}`)
  return reading.chain
}

function version(changes: Partial<Version['changes']>, recipe: Version['recipe'] = () => undefined): Version {
  return {
    number: 2,
    field: { name: 'MailVersion', octets: Buffer.alloc(10) },
    signingForm: '',
    hashes: [],
    parts: [],
    changes: { body: false, headers: [], headersReplaced: [], unrecoverable: false, ...changes },
    recipe,
  }
}

describe('a version of a message', () => {
  test('has the hashes of its own state', () => {
    const state = new MessageVersion(1, message('A: x\n\nbody\n'))
    expect(state.headerForm.toString()).toBe('a:x\r\n')
    expect(state.bodyHash('relaxed', 'sha256')).toHaveLength(32)
    expect(state.bodyHash('simple', 'sha512')).toHaveLength(64)
  })

  test('computes a hash once', () => {
    const state = new MessageVersion(1, message('A: x\n\nbody\n'))
    expect(state.bodyHash('relaxed', 'sha256')).toBe(state.bodyHash('relaxed', 'sha256'))
    expect(state.headerForm).toBe(state.headerForm)
  })

  test('shares the hashes of another version with the same body, and not those of another body', () => {
    const one = new MessageVersion(2, message('A: x\n\nbody\n'))
    const same = new MessageVersion(1, { ...one.message, fields: [] })
    const other = new MessageVersion(1, { ...one.message, body: Buffer.from('other') })
    expect(same.bodyHash('relaxed', 'sha256')).toBe(one.bodyHash('relaxed', 'sha256'))
    expect(same.headerForm).toHaveLength(0)
    expect(other.bodyHash('relaxed', 'sha256')).not.toEqual(one.bodyHash('relaxed', 'sha256'))
  })

  test('takes a body apart anew when its MIME header changed', async () => {
    const text = 'Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b--\n'
    const one = new MessageVersion(2, message(text))
    const same = new MessageVersion(1, { ...one.message, fields: [...one.message.fields] })
    const plainText = new MessageVersion(1, { ...one.message, fields: [] })
    expect(same.partHashes(defaultBounds)).toBe(one.partHashes(defaultBounds))
    expect(await plainText.partHashes(defaultBounds)).not.toEqual(await one.partHashes(defaultBounds))
  })
})

describe('going back', () => {
  const budget = () => new WorkBudget(1_000_000)

  test('over a version without recipes keeps the message', () => {
    const state = new MessageVersion(2, message(plain))
    const previous = previousVersion(state, version({}), budget())
    expect(previous).toMatchObject({ number: 1 })
    expect(previous instanceof MessageVersion && previous.message).toBe(state.message)
  })

  test('over a list gives what the list had received', async () => {
    const sent = await twoHops()
    const [, second] = chainOf(sent).versions
    const previous = second && previousVersion(new MessageVersion(2, sent), second, budget())
    const first = new MessageVersion(1, message(plain))
    if (!(previous instanceof MessageVersion)) throw new Error(`not undone: ${previous}`)
    expect(previous.headerForm.toString()).toBe(first.headerForm.toString())
    expect(previous.message.body.equals(first.message.body)).toBe(true)
  })

  test('over a version that declares the past lost is impossible', () => {
    const state = new MessageVersion(2, message(plain))
    expect(previousVersion(state, version({ unrecoverable: true }), budget())).toBe('unrecoverable')
  })

  test('by a recipe that does not fit is a misfit', () => {
    const state = new MessageVersion(2, message(plain))
    expect(previousVersion(state, version({ body: true }), budget())).toBe('misfit')
    const past = version({ body: true }, () => ({ headers: [], body: [{ kind: 'copy', from: 1, to: 999 }] }))
    expect(previousVersion(state, past, budget())).toBe('misfit')
  })

  test('beyond the budget is refused before anything is rebuilt', () => {
    const state = new MessageVersion(2, message(plain))
    const whole = version({ body: true }, () => ({ headers: [], body: [{ kind: 'copy', from: 1, to: 1 }] }))
    expect(previousVersion(state, whole, new WorkBudget(5))).toBe('too large')
  })
})

describe('a recipe', () => {
  test('that changes nothing gives the message', () => {
    const whole = message(plain)
    expect(applyRecipe(whole, { headers: [] })).toEqual(whole)
  })

  test('that declares the body lost gives nothing', () => {
    expect(applyRecipe(message(plain), { headers: [], body: 'unrecoverable' })).toBeUndefined()
  })

  test('leaves the message it is applied to as it was', () => {
    const whole = message(plain)
    const before = octets(whole)
    applyRecipe(whole, { headers: [{ name: 'Subject', change: [] }], body: [] })
    expect(octets(whole).equals(before)).toBe(true)
  })
})

describe('the history of a chain', () => {
  test('knows which hop added a version', async () => {
    const chain = chainOf(await threeHops())
    expect([1, 2, 3, 4].map(number => introducingHop(chain, number)?.sequence)).toEqual([1, 2, 3, undefined])
  })

  test('ends at the highest version that declares the past lost', () => {
    expect(lowestRecoverable([])).toBe(0)
    expect(lowestRecoverable([version({})])).toBe(0)
    const lost = { ...version({ unrecoverable: true }), number: 1 }
    expect(lowestRecoverable([lost, { ...lost, number: 2 }, { ...version({}), number: 3 }])).toBe(2)
  })
})

describe('a budget', () => {
  test('is spent once more was taken than there was', () => {
    const budget = new WorkBudget(10)
    expect([budget.spend(4), budget.spend(6), budget.spend(1), budget.spend(0)]).toEqual([
      true,
      true,
      false,
      false,
    ])
  })
})
