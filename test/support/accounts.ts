/** Accounts for tests: passwords whose checks cost next to nothing. */
import { randomBytes } from 'node:crypto'
import { accountKey } from '../../src/accounts/account-name.ts'
import { credentialsOf } from '../../src/accounts/credentials.ts'
import { senderEntry } from '../../src/accounts/senders.ts'
import type { NewAccount } from '../../src/store/account-records.ts'
import { openWriter } from './database-beside.ts'
import type { TestRelay } from './test-relay.ts'

export const testPassword = 'correct horse'

const cost = { scrypt: { cost: 16, blockSize: 8, parallelization: 1 }, scramIterations: 4096 }

/** Makes an account in the database of a running relay; its password is `testPassword`. Answers its number. */
export async function addAccount(
  relay: Pick<TestRelay, 'database'>,
  name: string,
  senders: readonly string[],
  changes: Partial<NewAccount> = {},
): Promise<number> {
  const credentials = await credentialsOf(testPassword, randomBytes, cost)
  const writer = openWriter(relay.database)
  try {
    return writer.createAccount({
      name,
      nameKey: accountKey(name),
      credentials,
      senders: senders.map(text => senderEntry(text) ?? ''),
      dailyLimit: null,
      clients: 'observe',
      createdAt: Date.now(),
      ...changes,
    })
  } finally {
    writer.close()
  }
}
