/** The private keys of the test parties: published with the project, made once, good for nothing else. */

import { generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'

export const keyFolder = new URL('mailversion/keys/', import.meta.url)

export const domains = ['origin.example', 'list.example', 'alias.example', 'destination.example'] as const
export type Domain = (typeof domains)[number]

export const selectors = ['ed', 'rsa'] as const
export type Selector = (typeof selectors)[number]

export function keyFile(domain: Domain, selector: Selector): URL {
  return new URL(`${selector}._domainkey.${domain}.pem`, keyFolder)
}

/** Makes the keys that are not there yet. */
export function makeKeys(): void {
  mkdirSync(keyFolder, { recursive: true })
  for (const domain of domains) {
    for (const selector of selectors) {
      const file = keyFile(domain, selector)
      if (existsSync(file)) continue
      const pair =
        selector === 'ed'
          ? generateKeyPairSync('ed25519')
          : generateKeyPairSync('rsa', { modulusLength: 2048 })
      writeFileSync(file, pair.privateKey.export({ type: 'pkcs8', format: 'pem' }))
    }
  }
}
