/**
 * What we sign other implementations verify, what they sign we verify, hops alternate, and damaged messages get the same
 * class of verdict. Peers whose toolchain or registry cannot be had are skipped, with the reason in the test's name.
 */

import { afterAll, describe, expect, test } from 'vitest'
import { damaged } from './damaged.ts'
import { forge } from './implementations.ts'
import { journeys } from './journeys.ts'
import { knownDifferences } from './known-differences.ts'
import { ours } from './ours.ts'
import { startPeers } from './peers.ts'
import { type Cell, runTrial } from './trial.ts'

const peers = await startPeers()
const participants = [{ implementation: ours, revision: '09' }, ...peers.live]
const trial = await runTrial(participants)

afterAll(async () => {
  for (const peer of peers.live) await peer.stop()
})

/** What went wrong in one cell of the matrix. */
function failuresOf(signers: string, verifier: string): readonly string[] {
  const cell = trial.cells.find(entry => entry.signers === signers && entry.verifier === verifier) as Cell
  return cell.opinions.filter(({ passed }) => !passed).map(opinion => `${opinion.journey}: ${opinion.said}`)
}

test('there are at least 40 journeys and 30 damaged messages, each with a name of its own', () => {
  expect(new Set(journeys.map(({ name }) => name)).size).toBeGreaterThanOrEqual(40)
  expect(new Set(damaged.map(({ name }) => name)).size).toBe(damaged.length)
  expect(damaged.length).toBeGreaterThanOrEqual(30)
})

test('every known difference is about a damaged message that there is', () => {
  const names = new Set(damaged.map(({ name }) => name))
  expect(knownDifferences.filter(({ damage }) => !names.has(damage))).toEqual([])
})

describe('the forge, a second writer of the fields that shares no code with the core', () => {
  test.each([forge.name, `${forge.name} and ${ours.name}`, `${ours.name} and ${forge.name}`, ours.name])(
    'we verify what is signed by %s',
    signers => expect(failuresOf(signers, ours.name)).toEqual([]),
  )
})

describe('damaged messages at our verifier', () => {
  test.each(trial.damages.filter(({ verifier }) => verifier === ours.name))(
    '$damage.name: $expected ($damage.rule)',
    ({ said, expected }) => expect(said).toBe(expected),
  )
})

for (const { name, reason } of peers.skipped) test.skip(`${name}: ${reason}`, () => {})

describe.each(peers.live.map(({ implementation }) => implementation.name))('%s', peer => {
  test('verifies what we sign', () => expect(failuresOf(ours.name, peer)).toEqual([]))
  test('signs what we verify', () => expect(failuresOf(peer, ours.name)).toEqual([]))
  test('takes turns with us, and both verify every hop', () => {
    const orders = [`${ours.name} and ${peer}`, `${peer} and ${ours.name}`]
    expect(orders.flatMap(order => [...failuresOf(order, peer), ...failuresOf(order, ours.name)])).toEqual([])
  })
  test.each(trial.damages.filter(({ verifier }) => verifier === peer))(
    'damaged message: $damage.name',
    ({ said, expected, known }) => expect(said).toBe(known?.says ?? expected),
  )
})
