/** A relay whose file descriptors are used up by connections: it says so, loses nothing, and works again when they are closed. */
import { rm } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { RawClient } from '../support/raw-client.ts'
import { startRelayProcess } from '../support/relay-process.ts'
import { plainMessage, send } from '../support/send.ts'
import { afterTest, stage } from '../support/stage.ts'
import { temporaryFolder, testConfig } from '../support/test-relay.ts'

const told = 'this process has no file descriptors left'

/** More than the process has descriptors; each from an address of its own. */
const strangers = 200

test('file descriptors that are used up are told of, accepted mail waits for them, and the relay recovers by itself', async () => {
  const on = await stage()
  const folder = temporaryFolder()
  afterTest(() => rm(folder, { recursive: true, force: true }))
  on.zone['destination.example'] = { mx: [['a', '127.0.0.1']] }
  // One next hop has to be looked up, the other one only to be connected to.
  const next = { port: on.sink.port, tls: 'none' } as const
  const config = testConfig(
    {
      dns: on.dns,
      config: {
        domains: {
          'alias.example': { aliases: { team: ['one@destination.example'], routed: ['one@routed.example'] } },
        },
        routes: {
          'destination.example': { ...next, host: 'mx.destination.example' },
          'routed.example': { ...next, host: '127.0.0.1' },
        },
        queue: { retrySeconds: [1], thenEverySeconds: 1 },
      },
    },
    folder,
  )
  const relay = await startRelayProcess(config, folder, on.zone, { openFiles: 128 })
  afterTest(() => relay.end('SIGTERM'))
  const early = await RawClient.connect({ port: relay.port })
  await early.reply()
  await early.command('EHLO client.example')

  const clients = await Promise.all(
    Array.from({ length: strangers }, (_, at) =>
      RawClient.connect({ port: relay.port, localAddress: `127.0.1.${at + 1}` }),
    ),
  )
  afterTest(async () => {
    for (const client of clients) client.destroy()
  })
  await relay.logged(told)
  const accepted = []
  for (const name of ['team', 'routed', 'team', 'routed']) {
    const { data } = await transaction(early, name, `number ${accepted.length}`)
    expect(data).toMatch(/^250 /)
    accepted.push(`number ${accepted.length}`)
  }
  await relay.logged('deferred', 2)
  expect(on.sink.messages).toHaveLength(0)
  expect(relay.log().split(told)).toHaveLength(2)

  for (const client of clients) client.destroy()
  await relay.logged('there are file descriptors again')
  await on.sink.received(accepted.length)
  const envelope = { from: 'a@origin.example', to: ['team@alias.example'] }
  const octets = await on.origin.sign(plainMessage({ subject: 'after' }), envelope)
  expect((await send(relay.port, { ...envelope, octets })).data).toMatch(/^250 /)
  await on.sink.received(accepted.length + 1)
  const subjects = on.sink.messages.map(one => /^Subject: (.*)\r$/m.exec(one.octets.toString('latin1'))?.[1])
  expect(subjects.sort()).toEqual(['after', ...accepted])
}, 60_000)

async function transaction(client: RawClient, name: string, subject: string): Promise<{ data: string }> {
  const replies = await client.commands(
    'MAIL FROM:<a@origin.example>',
    `RCPT TO:<${name}@alias.example>`,
    'DATA',
  )
  expect(replies.at(-1)).toMatch(/^354/)
  await client.write(plainMessage({ subject, body: 'Hello.\r\n' }))
  await client.write('.\r\n')
  return { data: await client.reply() }
}
