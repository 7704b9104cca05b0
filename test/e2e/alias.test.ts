import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readMessage } from '../../src/message/message.ts'
import { openReader, openWriter } from '../support/database-beside.ts'
import { plainMessage, send } from '../support/send.ts'
import { afterTest, relayOn, stage } from '../support/stage.ts'
import { startTestRelay, temporaryFolder } from '../support/test-relay.ts'
import { verifyReceived } from '../support/verify.ts'

const envelope = { from: 'a@origin.example', to: ['team@alias.example'] }

describe('one hop', () => {
  test('a signed message goes on to every address of the alias with i=2, each copy bound to its own envelope', async () => {
    const on = await stage()
    const aliases = { team: ['one@destination.example', 'two@destination.example'] }
    const relay = await relayOn(on, { domains: { 'alias.example': { aliases } } })
    const octets = await on.origin.sign(plainMessage(), envelope)

    const result = await send(relay.port, { ...envelope, octets })
    expect(result.data).toMatch(/^250 2\.0\.0 queued as [0-9A-Z]{11}$/)
    const messages = await on.sink.received(2)

    expect(messages.map(message => message.forwardPaths[0]).sort()).toEqual([
      'one@destination.example',
      'two@destination.example',
    ])
    expect(new Set(messages.map(message => message.reversePath)).size).toBe(2)
    for (const message of messages) {
      expect(message.reversePath).toMatch(/^b\+[0-9a-z-]+@alias\.example$/)
      const verdict = await verifyReceived(message, on.zone)
      expect(verdict).toMatchObject({
        state: 'pass',
        hops: [
          { sequence: 1, domain: 'origin.example' },
          { sequence: 2, domain: 'alias.example' },
        ],
      })
      expect(verdict.hops[1]?.flags).toContain('exploded')
    }
  })

  test('below the fields of this hop the message is what came in, octet for octet', async () => {
    const on = await stage()
    const relay = await relayOn(on, {
      domains: { 'alias.example': { aliases: { team: ['one@destination.example'] } } },
    })
    const body = '..two dots\r\n.\r\n\xff\xfe 8-bit\r\n\r\n\r\n'
    const octets = await on.origin.sign(plainMessage({ body }), envelope)
    await send(relay.port, { ...envelope, octets })
    const [message] = await on.sink.received(1)
    const expected = octets.toString('latin1')
    expect(message?.octets.toString('latin1').slice(-expected.length)).toBe(expected)
  })

  test('a message without DKIM2 gets its first hop here', async () => {
    const on = await stage()
    const relay = await relayOn(on, {
      domains: { 'alias.example': { aliases: { team: ['one@destination.example'] } } },
    })
    await send(relay.port, { ...envelope, octets: plainMessage() })
    const [message] = await on.sink.received(1)
    if (message === undefined) throw new Error('nothing received')
    expect(await verifyReceived(message, on.zone)).toMatchObject({
      state: 'pass',
      hops: [{ sequence: 1, domain: 'alias.example' }],
    })
  })

  test('what was found out is written on top, and a forged result in our name is gone (RFC 8601 section 5)', async () => {
    const on = await stage()
    const relay = await relayOn(on, {
      domains: { 'alias.example': { aliases: { team: ['one@destination.example'] } } },
    })
    const extra =
      'Authentication-Results: relay.example; dkim2=pass\r\nAuthentication-Results: other.example; spf=pass\r\n'
    const octets = await on.origin.sign(plainMessage({ extra }), envelope)
    await send(relay.port, { ...envelope, octets })
    const [message] = await on.sink.received(1)
    const fields = readMessage(message?.octets ?? Buffer.alloc(0)).fields
    const results = fields
      .filter(field => field.name === 'Authentication-Results')
      .map(field => field.octets.toString('latin1'))
    expect(results).toHaveLength(2)
    expect(results[0]).toMatch(
      /^Authentication-Results: relay\.example;\r\n\tdkim2=pass \([^)]*\)\r\n\t header\.d=origin\.example/,
    )
    expect(results[1]).toContain('other.example; spf=pass')
    expect(fields.map(field => field.name).slice(0, 9)).toEqual([
      'DKIM2-Signature',
      'MailVersion',
      'ARC-Seal',
      'ARC-Message-Signature',
      'ARC-Authentication-Results',
      'DKIM-Signature',
      'DKIM-Signature',
      'Authentication-Results',
      'Received',
    ])
  })

  test('a catch-all takes every local part; an alias of its own goes first', async () => {
    const on = await stage()
    const aliases = { team: ['one@destination.example'], '*': ['*@destination.example'] }
    const relay = await relayOn(on, { domains: { 'alias.example': { aliases } } })
    await send(relay.port, {
      from: 'a@origin.example',
      to: ['Any.One@alias.example', 'team@alias.example'],
      octets: plainMessage(),
    })
    const messages = await on.sink.received(2)
    expect(messages.map(message => message.forwardPaths[0]).sort()).toEqual([
      'Any.One@destination.example',
      'one@destination.example',
    ])
  })
})

