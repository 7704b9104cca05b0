/**
 * Writes test/vectors/mailversion: messages of our own making with the results they must have, in the format that
 * `interop run` reads. Run it after a change of what is written: `node test/vectors/make-mailversion.ts`.
 *
 * Keys are made once and kept. Times are fixed and both algorithms deterministic, so that the same sources give the same files.
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { makeCases } from './mailversion-cases.ts'
import { makeKeys } from './test-keys.ts'

const folder = new URL('mailversion/', import.meta.url)

makeKeys()
const { cases, dns } = await makeCases((file, octets) => {
  mkdirSync(new URL('messages/', folder), { recursive: true })
  writeFileSync(new URL(`messages/${file}`, folder), octets)
})
writeFileSync(new URL('cases.json', folder), `${JSON.stringify(cases, undefined, 1)}\n`)
writeFileSync(new URL('dns.json', folder), `${JSON.stringify(dns, undefined, 1)}\n`)
console.log(`${cases.length} cases written`)
