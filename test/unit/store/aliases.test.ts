/** Aliases in the store: what a running relay is told of their changes. */
import { expect, test } from 'vitest'
import { newStore } from './fixtures.ts'

const team = { domain: 'alias.example', localPart: 'team' }
const ops = { domain: 'alias.example', localPart: 'ops' }

test('every change is told once, in its order, and what stays as it was is none', async () => {
  const store = await newStore()
  expect(await store.aliasesVersion()).toBe(0)
  const aliases = [
    { ...team, targets: 'a@x.example' },
    { ...ops, targets: 'b@x.example' },
  ]
  expect(await store.setAliases(aliases, 1)).toEqual({ added: 2, changed: 0, same: 0 })
  expect(await store.setAliases(aliases, 2)).toEqual({ added: 0, changed: 0, same: 2 })
  const [first, second] = await store.aliasChanges({ after: 0, limit: 10 })
  expect([first, second]).toMatchObject(aliases)
  expect(await store.aliasesVersion()).toBe(second?.version)
  expect(await store.setAliases([{ ...team, targets: 'c@x.example' }], 3)).toMatchObject({ changed: 1 })
  expect(await store.aliasChanges({ after: second?.version ?? 0, limit: 10 })).toMatchObject([
    { ...team, targets: 'c@x.example' },
  ])
})

test('of an alias that is named twice in one change the last one counts', async () => {
  const store = await newStore()
  const twice = ['a@x.example', 'b@x.example'].map(targets => ({ ...team, targets }))
  await store.setAliases([...twice, { ...ops, targets: 'c@x.example' }], 1)
  expect((await store.alias(team))?.targets).toBe('b@x.example')
  const changes = await store.aliasChanges({ after: 0, limit: 10 })
  expect(changes.map(({ localPart, targets }) => [localPart, targets])).toEqual([
    ['team', 'b@x.example'],
    ['ops', 'c@x.example'],
  ])
  expect(await store.aliasesVersion()).toBe(changes[1]?.version)
})

test('a removed alias is told as such until it is forgotten, and may come again', async () => {
  const store = await newStore()
  await store.setAliases([{ ...team, targets: 'a@x.example' }], 1)
  const before = await store.aliasesVersion()
  expect(await store.removeAliases([team, ops], 5)).toBe(1)
  expect(await store.removeAliases([team], 6)).toBe(0)
  expect(await store.alias(team)).toBeUndefined()
  expect(await store.aliasChanges({ after: before, limit: 10 })).toMatchObject([{ ...team, targets: null }])
  expect(await store.forgetRemovedAliases(5)).toBe(0)
  expect(await store.forgetRemovedAliases(6)).toBe(1)
  expect(await store.aliasChanges({ after: 0, limit: 10 })).toEqual([])
  expect(await store.setAliases([{ ...team, targets: 'a@x.example' }], 7)).toMatchObject({ added: 1 })
  expect(await store.aliasesVersion()).toBeGreaterThan(before)
})

test('changes come page by page', async () => {
  const store = await newStore()
  const aliases = ['a', 'b', 'c'].map(localPart => ({
    localPart,
    domain: 'alias.example',
    targets: 'x@y.example',
  }))
  await store.setAliases(aliases, 1)
  const page = await store.aliasChanges({ after: 0, limit: 2 })
  const rest = await store.aliasChanges({ after: page[1]?.version ?? 0, limit: 2 })
  expect([...page, ...rest].map(({ localPart }) => localPart)).toEqual(['a', 'b', 'c'])
})
