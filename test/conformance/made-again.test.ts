/** The committed vectors are what the sources write today: a change of what is written shows here. */

import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { makeCases as makeMailversion } from '../vectors/mailversion-cases.ts'
import { makeCases as makeMessageInstance } from '../vectors/message-instance-cases.ts'

const sets = [
  { profile: 'mailversion', makeCases: makeMailversion },
  { profile: 'message-instance', makeCases: makeMessageInstance },
]

for (const { profile, makeCases } of sets) {
  const folder = new URL(`../vectors/${profile}/`, import.meta.url)

  describe(`our own vectors of ${profile}, made again`, async () => {
    const written = new Map<string, Buffer>()
    const { cases, dns } = await makeCases((file, octets) => written.set(file, octets))

    test('are the same messages, octet for octet', () => {
      for (const [file, octets] of written) {
        expect(octets.toString('latin1'), file).toBe(
          readFileSync(new URL(`messages/${file}`, folder), 'latin1'),
        )
      }
      expect([...written.keys()].sort()).toEqual(readdirSync(new URL('messages/', folder)).sort())
    })

    test('have the same cases and the same keys', () => {
      expect(cases).toEqual(JSON.parse(readFileSync(new URL('cases.json', folder), 'utf8')))
      expect(dns).toEqual(JSON.parse(readFileSync(new URL('dns.json', folder), 'utf8')))
    })
  })
}
