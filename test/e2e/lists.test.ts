/** Lists of a running relay, which another process makes and changes meanwhile. */
import { expect, test } from 'vitest'
import { openWriter } from '../../src/store/writer.ts'
import { plainMessage, send } from '../support/send.ts'
import { relayOn, stage } from '../support/stage.ts'

const owners = ['owner@owners.example']

test('a list that is made beside a running relay is known at RCPT TO as soon as the log says so', async () => {
  const on = await stage()
  const relay = await relayOn(on, { domains: { 'lists.example': { aliases: {} } } })
  const post = { from: 'a@origin.example', to: ['news@lists.example'], octets: plainMessage() }
  expect((await send(relay.port, post)).rcpt).toEqual([expect.stringMatching(/^550 5\.1\.1 /)])
  const writer = openWriter(relay.database)
  writer.createList({ address: 'news@lists.example', settings: { owners }, createdAt: 0 })
  writer.close()
  await relay.log.count('lists have changed', 1)
  expect((await send(relay.port, post)).rcpt).not.toEqual([expect.stringMatching(/^5/)])
})
