import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { allCases } from './cases.ts'
import { Children } from './child.ts'
import { type PeerResult, peerNames, runPeers, whyNoPeers } from './peers.ts'
import { peersTable, peersTargets } from './peers-report.ts'

const missing = whyNoPeers()
if (missing !== undefined) console.warn(`the bench beside Postfix is skipped: ${missing}`)

test.skipIf(missing !== undefined)(
  'the bench beside Postfix measures all four in turn',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'peers-'))
    const children = new Children(folder)
    try {
      const settings = {
        rounds: 1,
        secondsPerRun: 0.2,
        warmUpMessages: 80,
        pacedMessages: 1,
        relayNodeOptions: [],
        cases: ['4k-each-10'],
      }
      const results = await runPeers(settings, { children, folder, progress: () => undefined })
      expect(results.map(({ case: { name } }) => name)).toEqual(['4k-each-10'])
      for (const name of peerNames) {
        expect(results[0]?.runs[name].every(run => run.messagesPerSecond > 0)).toBe(true)
        expect(results[0]?.runs[name].every(run => run.cpuMillisecondsPerMessage >= 0)).toBe(true)
      }
    } finally {
      await children.stop()
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
    }
  },
  120_000,
)

describe('the figures', () => {
  const figures = (messagesPerSecond: number, cpuMillisecondsPerMessage: number) => [
    { messagesPerSecond, cpuMillisecondsPerMessage, writtenBytesPerMessage: 0 },
  ]
  const [one] = allCases().filter(({ name }) => name === '4k-each-10')
  if (one === undefined) throw new Error('there is no such case')
  const result = (rate: number, cpu: number): PeerResult => ({
    case: one,
    runs: {
      relay: figures(rate, cpu),
      'relay, DKIM and ARC': figures(rate, cpu),
      Postfix: figures(1_000, 2),
      'Postfix, opendkim': figures(500, 4),
    },
  })

  test('are ratios to plain Postfix, and the targets are about the relay with DKIM2 alone', () => {
    expect(peersTargets([result(1_600, 0.9)]).map(({ isMet }) => isMet)).toEqual([true, true])
    expect(peersTargets([result(1_590, 0.92)]).map(({ isMet }) => isMet)).toEqual([false, false])
    const { rows } = peersTable([result(1_600, 0.9)])
    expect(rows.map(row => row.slice(1))).toEqual([
      ['relay', '1600', '1.60', '0.90', '0.45'],
      ['relay, DKIM and ARC', '1600', '1.60', '0.90', '0.45'],
      ['Postfix', '1000', '1.00', '2.00', '1.00'],
      ['Postfix, opendkim', '500', '0.50', '4.00', '2.00'],
    ])
  })
})
