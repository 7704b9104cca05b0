import type { StoredAttempt } from '../../src/store/records.ts'
import { openReader } from './database-beside.ts'
import { plainMessage, send } from './send.ts'
import type { TestRelay } from './test-relay.ts'

/** Sends one message to this alias through the relay, and waits for the record of its first attempt. */
export async function attempted(relay: TestRelay, alias = 'team@alias.example'): Promise<StoredAttempt> {
  const envelope = { from: 'a@origin.example', to: [alias] }
  const { queueId } = await send(relay.port, { ...envelope, octets: plainMessage() })
  return firstAttempt(relay, queueId)
}

/** The first attempt of a message, as soon as it is over. */
export async function firstAttempt(relay: TestRelay, queueId: string): Promise<StoredAttempt> {
  await relay.log.until(
    line => line.fields.queueId === queueId && /^(deferred|delivered|failed)$/.test(line.text),
  )
  const reader = openReader(relay.database)
  const [attempt] = reader.showMessage(queueId)?.deliveries[0]?.log ?? []
  reader.close()
  if (attempt === undefined) throw new Error('no attempt was recorded')
  return attempt
}
