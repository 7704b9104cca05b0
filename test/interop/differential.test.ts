/** Random damage to the fields of a signed message, and two verdicts on it: they differ only in ways that are known. */

import { afterAll, describe, expect, test } from 'vitest'
import { compare, damagedMessage, differences } from './differential.ts'
import { knownKinds, whatIsKnown } from './fuzz-known.ts'
import { oursUnder } from './ours.ts'
import { startPeers } from './peers.ts'

const peers = await startPeers()
const peer = peers.live.find(({ revision }) => revision === '08')?.implementation
const ours = oursUnder('08')

afterAll(async () => {
  for (const live of peers.live) await live.stop()
})

test('a number decides the damage, and most numbers are damage of their own', () => {
  const messages = Array.from({ length: 200 }, (_, number) =>
    damagedMessage(number).message.toString('latin1'),
  )
  expect(damagedMessage(7).message.toString('latin1')).toBe(messages[7])
  expect(new Set(messages).size).toBeGreaterThan(150)
})

const skipped = peers.skipped.map(({ name, reason }) => `${name}: ${reason}`).join('; ')
if (peer === undefined) test.skip(`no peer of revision 08: ${skipped}`, () => {})
else {
  describe(peer.name, () => {
    test('differs from us on 500 damaged messages only in ways that are known', async () => {
      const found = await differences(0, 500, ours, peer)
      expect(found.filter(one => whatIsKnown(one) === undefined)).toEqual([])
    }, 120_000)

    const seeds = knownKinds.flatMap(kind => kind.seeds.map(seed => [seed, kind.right] as const))
    test('still differs as it did on each number that is kept', async () => {
      const compared = await Promise.all(seeds.map(([seed]) => compare(seed, ours, peer)))
      expect(compared.map(one => [one.number, whatIsKnown(one)])).toEqual(seeds)
    }, 60_000)
  })
}
