/** What a list takes, holds and refuses, and that nothing goes in circles. */
import { describe, expect, test } from 'vitest'
import { undo } from '../../src/dkim2/index.ts'
import { readMessage } from '../../src/message/message.ts'
import { openWriter } from '../support/database-beside.ts'
import { meshRelay } from '../support/mesh.ts'
import { plainMessage, send } from '../support/send.ts'
import type { SinkMessage } from '../support/sink.ts'
import { relayOn, type Stage, stage } from '../support/stage.ts'
import { listOn, type TestList } from '../support/stored-list.ts'
import type { TestRelay } from '../support/test-relay.ts'
import { verifyReceived } from '../support/verify.ts'

const list: TestList = { address: 'news@list.example', subscribers: ['one@destination.example'] }
const envelope = { from: 'jane@origin.example', to: [list.address] }
const toOrigin = (on: Stage) => ({ host: '127.0.0.1', port: on.sink.port, tls: 'none' }) as const

async function listRelay(on: Stage, settings: TestList['settings'] = {}, aliases = {}): Promise<TestRelay> {
  const relay = await relayOn(on, {
    domains: { 'list.example': { aliases } },
    routes: { 'origin.example': toOrigin(on) },
  })
  await listOn(relay, { ...list, settings })
  return relay
}

function post({ id = '1', from = 'jane@origin.example', extra = '', body = 'Hello.\r\n' } = {}): Buffer {
  const header = `${extra}From: Jane <${from}>\r\nTo: ${list.address}\r\nSubject: ${id}\r\nMessage-ID: <${id}@origin.example>\r\n`
  return Buffer.from(`${header}\r\n${body}`)
}

async function posted(on: Stage, relay: TestRelay, octets: Buffer, to = envelope.to) {
  const signed = await on.origin.sign(octets, { ...envelope, to })
  return send(relay.port, { ...envelope, to, octets: signed })
}

function text(message: SinkMessage | undefined): string {
  return message?.octets.toString('latin1') ?? ''
}

describe('in the session', () => {
  test.each([
    [
      'who may not post',
      { posting: 'listed' },
      {},
      /^550 5\.7\.1 news@list\.example: only those the list names/,
    ],
    [
      'too large',
      { maxMessageBytes: 200 },
      {},
      /^552 5\.3\.4 news@list\.example takes messages of at most 200 octets/,
    ],
    ['been here before', {}, { extra: 'List-Id: <news.list.example>\r\n' }, /^554 5\.4\.6 mail loop/],
    [
      'an automatic reply',
      {},
      { extra: 'Auto-Submitted: auto-replied\r\n' },
      /^550 5\.7\.1 .*automatic replies/,
    ],
  ] as const)('a post is refused: %s', async (_what, settings, changes, reply) => {
    const on = await stage()
    const relay = await listRelay(on, settings)
    expect((await posted(on, relay, post(changes))).data).toMatch(reply)
  })

  test('a subscriber may post, a stranger may not, and who takes the name of a subscriber may not', async () => {
    const on = await stage()
    const relay = await relayOn(on, { domains: { 'list.example': { aliases: {} } } })
    const subscribers = ['one@destination.example', 'jane@origin.example']
    await listOn(relay, { ...list, subscribers, settings: { posting: 'subscribers' } })
    expect((await posted(on, relay, post())).data).toMatch(/^250 /)
    expect((await posted(on, relay, post({ id: '2', from: 'eve@origin.example' }))).data).toMatch(
      /^550 5\.7\.1/,
    )
    const forged = { ...envelope, from: 'eve@elsewhere.example', octets: post({ id: '3' }) }
    expect((await send(relay.port, forged)).data).toMatch(/^550 5\.7\.1/)
  })

  test('what one of two lists refuses goes to the other, and the sender hears of it', async () => {
    const on = await stage()
    const relay = await listRelay(on)
    await listOn(relay, { ...list, address: 'closed@list.example', settings: { posting: 'listed' } })
    const both = [list.address, 'closed@list.example']
    expect((await posted(on, relay, post(), both)).data).toMatch(/^250 /)
    const received = await on.sink.received(2)
    expect(received.map(message => message.forwardPaths.join()).sort()).toEqual([
      'jane@origin.example',
      'one@destination.example',
    ])
    const report = received.find(message => message.reversePath === '')
    expect(text(report)).toContain('closed@list.example: only those the list names may post')
  })
})