describe('refused in the session', () => {
  test('an unknown recipient 550 5.1.1, another domain 550 5.7.1, a forged bounce address 550 5.7.1', async () => {
    const on = await stage()
    const relay = await relayOn(on, {
      domains: { 'alias.example': { aliases: { team: ['one@destination.example'] } } },
    })
    const to = ['nobody@alias.example', 'x@elsewhere.example', 'b+0-0-zzz-00000000000000000000@alias.example']
    const result = await send(relay.port, { from: 'a@origin.example', to, octets: plainMessage() })
    expect(result.rcpt.map(reply => reply.slice(0, 9))).toEqual(['550 5.1.1', '550 5.7.1', '550 5.7.1'])
  })

  test('a broken chain with 550 5.7.1 and the words of the draft; nothing is spooled', async () => {
    const on = await stage()
    const relay = await relayOn(on, {
      domains: { 'alias.example': { aliases: { team: ['one@destination.example'] } } },
    })
    const octets = await on.origin.sign(plainMessage(), envelope)
    const damaged = Buffer.from(octets.toString('latin1').replace('Hello.', 'Hello!'), 'latin1')
    const result = await send(relay.port, { ...envelope, octets: damaged })
    expect(result.data).toMatch(/^550 5\.7\.1 FAIL /)
    const reader = openReader(relay.database)
    expect(reader.listMessages({ limit: 10 })).toEqual([])
    reader.close()
  })

  test('a key that cannot be looked up for now with 451 4.7.5', async () => {
    const on = await stage()
    const relay = await relayOn(on, {
      domains: { 'alias.example': { aliases: { team: ['one@destination.example'] } } },
      resolver: { servers: [on.dns.address], timeoutMilliseconds: 200, tries: 1 },
    })
    const octets = await on.origin.sign(plainMessage(), envelope)
    on.dns.behave('test._domainkey.origin.example', 'nothing')
    expect((await send(relay.port, { ...envelope, octets })).data).toMatch(/^451 4\.7\.5 TEMPERROR /)
    on.dns.behave('test._domainkey.origin.example', undefined)
    expect((await send(relay.port, { ...envelope, octets })).data).toMatch(/^250 /)
  })

  test('a message that comes back to a recipient that it had been sent to before, with 554 5.4.6', async () => {
    const on = await stage()
    const other = await relayOn(on, {
      hostname: 'other.example',
      domains: { 'other.example': { aliases: { back: ['team@alias.example'] } } },
    })
    const relay = await relayOn(on, {
      domains: { 'alias.example': { aliases: { team: ['back@other.example'] } } },
      routes: { 'other.example': { host: '127.0.0.1', port: other.port, tls: 'none' } },
    })
    // The way back is configured once the port is known: the second relay starts again with the route to the first.
    await other.stop()
    const again = await startTestRelay({
      ...on,
      folder: other.folder,
      config: {
        hostname: 'other.example',
        listeners: [{ name: 'mx', port: other.port, tls: 'none', earlyTalkerDelayMilliseconds: 0 }],
        domains: { 'other.example': { aliases: { back: ['team@alias.example'] } } },
        routes: { 'alias.example': { host: '127.0.0.1', port: relay.port, tls: 'none' } },
      },
    })
    afterTest(() => again.stop())
    const octets = await on.origin.sign(plainMessage(), envelope)
    await send(relay.port, { ...envelope, octets })
    const line = await again.log.until(({ text }) => text === 'failed')
    expect(line.fields.reply).toMatchObject({ code: 554, enhanced: '5.4.6' })
  })
})

test('two relays in a chain: the receiver verifies three hops, each bound to the next', async () => {
  const on = await stage()
  const second = await relayOn(on, {
    hostname: 'second.example',
    domains: { 'second.example': { aliases: { box: ['one@destination.example'] } } },
  })
  const first = await relayOn(on, {
    domains: { 'alias.example': { aliases: { team: ['box@second.example'] } } },
    routes: { 'second.example': { host: '127.0.0.1', port: second.port, tls: 'none' } },
  })
  const octets = await on.origin.sign(plainMessage(), envelope)
  await send(first.port, { ...envelope, octets })
  const [message] = await on.sink.received(1)
  if (message === undefined) throw new Error('nothing received')
  const verdict = await verifyReceived(message, on.zone)
  expect(verdict.state).toBe('pass')
  expect(verdict.hops.map(hop => hop.domain)).toEqual(['origin.example', 'alias.example', 'second.example'])
})

test('an alias loop that arises while the relay runs is a permanent failure, reported to the previous hop and recorded', async () => {
  const on = await stage()
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'data'), { mode: 0o700 })
  const writer = openWriter(join(folder, 'data', 'relay.sqlite'))
  const settings = { title: 'News', owners: ['owner@origin.example'] }
  const listId = writer.createList({ address: 'news@alias.example', settings, createdAt: 0 })
  const relay = await startTestRelay({
    config: {
      domains: { 'alias.example': { aliases: { team: ['news-owner@alias.example'] } } },
      routes: { 'origin.example': { host: '127.0.0.1', port: on.sink.port, tls: 'none' } },
    },
    dns: on.dns,
    zone: on.zone,
    folder,
  })
  afterTest(() => relay.remove())
  writer.changeList(listId, { ...settings, owners: ['team@alias.example'] })
  writer.close()
  await relay.log.count('lists have changed', 1)

  const octets = await on.origin.sign(plainMessage(), envelope)
  const { queueId } = await send(relay.port, { ...envelope, octets })
  const [report] = await on.sink.received(1)
  expect(report).toMatchObject({ reversePath: '', forwardPaths: ['a@origin.example'] })
  expect(report?.octets.toString('latin1')).toContain('Status: 5.4.6')
  const reader = openReader(relay.database)
  expect(reader.showMessage(queueId)?.deliveries).toMatchObject([{ state: 'failed' }])
  reader.close()
})
