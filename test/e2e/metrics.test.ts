/** Metrics and probes of a running relay, over real sockets. */
import { expect, test } from 'vitest'
import { parseConfig } from '../../src/config/load.ts'
import { RawClient } from '../support/raw-client.ts'
import { plainMessage, send } from '../support/send.ts'
import { relayOn, stage } from '../support/stage.ts'
import type { TestRelay } from '../support/test-relay.ts'
import { testConfig } from '../support/test-relay.ts'

const config = {
  admin: { port: 0 },
  domains: { 'alias.example': { aliases: { team: ['one@destination.example'] } } },
}

function get(relay: TestRelay, path: string): Promise<Response> {
  return fetch(`http://127.0.0.1:${relay.relay.admin?.port}${path}`)
}

/** The samples by their names with labels. */
async function samples(relay: TestRelay): Promise<Map<string, number>> {
  const text = await (await get(relay, '/metrics')).text()
  const lines = text.split('\n').filter(line => line !== '' && !line.startsWith('#'))
  return new Map(lines.map(line => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]))
}

test('what happens to messages is counted by outcome and reason, verdict, session and attempt', async () => {
  const on = await stage()
  const relay = await relayOn(on, config)
  const octets = plainMessage()
  await send(relay.port, { from: 'a@origin.example', to: ['team@alias.example'], octets })
  await send(relay.port, { from: 'a@origin.example', to: ['nobody@alias.example'], octets })
  const damaged = Buffer.from(octets.toString('latin1').replace('Hello.', 'Hel\0lo.'), 'latin1')
  await send(relay.port, { from: 'a@origin.example', to: ['team@alias.example'], octets: damaged })
  await on.sink.until(() => on.sink.messages.length === 1)
  await relay.log.until(line => line.text === 'delivered')
  const found = await samples(relay)
  const of = (name: string) => found.get(`dkim2_relay_${name}`)
  expect(of('messages_total{outcome="taken",status="2.0.0",tls="none"}')).toBe(1)
  expect(of('accept_seconds_count{outcome="taken"}')).toBe(1)
  expect(of('verdicts_total{state="none",profile="",revision=""}')).toBe(1)
  expect(of('refusals_total{code="550",status="5.1.1"}')).toBe(1)
  expect(of('refusals_total{code="550",status="5.6.0"}')).toBe(1)
  expect(of('sessions_total{listener="mx"}')).toBe(3)
  expect(of('attempts_total{outcome="delivered",phase="body"}')).toBe(1)
  expect(of('attempt_seconds_count{outcome="delivered"}')).toBe(1)
  expect(of('outgoing_tls_total{version="none",certificate="none"}')).toBe(1)
  expect(of('store_commits_total')).toBeGreaterThan(0)
  expect(found.get('process_resident_memory_bytes')).toBeGreaterThan(0)
  expect(found.has('nodejs_eventloop_lag_p99_seconds')).toBe(true)
})

test('clients that are connected are counted until they leave', async () => {
  const relay = await relayOn(await stage(), config)
  const client = await RawClient.connect({ port: relay.port })
  await client.reply()
  expect((await samples(relay)).get('dkim2_relay_sessions{listener="mx"}')).toBe(1)
  await client.command('QUIT')
  client.end()
  await expect.poll(async () => (await samples(relay)).get('dkim2_relay_sessions{listener="mx"}')).toBe(0)
})

test('the queue is shown by age and by what is known of its destinations', async () => {
  const on = await stage()
  const relay = await relayOn(on, {
    ...config,
    routes: { 'destination.example': { host: '127.0.0.1', port: 1, tls: 'none' } },
  })
  await send(relay.port, { from: 'a@origin.example', to: ['team@alias.example'], octets: plainMessage() })
  await relay.log.until(line => line.text.includes('rests'))
  const found = await samples(relay)
  expect(found.get('dkim2_relay_queue_deliveries{state="queued",destination="resting"}')).toBe(1)
  expect(found.get('dkim2_relay_resting_destinations')).toBe(1)
  expect(found.get('dkim2_relay_queue_deliveries_older_than{seconds="60"}')).toBe(0)
})

test('no metric carries what a stranger has said', async () => {
  const relay = await relayOn(await stage(), config)
  await send(relay.port, {
    from: 'evil@stranger.example',
    to: ['who@nowhere.example'],
    octets: plainMessage(),
  })
  expect(await (await get(relay, '/metrics')).text()).not.toMatch(/stranger|nowhere|evil/)
})

test('/live and /ready answer without a password', async () => {
  const relay = await relayOn(await stage(), config)
  for (const path of ['/live', '/ready']) {
    const answer = await get(relay, path)
    expect([path, answer.status, await answer.json()]).toEqual([path, 200, { status: 'ok' }])
  }
})

test('a change of the configuration opens, keeps and closes the listener, and what was counted stays', async () => {
  const on = await stage()
  const relay = await relayOn(on, { domains: config.domains })
  const change = (changes: object) =>
    relay.relay.change(
      parseConfig(
        testConfig({ dns: on.dns, config: { domains: config.domains, ...changes } }, relay.folder),
        {
          file: 'test',
          folder: relay.folder,
        },
      ),
    )
  expect(relay.relay.admin).toBeNull()
  await send(relay.port, { from: 'a@origin.example', to: ['x@alias.example'], octets: plainMessage() })
  await change({ admin: config.admin })
  const port = relay.relay.admin?.port
  expect((await samples(relay)).get('dkim2_relay_sessions_total{listener="mx"}')).toBe(1)
  await change({ admin: config.admin, postmaster: 'p@destination.example' })
  expect(relay.relay.admin?.port).toBe(port)
  expect((await get(relay, '/ready')).status).toBe(200)
  await change({})
  expect(relay.relay.admin).toBeNull()
  await expect(fetch(`http://127.0.0.1:${port}/live`)).rejects.toThrow()
})