describe('a held post', () => {
  async function held(on: Stage) {
    const relay = await listRelay(on, { moderation: 'all' })
    expect((await posted(on, relay, post())).data).toMatch(/^250 /)
    await relay.log.until(line => line.text === 'post' && line.fields.state === 'held')
    const writer = openWriter(relay.database)
    const [found] = writer.heldPosts({ limit: 10 })
    return { relay, writer, id: found?.id ?? 0 }
  }

  test('goes to nobody until an owner approves it, by another process', async () => {
    const on = await stage()
    const { writer, id } = await held(on)
    expect(on.sink.messages.filter(message => message.reversePath !== '')).toEqual([])
    writer.approvePost(id)
    writer.close()
    await on.sink.until(sink => sink.messages.some(one => one.forwardPaths[0] === 'one@destination.example'))
    const copy = on.sink.messages.find(one => one.forwardPaths[0] === 'one@destination.example')
    expect(await verifyReceived(copy, on.zone)).toMatchObject({ state: 'pass' })
  })

  test('that is rejected is told to its author', async () => {
    const on = await stage()
    const { writer, id } = await held(on)
    const failure = '5.7.1 an owner of news@list.example has rejected the message: off topic'
    writer.rejectPost(id, { at: 1, reason: 'off topic', failure, keepUntil: Date.now() + 1_000_000 })
    writer.close()
    await on.sink.until(sink => sink.messages.some(one => one.forwardPaths[0] === 'jane@origin.example'))
    const report = on.sink.messages.find(one => one.forwardPaths[0] === 'jane@origin.example')
    expect(report?.reversePath).toBe('')
    expect(text(report)).toContain('has rejected the message: off topic')
    expect(text(report)).toContain('Final-Recipient: rfc822; news@list.example')
  })
})

test('the second copy of a post goes no further', async () => {
  const on = await stage()
  const relay = await listRelay(on)
  expect((await posted(on, relay, post())).data).toMatch(/^250 /)
  // It came by another way, and is not the same octets any more.
  expect((await posted(on, relay, post({ extra: 'Comments: by another way\r\n' }))).data).toMatch(/^250 /)
  expect((await posted(on, relay, post({ id: '2' }))).data).toMatch(/^250 /)
  await relay.log.until(line => line.text === 'post' && line.fields.state === 'rejected')
  await relay.log.count('post distributed', 2)
  const received = await on.sink.received(2)
  expect(received.map(message => /^Subject: (.*)\r/m.exec(text(message))?.[1]).sort()).toEqual(['1', '2'])
})

test('an alias can lead to a list', async () => {
  const on = await stage()
  const relay = await listRelay(on, {}, { all: ['news@list.example', 'two@destination.example'] })
  expect((await posted(on, relay, post(), ['all@list.example'])).data).toMatch(/^250 /)
  const received = await on.sink.received(2)
  const byPath = new Map(received.map(message => [message.forwardPaths[0], text(message)]))
  expect(byPath.get('one@destination.example')).toContain('List-Id: <news.list.example>')
  expect(byPath.get('two@destination.example')).not.toContain('List-Id')
})

test('a subscriber at an alias of the relay gets what the alias leads to', async () => {
  const on = await stage()
  const relay = await relayOn(on, {
    domains: { 'list.example': { aliases: { bob: ['two@destination.example'] } } },
  })
  await listOn(relay, { ...list, subscribers: ['bob@list.example'] })
  await posted(on, relay, post())
  const [copy] = await on.sink.received(1)
  expect(copy?.forwardPaths).toEqual(['two@destination.example'])
  expect(await verifyReceived(copy, on.zone)).toMatchObject({ state: 'pass', fullyVerified: true })
})

test('From is rewritten where DMARC of the author asks for it, and the author stands in Reply-To', async () => {
  const on = await stage()
  on.zone['origin.example'] = { ...on.zone['origin.example'], _dmarc: [['txt', 'v=DMARC1; p=reject']] }
  const relay = await listRelay(on)
  await posted(on, relay, post())
  const [copy] = await on.sink.received(1)
  expect(text(copy)).toMatch(/^From: "Jane via news" <news@list\.example>\r$/m)
  expect(text(copy)).toMatch(/^Reply-To: "?Jane"? <jane@origin\.example>\r$/m)
  expect(await verifyReceived(copy, on.zone)).toMatchObject({ state: 'pass' })
})

