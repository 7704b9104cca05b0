/** Limits of rates of a running relay: what clients hear, that they are served again, and what the log says. */
import { expect, test } from 'vitest'
import { RawClient } from '../support/raw-client.ts'
import { plainMessage, send } from '../support/send.ts'
import { relayOn, stage } from '../support/stage.ts'

const hour = 3_600

test('beyond its limits a network is asked to come back, others are served, and no line is logged for a refusal', async () => {
  const on = await stage()
  const relay = await relayOn(on, {
    domains: {
      'alias.example': { aliases: { team: ['one@destination.example'], '*': ['two@destination.example'] } },
    },
    rates: {
      ipv4NetworkBits: 32,
      networks: {
        connections: { most: 4, inSeconds: hour },
        messages: { most: 2, inSeconds: hour },
        recipients: { most: 3, inSeconds: hour },
      },
      aliases: { messages: { most: 3, inSeconds: hour } },
    },
  })
  const mail = { from: 'a@origin.example', to: ['team@alias.example'], octets: plainMessage() }
  const first = await send(
    relay.port,
    { ...mail, to: ['team@alias.example', 'x@alias.example'] },
    '127.0.0.2',
  )
  expect([first.mail, ...first.rcpt, first.data].every(reply => reply.startsWith('250 '))).toBe(true)
  const second = await send(relay.port, { ...mail, to: ['y@alias.example', 'z@alias.example'] }, '127.0.0.2')
  expect(second.rcpt.map(reply => reply.slice(0, 9))).toEqual(['250 2.1.5', '450 4.7.1'])
  expect(second.rcpt[1]).toMatch(
    /too many recipients from 127\.0\.0\.2\/32, try again in 3(600|59\d) seconds$/,
  )
  expect((await send(relay.port, mail, '127.0.0.2')).mail).toMatch(
    /^450 4\.7\.1 too many messages from 127\.0\.0\.2\/32/,
  )
  expect((await send(relay.port, mail, '127.0.0.2')).mail).toMatch(/^450 4\.7\.1 /)
  const fifth = await RawClient.connect({ port: relay.port, localAddress: '127.0.0.2' })
  expect(await fifth.reply()).toMatch(
    /^421 4\.7\.1 too many connections from 127\.0\.0\.2\/32, try again in \d+ seconds$/,
  )
  await fifth.closed

  expect((await send(relay.port, mail, '127.0.0.3')).data).toMatch(/^250 /)
  expect((await send(relay.port, mail, '127.0.0.4')).data).toMatch(/^250 /)
  expect((await send(relay.port, mail, '127.0.0.5')).rcpt[0]).toMatch(
    /^450 4\.7\.1 too many messages to this address/,
  )
  await on.sink.received(5)
  const lines = relay.log.lines.filter(({ level }) => level !== 'debug')
  expect(lines.filter(line => JSON.stringify(line).includes('too many'))).toEqual([])
})
