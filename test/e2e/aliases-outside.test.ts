/** Aliases and routes outside the configuration, in a relay that runs: what is changed beside it is in force without a restart. */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openWriter } from '../support/database-beside.ts'
import { plainMessage, send } from '../support/send.ts'
import { relayOn, stage } from '../support/stage.ts'

const sales = { domain: 'alias.example', localPart: 'sales' }
const envelope = { from: 'a@origin.example', to: ['sales@alias.example'] }

test('an alias that is set in the database is in force, and no longer once it is removed', async () => {
  const on = await stage()
  const relay = await relayOn(on, { domains: { 'alias.example': {} } })
  const offered = async () => (await send(relay.port, { ...envelope, octets: plainMessage() })).rcpt[0]
  expect(await offered()).toMatch(/^550 5\.1\.1/)
  const beside = openWriter(relay.database)
  onTestFinished(() => beside.close())
  beside.setAliases([{ ...sales, targets: 'one@destination.example' }], 1)
  await relay.log.until(line => line.text === 'aliases have changed')
  await send(relay.port, { ...envelope, octets: plainMessage() })
  const [message] = await on.sink.received(1)
  expect(message?.forwardPaths).toEqual(['one@destination.example'])
  beside.removeAliases([sales], 2)
  await relay.log.count('aliases have changed', 2)
  expect(await offered()).toMatch(/^550 5\.1\.1/)
})

test('maps of aliases and routes are read again when they change', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'maps-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const replace = (name: string, text: string) => {
    writeFileSync(join(folder, `${name}.new`), text)
    renameSync(join(folder, `${name}.new`), join(folder, name))
  }
  replace('aliases', 'other@alias.example x@elsewhere.example\n')
  replace('routes', 'elsewhere.example 192.0.2.1\n')
  const on = await stage()
  const maps = { aliases: [`file:${join(folder, 'aliases')}`], routes: [`file:${join(folder, 'routes')}`] }
  const relay = await relayOn(on, { domains: { 'alias.example': {} }, maps })
  replace('aliases', 'sales@alias.example two@routed.example\n')
  replace('routes', `routed.example 127.0.0.1:${on.sink.port} none\n`)
  await relay.log.count('map read again', 2)
  await send(relay.port, { ...envelope, octets: plainMessage() })
  const [message] = await on.sink.received(1)
  expect(message?.forwardPaths).toEqual(['two@routed.example'])
})