describe('a post without DKIM2, in profile message-instance', () => {
  async function copyOf(fromRewrite: 'never' | 'always') {
    const on = await stage()
    const relay = await relayOn(on, {
      domains: { 'list.example': { aliases: {} } },
      profile: 'message-instance',
    })
    await listOn(relay, { ...list, settings: { fromRewrite, subjectTag: '[news]' } })
    expect((await send(relay.port, { ...envelope, octets: post() })).data).toMatch(/^250 /)
    const [copy] = await on.sink.received(1)
    expect(text(copy)).toContain('Subject: [news] 1')
    return { on, copy }
  }

  test('is signed at i=1, with the way back to what came in, where From is the list', async () => {
    const { on, copy } = await copyOf('always')
    expect(await verifyReceived(copy, on.zone)).toMatchObject({ state: 'pass', profile: 'message-instance' })
    const undone = undo(readMessage(copy?.octets ?? Buffer.alloc(0)), 0)
    expect(undone.kind).toBe('undone')
    if (undone.kind !== 'undone') return
    expect(undone.message.fields.map(field => field.octets.toString('latin1'))).toContain('Subject: 1\r\n')
  })

  test('goes on unsigned where From stays its author, for whom the list cannot answer', async () => {
    const { copy } = await copyOf('never')
    expect(text(copy)).not.toContain('DKIM2-Signature')
    expect(text(copy)).toContain('From: Jane <jane@origin.example>')
  })
})

describe('a hop that asks for', () => {
  async function asking(flag: 'donotmodify' | 'donotexplode') {
    const on = await stage()
    const relay = await listRelay(on, { subjectTag: '[news]', footer: { text: 'A footer' } })
    const octets = await on.origin.sign(post(), envelope, 'mailversion', [flag])
    return { on, relay, reply: await send(relay.port, { ...envelope, octets }) }
  }

  test('donotmodify gets list fields added and nothing changed', async () => {
    const { on, reply } = await asking('donotmodify')
    expect(reply.data).toMatch(/^250 /)
    const [copy] = await on.sink.received(1)
    expect(text(copy)).toContain('Subject: 1\r\n')
    expect(text(copy)).toContain('List-Id: <news.list.example>')
    expect(text(copy)).not.toContain('A footer')
    expect(await verifyReceived(copy, on.zone)).toMatchObject({ state: 'pass' })
  })

  test('donotexplode is refused by a list', async () => {
    expect((await asking('donotexplode')).reply.data).toMatch(/^550 5\.7\.1 .*not exploded/)
  })
})

describe('one-click unsubscription', () => {
  test('every copy has a link of its own, signed, and verifies', async () => {
    const on = await stage()
    const relay = await relayOn(on, {
      domains: { 'list.example': { aliases: {} } },
      http: { address: '127.0.0.1', port: 0, publicUrl: 'https://lists.example' },
    })
    const subscribers = ['one@destination.example', 'two@destination.example', 'three@destination.example']
    await listOn(relay, { ...list, subscribers, settings: { footer: { text: 'A footer' } } })
    await posted(on, relay, post({ extra: 'List-Unsubscribe: <mailto:leave@other.example>\r\n' }))
    const received = await on.sink.received(3)
    const links = received.map(
      copy => /^List-Unsubscribe: <(https:\/\/lists\.example\/unsubscribe\/[^>]+)>/m.exec(text(copy))?.[1],
    )
    expect(new Set(links).size).toBe(3)
    expect(links).not.toContain(undefined)
    for (const copy of received) {
      expect(text(copy)).toContain('List-Unsubscribe-Post: List-Unsubscribe=One-Click')
      expect(text(copy).match(/^List-Unsubscribe:/gm)).toHaveLength(1)
      expect(await verifyReceived(copy, on.zone)).toMatchObject({ state: 'pass', fullyVerified: true })
      const damaged = Buffer.from(text(copy).replace('/unsubscribe/', '/unsubscribe/x'), 'latin1')
      expect(await verifyReceived({ ...copy, octets: damaged }, on.zone)).toMatchObject({ state: 'fail' })
    }
  })
})

describe('two lists that are subscribed to each other', () => {
  test.each([true, false])('send every subscriber one copy (signed: %s)', async signed => {
    const on = await stage()
    const first = await meshRelay(on, 'first.example', {})
    const second = await meshRelay(on, 'second.example', {})
    await listOn(first, {
      address: 'a@first.example',
      subscribers: ['b@second.example', 'one@destination.example'],
    })
    await listOn(second, {
      address: 'b@second.example',
      subscribers: ['a@first.example', 'two@destination.example'],
    })
    const mail = { from: 'jane@origin.example', to: ['a@first.example'] }
    const plain = plainMessage()
    const octets = signed ? await on.origin.sign(plain, mail) : plain
    expect((await send(first.localPort, { ...mail, octets })).data).toMatch(/^250 /)
    const received = await on.sink.received(2)
    await second.log.until(line => line.text === 'failed' || line.text === 'post refused')
    await first.log.until(line => line.text === 'refused' || line.text === 'post refused')
    expect(received.flatMap(message => message.forwardPaths).sort()).toEqual([
      'one@destination.example',
      'two@destination.example',
    ])
    expect(on.sink.messages).toHaveLength(2)
  })
})
