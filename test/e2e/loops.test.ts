/** Mail in circles over two hosts ends by the marks of this relay, long before the bound on Received fields (RFC 5321 section 6.3). */
import { describe, expect, test } from 'vitest'
import { messageChunks, readMessage } from '../../src/message/message.ts'
import { meshRelay } from '../support/mesh.ts'
import { plainMessage, send } from '../support/send.ts'
import { relayOn, stage } from '../support/stage.ts'

/** As a host forwards it that knows nothing of DKIM2 and drops what it does not know. */
function passedOn(octets: Buffer): Buffer {
  const message = readMessage(octets)
  const fields = message.fields.filter(({ name }) => !/^(?:DKIM2-|MailVersion|Message-Instance)/i.test(name))
  const trace = Buffer.from('Received: from relay.example by other.example with ESMTP id 1\r\n')
  return Buffer.concat([trace, ...messageChunks({ ...message, fields })])
}

test('two relays whose aliases lead to each other: the first sees it again and refuses it', async () => {
  const on = await stage()
  const one = await meshRelay(on, 'one.example', { team: ['team@two.example'] })
  const two = await meshRelay(on, 'two.example', { team: ['team@one.example'] })
  const mail = { from: 'a@one.example', to: ['team@one.example'] }
  await send(one.localPort, { ...mail, octets: plainMessage() })
  await two.log.count('failed', 1)
  expect(JSON.stringify(two.log.lines)).toMatch(/554 5\.4\.6 mail loop/)
  expect(JSON.stringify(one.log.lines).match(/"received"/g)?.length ?? 0).toBeLessThanOrEqual(2)
})

describe('a host that drops the chain and sends it back', () => {
  test.each([
    ['one recipient', ['team@alias.example'], 1],
    ['several recipients', ['team@alias.example', 'crew@alias.example'], 11],
  ])('with %s it ends', async (_what, to, turns) => {
    const on = await stage()
    const aliases = { team: ['back@destination.example'], crew: ['back@destination.example'] }
    const relay = await relayOn(on, { domains: { 'alias.example': { aliases } } })
    let octets = plainMessage()
    const replies: string[] = []
    for (let turn = 0; turn <= turns; turn++) {
      const { data } = await send(relay.port, { from: 'a@origin.example', to, octets })
      replies.push(data.slice(0, 9))
      if (!data.startsWith('250')) break
      const received = await on.sink.received(turn + 1)
      octets = passedOn(received.at(-1)?.octets ?? Buffer.alloc(0))
    }
    expect(replies).toEqual([...Array.from({ length: turns }, () => '250 2.0.0'), '554 5.4.6'])
  })
})

test.each([29, 31, 50, 99])('honest mail with %i Received fields is taken', async count => {
  const on = await stage()
  const relay = await relayOn(on, {
    domains: { 'alias.example': { aliases: { team: ['one@destination.example'] } } },
  })
  const extra = Array.from(
    { length: count },
    (_, at) => `Received: from a${at}.example by b.example id ${at}\r\n`,
  ).join('')
  const mail = { from: 'a@origin.example', to: ['team@alias.example'] }
  expect((await send(relay.port, { ...mail, octets: plainMessage({ extra }) })).data).toMatch(/^250 /)
})
