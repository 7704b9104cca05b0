/** RSA keys for relays of tests: to make one takes as long as the rest of a start, so the relays of a test file share a few. */
import { generateKeyPair } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { RelayConfig } from '../../src/config/schema.ts'
import { firstSelectors, generateKey } from '../../src/sign/generate.ts'
import { writeSecretFile } from '../../src/sign/key-file.ts'
import { keyFileName } from '../../src/sign/key-name.ts'

// More than the relays of one test have domains: keys of parties that must differ do.
const keptKeys = 12
const made: Promise<string>[] = []
let given = 0

/** Gives a new relay the keys that it would make for itself. A folder with keys is left alone. */
export async function giveKeys({ domains, keysDirectory }: RelayConfig): Promise<void> {
  if (existsSync(keysDirectory)) return
  for (const domain of Object.keys(domains)) {
    await generateKey(keysDirectory, 'ed25519', { selector: firstSelectors.ed25519, domain })
    await writeSecretFile(
      join(keysDirectory, keyFileName({ selector: firstSelectors.rsa, domain })),
      await rsaKey(),
    )
  }
}

function rsaKey(): Promise<string> {
  const place = given++ % keptKeys
  made[place] ??= promisify(generateKeyPair)('rsa', { modulusLength: 2048 }).then(pair =>
    pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  )
  return made[place]
}
