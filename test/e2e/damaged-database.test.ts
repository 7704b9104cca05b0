import { renameSync } from 'node:fs'
import { expect, test } from 'vitest'
import { plainMessage, send } from '../support/send.ts'
import { relayOn, stage } from '../support/stage.ts'

test('a database that vanishes under a running relay: no mail is accepted, /health says so, the log once; it is mended by bringing it back', async () => {
  const on = await stage()
  const relay = await relayOn(on, {
    domains: { 'alias.example': { aliases: { team: ['one@destination.example'] } } },
    http: { port: 0, publicUrl: 'https://relay.example' },
  })
  const health = async () => (await fetch(`http://127.0.0.1:${relay.relay.http?.port}/health`)).status
  const envelope = { from: 'a@origin.example', to: ['team@alias.example'] }
  const replyTo = async (subject: string) => {
    const octets = await on.origin.sign(plainMessage({ subject }), envelope)
    return (await send(relay.port, { ...envelope, octets })).data
  }
  expect(await health()).toBe(200)
  expect(await replyTo('before')).toMatch(/^250 /)
  await on.sink.received(1)

  renameSync(relay.database, `${relay.database}.away`)
  expect(await replyTo('one')).toMatch(/^451 4\.3\.0 /)
  expect(await replyTo('two')).toMatch(/^451 4\.3\.0 /)
  expect(await health()).toBe(503)
  const errors = relay.log.lines.filter(({ level }) => level === 'error').map(({ text }) => text)
  expect(errors).toEqual(['the database is damaged: no mail is accepted or sent'])

  renameSync(`${relay.database}.away`, relay.database)
  expect(await replyTo('after')).toMatch(/^250 /)
  expect(await health()).toBe(200)
})
