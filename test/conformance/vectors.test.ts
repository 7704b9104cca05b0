/**
 * Folders of test messages with the results they must have: our own, and those of an independent program, which lie beside
 * the project and are read in place.
 */

import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type Case, readingOf, runCases, type ZoneFile, zoneLookup } from '../../src/dkim2/cases.ts'
import { verifyChain } from '../../src/dkim2/verify.ts'
import { readMessage } from '../../src/message/message.ts'

const folders = [
  { name: 'our own, mailversion', folder: new URL('../vectors/mailversion/', import.meta.url), atLeast: 30 },
  {
    name: 'of an independent program, mailversion',
    folder: new URL('../../../shared/vectors/mailversion/', import.meta.url),
    atLeast: 23,
  },
  {
    name: 'our own, message-instance',
    folder: new URL('../vectors/message-instance/', import.meta.url),
    atLeast: 30,
  },
  {
    name: 'of other implementations, message-instance',
    folder: new URL('../../../shared/vectors/message-instance/', import.meta.url),
    atLeast: 35,
  },
]

function read(folder: URL, file: string): Buffer {
  return readFileSync(new URL(file, folder))
}

for (const { name, folder, atLeast } of folders) {
  describe(`vectors: ${name}`, () => {
    if (!existsSync(folder)) {
      test.skip(`not run: ${folder.pathname} is not there`, () => {})
      return
    }
    const cases: Case[] = JSON.parse(read(folder, 'cases.json').toString())
    const zone: ZoneFile = JSON.parse(read(folder, 'dns.json').toString())

    test(`there are at least ${atLeast} cases`, () => {
      expect(cases.length).toBeGreaterThanOrEqual(atLeast)
    })

    test.each(cases.map(entry => [entry.name, entry.expected, entry] as const))(
      '%s: %s',
      async (_name, expected, entry) => {
        const [result] = await runCases([entry], file => read(folder, `messages/${file}`), zoneLookup(zone))
        expect(result?.actual, result?.text).toBe(expected)
      },
    )

    test('verification that stops at the first failure lets the same messages pass', async () => {
      for (const entry of cases) {
        const { name, file, mail_from, rcpt_to, now, expected } = entry
        const [reversePath = '', ...forwardPaths] = [mail_from, ...rcpt_to].map(path =>
          path.replace(/^<(.*)>$/, '$1'),
        )
        const verdict = await verifyChain(readMessage(read(folder, `messages/${file}`)), {
          ...readingOf(entry),
          lookup: zoneLookup(zone),
          nowSeconds: now,
          envelope: { reversePath, forwardPaths },
          stopsAtFailure: true,
        })
        expect([name, verdict.state === 'pass']).toEqual([name, expected === 'pass'])
      }
    })
  })
}
