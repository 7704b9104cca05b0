/** The committed vectors are what the sources write today: a change of what is written shows here. */

import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { makeCases } from '../vectors/mailversion-cases.ts'

const folder = new URL('../vectors/mailversion/', import.meta.url)

describe('our own vectors, made again', async () => {
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
