/**
 * What we sign other implementations verify, what they sign we verify, hops alternate, and damaged messages get the same
 * class of verdict. Peers whose toolchain or registry cannot be had are skipped, with the reason in the test's name.
 */

import { afterAll, describe, expect, test } from 'vitest'
import { ofNow, runByRevision } from './by-revision.ts'
import { caseFolders, crateDifferences } from './crate-cases.ts'
import { damaged } from './damaged.ts'
import { makeGolden, readGolden } from './golden.ts'
import { forge } from './implementations.ts'
import { journeys } from './journeys.ts'
import { knownDifferences } from './known-differences.ts'
import { ours, oursUnder } from './ours.ts'
import { startPeers } from './peers.ts'
import { judgeOurs, makeReport, type Report, reportable, damages as reportDamages, sound } from './reports.ts'
import { type Cell, runTrial, type Trial } from './trial.ts'

const peers = await startPeers()
const participants = [{ implementation: ours, revision: '09' }, ...ofNow(peers.live)]
const trial = await runTrial(participants)

const byRevision = await runByRevision(peers.live.filter(peer => !ofNow(peers.live).includes(peer)))

afterAll(async () => {
  for (const peer of peers.live) await peer.stop()
})

/** What went wrong in one cell of the matrix. */
function failuresOf(signers: string, verifier: string, { cells }: Trial = trial): readonly string[] {
  const cell = cells.find(entry => entry.signers === signers && entry.verifier === verifier) as Cell
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

describe.each(ofNow(peers.live).map(({ implementation }) => implementation.name))('%s', peer => {
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

test('every damaged message gets the verdict that is kept for each revision', async () => {
  expect(await makeGolden(damaged)).toEqual(readGolden())
})

for (const { peer, revision, trial: pair } of byRevision) {
  const { name } = peer.implementation
  describe(`${name} and we under ${revision}`, () => {
    test.each(pair.cells)('signed by $signers, verified by $verifier', ({ signers, verifier, opinions }) => {
      expect(opinions.length).toBeGreaterThanOrEqual(20)
      expect(failuresOf(signers, verifier, pair)).toEqual([])
    })
    test.each(pair.damages.filter(({ verifier }) => verifier === name))(
      'damaged message: $damage.name',
      ({ said, expected, known }) => expect(said).toBe(known?.says ?? expected),
    )
  })
}

describe.each(caseFolders())(
  'the cases that come with mail-auth $version',
  ({ folder, revision, atLeast, known }) => {
    test('agree with what they say, but for those that are known', async () => {
      const { total, differing } = await crateDifferences({ folder, revision })
      expect(total).toBeGreaterThanOrEqual(atLeast)
      expect(differing).toEqual(known)
    })
  },
)

/** The crate reads no report whose returned message is message/global (RFC 6533). */
const isGlobal = ({ message }: Report) => message.includes('Content-Type: message/global')

describe.each(ofNow(peers.live).map(({ implementation }) => implementation))(
  'delivery status notifications, and $name',
  peer => {
    const us = oursUnder('08')
    const signers = [
      ['ours, of what we sent', { message: us, report: us }],
      ['ours, of what the peer sent', { message: peer, report: us }],
      ['the peer, of what we sent', { message: us, report: peer }],
      ['the peer, of what it sent', { message: peer, report: peer }],
    ] as const
    test.each(signers)('signed by %s, are authentic to both', async (_name, by) => {
      const made = await Promise.all(reportable.map(journey => makeReport(journey, by, sound)))
      const reports = made.filter(report => report !== undefined)
      const judged = reports.filter(report => !isGlobal(report))
      expect(judged.length).toBeGreaterThanOrEqual(20)
      for (const report of reports)
        expect([report.journey, await judgeOurs(report)]).toEqual([report.journey, 'pass'])
      for (const report of judged) {
        expect([report.journey, await peer.judgeReport?.(report)]).toEqual([
          report.journey,
          { state: 'pass', detail: '' },
        ])
      }
    })

    test.each(reportDamages)('damaged: $name', async damage => {
      const made = await Promise.all(
        reportable.slice(0, 20).map(journey => makeReport(journey, { message: us, report: us }, damage)),
      )
      const reports = made.filter(report => report !== undefined)
      expect(reports.length).toBeGreaterThanOrEqual(10)
      for (const report of reports) {
        expect([report.journey, await judgeOurs(report)]).toEqual([report.journey, damage.expected])
        expect([report.journey, await peer.judgeReport?.(report)]).toMatchObject([
          report.journey,
          { state: damage.expected },
        ])
      }
    })
  },
)
