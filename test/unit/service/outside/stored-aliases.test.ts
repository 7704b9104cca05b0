import { expect, test } from 'vitest'
import { StoredAliases } from '../../../../src/service/outside/stored-aliases.ts'
import { newStore } from '../../store/fixtures.ts'

test('what has been read is not read again, also when the last change was a removal that is forgotten', async () => {
  const store = await newStore()
  const team = { domain: 'alias.example', localPart: 'team' }
  await store.setAliases([{ ...team, targets: 'a@x.example' }], 1)
  await store.removeAliases([team], 2)
  await store.forgetRemovedAliases(3)
  let reads = 0
  const stored = new StoredAliases({
    aliasesVersion: () => store.aliasesVersion(),
    aliasChanges: query => {
      reads += 1
      return store.aliasChanges(query)
    },
  })
  for (let look = 0; look < 3; look += 1) await stored.look()
  expect(reads).toBe(1)
  await store.setAliases([{ ...team, targets: 'b@x.example' }], 4)
  expect(await stored.look()).toEqual([{ ...team, targets: ['b@x.example'] }])
})
