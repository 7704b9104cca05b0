/** Folders of test messages with the results they must have. */

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type Case, readingOf, runCases, type ZoneFile, zoneLookup } from '../../src/dkim2/cases.ts'
import { verifyChain } from '../../src/dkim2/verify.ts'
import { readMessage } from '../../src/message/message.ts'

const folders = [
  { name: 'our own, mailversion', folder: new URL('../vectors/mailversion/', import.meta.url), atLeast: 30 },
  {
    name: 'our own, message-instance',
    folder: new URL('../vectors/message-instance/', import.meta.url),
    atLeast: 30,
  },
]

function read(folder: URL, file: string): Buffer {
  return readFileSync(new URL(file, folder))
}

for (const { name, folder, atLeast } of folders) {
  describe(`vectors: ${name}`, () => {
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
