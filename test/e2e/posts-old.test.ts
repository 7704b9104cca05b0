/** A post that is old when it arrives: its copies are given up while their failure can still be returned. */
import { expect, test } from 'vitest'
import { openReader } from '../support/database-beside.ts'
import { plainMessage, send } from '../support/send.ts'
import { relayOn, stage } from '../support/stage.ts'
import { listOn } from '../support/stored-list.ts'

const day = 86_400_000
const address = 'team@list.example'

test('copies of a post that was signed ten days ago are tried for three days, not for five', async () => {
  const on = await stage()
  const relay = await relayOn(on, {
    domains: { 'list.example': { aliases: {} } },
    queue: { lifetimeSeconds: 5 * 86_400 },
  })
  await listOn(relay, { address, subscribers: ['one@destination.example'], settings: { posting: 'anyone' } })
  const envelope = { from: 'a@origin.example', to: [address] }
  const signedAt = Math.floor((Date.now() - 10 * day) / 1000)
  const octets = await on.origin.sign(plainMessage(), envelope, 'mailversion', [], undefined, signedAt)
  const { data, queueId } = await send(relay.port, { ...envelope, octets })
  expect(data).toMatch(/^250 /)
  await on.sink.received(1)
  const reader = openReader(relay.database)
  const [copy] = reader.showMessage(queueId)?.deliveries ?? []
  reader.close()
  expect(copy?.expiresAt).toBe(signedAt * 1000 + 13 * day)
})
