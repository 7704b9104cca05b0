/** Mailing lists for end-to-end tests: made in the store as the command line does, beside the relay or before it starts. */
import { addressKey } from '../../src/lists/list-address.ts'
import type { ListSettingsInput } from '../../src/lists/settings.ts'
import { openWriter } from './database-beside.ts'
import type { TestRelay } from './test-relay.ts'

export interface TestList {
  readonly address: string
  readonly subscribers: readonly string[]
  /** One owner, and anyone may post, unless settings say otherwise. */
  readonly settings?: Partial<ListSettingsInput>
  /** When it was made and they subscribed; default one second after the beginning of time. */
  readonly createdAt?: number
}

/** Puts a list into a database; answers its number. */
export function storeList(
  database: string,
  { address, subscribers, settings, createdAt = 1_000 }: TestList,
): number {
  const writer = openWriter(database)
  try {
    return writer.together(() => {
      const all = { owners: ['owner@owners.example'], posting: 'anyone', ...settings }
      const listId = writer.createList({ address, settings: all, createdAt })
      const added = subscribers.map(one => ({ address: one, addressKey: addressKey(one) }))
      writer.subscribe(listId, added, createdAt)
      return listId
    })
  } finally {
    writer.close()
  }
}

/** Puts a list into the store of a running relay and resolves when the relay knows it. */
export async function listOn(relay: TestRelay, list: TestList): Promise<number> {
  const seen = relay.log.lines.filter(line => line.text === 'lists have changed').length
  const listId = storeList(relay.database, list)
  await relay.log.count('lists have changed', seen + 1)
  return listId
}
