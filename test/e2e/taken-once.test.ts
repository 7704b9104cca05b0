/** One signed message goes on once to each of its recipients (draft-ietf-dkim-dkim2-spec-06 section 11.9). */
import { rm } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import type { RelayConfigInput } from '../../src/config/schema.ts'
import { openReader } from '../support/database-beside.ts'
import { listRelay, subscribeAddresses } from '../support/list.ts'
import { originator } from '../support/originator.ts'
import { startRelayProcess } from '../support/relay-process.ts'
import { plainMessage, send } from '../support/send.ts'
import type { SinkMessage } from '../support/sink.ts'
import type { Stage } from '../support/stage.ts'
import { afterTest, relayOn, stage } from '../support/stage.ts'
import type { TestRelay } from '../support/test-relay.ts'
import { temporaryFolder, testConfig } from '../support/test-relay.ts'

const profiles = ['mailversion', 'message-instance'] as const
const aliases = {
  team: ['one@destination.example'],
  more: ['two@destination.example'],
  last: ['last@destination.example'],
}
const duplicateReply = '550 5.7.1 FAIL Duplicate message with no exploded flag'
const team = { from: 'a@origin.example', to: ['team@alias.example'] }

function relayOf(on: Stage, admit: RelayConfigInput['domains'][string]['admit'] = {}): Promise<TestRelay> {
  return relayOn(on, { domains: { 'alias.example': { aliases, admit } } })
}

/** Everything that came until a last message has come through, which is sent after all others. */
async function arrived(on: Stage, relay: TestRelay): Promise<readonly string[]> {
  const last = { from: 'a@origin.example', to: ['last@alias.example'] }
  const octets = await on.origin.sign(plainMessage({ subject: 'last' }), last)
  expect((await send(relay.port, { ...last, octets })).data).toMatch(/^250 /)
  const paths = (all: readonly SinkMessage[]) => all.map(message => message.forwardPaths[0] ?? '')
  for (let count = 1; ; count++) {
    const found = paths(await on.sink.received(count))
    if (found.includes('last@destination.example')) return found.filter(path => !path.startsWith('last@'))
  }
}

describe.each(profiles)('in profile %s', profile => {
  test('a message that comes again from elsewhere is refused in the words of the draft', async () => {
    const on = await stage()
    const relay = await relayOf(on)
    const octets = await on.origin.sign(plainMessage(), team, profile)
    expect((await send(relay.port, { ...team, octets }, '127.0.0.1')).data).toMatch(/^250 /)
    for (const address of ['127.0.0.2', '127.0.0.3', '127.0.0.4'])
      expect((await send(relay.port, { ...team, octets }, address)).data).toBe(duplicateReply)
    expect(await arrived(on, relay)).toEqual(['one@destination.example'])
  })

  test('a client that missed our reply gets the same one again, and nothing goes out twice', async () => {
    const on = await stage()
    const relay = await relayOf(on)
    const octets = await on.origin.sign(plainMessage(), team, profile)
    const first = await send(relay.port, { ...team, octets })
    const second = await send(relay.port, { ...team, octets })
    expect(first.data).toMatch(/^250 /)
    expect(second.data).toBe(first.data)
    expect(await arrived(on, relay)).toEqual(['one@destination.example'])
  })

  test('two sessions at once with one message: it goes out once', async () => {
    const on = await stage()
    const relay = await relayOf(on)
    const octets = await on.origin.sign(plainMessage(), team, profile)
    const addresses = Array.from({ length: 12 }, (_, at) => `127.0.0.${2 + (at % 4)}`)
    const sent = await Promise.all(addresses.map(address => send(relay.port, { ...team, octets }, address)))
    const taken = sent.filter(({ data }) => data.startsWith('250'))
    expect(new Set(taken.map(({ queueId }) => queueId)).size).toBe(1)
    expect(sent.filter(({ data }) => data === duplicateReply)).toHaveLength(12 - taken.length)
    expect(taken.length).toBeLessThanOrEqual(3)
    expect(await arrived(on, relay)).toEqual(['one@destination.example'])
  })

  test('fields that no signature covers make no new message of it', async () => {
    const on = await stage()
    const relay = await relayOf(on)
    const octets = await on.origin.sign(plainMessage(), team, profile)
    await send(relay.port, { ...team, octets })
    const dressed = Buffer.concat([Buffer.from('X-Copy: 2\r\nReceived: from x\r\n'), octets])
    expect((await send(relay.port, { ...team, octets: dressed }, '127.0.0.2')).data).toBe(duplicateReply)
  })

  test('two messages of one sender, and one to two recipients in two transactions, all arrive', async () => {
    const on = await stage()
    const relay = await relayOf(on)
    const envelope = { from: 'a@origin.example', to: ['team@alias.example', 'more@alias.example'] }
    const octets = await on.origin.sign(plainMessage(), envelope, profile)
    for (const to of envelope.to)
      expect((await send(relay.port, { ...envelope, to: [to], octets })).data).toMatch(/^250 /)
    const other = await on.origin.sign(plainMessage({ subject: 'Others' }), team, profile)
    expect((await send(relay.port, { ...team, octets: other })).data).toMatch(/^250 /)
    expect([...(await arrived(on, relay))].sort()).toEqual([
      'one@destination.example',
      'one@destination.example',
      'two@destination.example',
    ])
  })

  test('a transaction with one who has had it and one who has not goes to the other alone', async () => {
    const on = await stage()
    const relay = await relayOf(on)
    const envelope = { from: 'a@origin.example', to: ['team@alias.example', 'more@alias.example'] }
    const octets = await on.origin.sign(plainMessage(), envelope, profile)
    await send(relay.port, { ...envelope, to: ['team@alias.example'], octets })
    const both = await send(relay.port, { ...envelope, octets }, '127.0.0.2')
    expect(both.data).toMatch(/^250 /)
    const reader = openReader(relay.database)
    expect(reader.message(both.queueId)).toMatchObject({
      envelope: { forwardPaths: ['more@alias.example'] },
      record: { admission: { alreadyHad: ['team@alias.example'] } },
    })
    reader.close()
    const retried = await send(relay.port, { ...envelope, octets }, '127.0.0.2')
    expect(retried.data).toBe(both.data)
    expect([...(await arrived(on, relay))].sort()).toEqual([
      'one@destination.example',
      'two@destination.example',
    ])
  })

  test('copies that a hop has exploded arrive, before and after one that was sent directly', async () => {
    const on = await stage()
    const relay = await relayOf(on)
    const hop = originator(on.zone, 'list.example')
    const text = plainMessage()
    const toList = await on.origin.sign(text, { from: 'a@origin.example', to: ['all@list.example'] }, profile)
    for (const number of [1, 2]) {
      const copy = { from: `b${number}@list.example`, to: ['team@alias.example'] }
      const octets = await hop.sign(toList, copy, profile, ['exploded'])
      const first = await send(relay.port, { ...copy, octets })
      expect(first.data).toMatch(/^250 /)
      expect((await send(relay.port, { ...copy, octets })).data).toBe(first.data)
    }
    const direct = await on.origin.sign(text, team, profile)
    expect((await send(relay.port, { ...team, octets: direct })).data).toMatch(/^250 /)
    expect(await arrived(on, relay)).toHaveLength(3)
  })

  test('who signs the text of somebody else does not keep the message of its author away', async () => {
    const on = await stage()
    const relay = await relayOf(on)
    const text = plainMessage({ extra: '' })
    const thief = originator(on.zone, 'example')
    const stolen = { from: 'x@thief.example', to: ['team@alias.example'] }
    await send(relay.port, { ...stolen, octets: await thief.sign(text, stolen, profile) }, '127.0.0.9')
    const octets = await on.origin.sign(text, team, profile)
    expect((await send(relay.port, { ...team, octets })).data).toMatch(/^250 /)
  })

  test('a chain that fails uses up nothing', async () => {
    const on = await stage()
    const relay = await relayOf(on, { fail: 'accept-without-hop' })
    const octets = await on.origin.sign(plainMessage(), team, profile)
    const damaged = Buffer.from(octets.toString('latin1').replace('Hello.', 'Hullo.'), 'latin1')
    expect((await send(relay.port, { ...team, octets: damaged }, '127.0.0.9')).data).toMatch(/^250 /)
    expect((await send(relay.port, { ...team, octets })).data).toMatch(/^250 /)
  })
})

test('at a list and at the address of its owners a message is taken once, too', async () => {
  const on = await stage()
  const relay = await listRelay(on, { posting: 'anyone' })
  subscribeAddresses(relay, ['b@destination.example'])
  for (const to of ['news@lists.example', 'news-owner@lists.example']) {
    const envelope = { from: 'a@origin.example', to: [to] }
    const octets = await on.origin.sign(plainMessage(), envelope)
    expect((await send(relay.port, { ...envelope, octets })).data).toMatch(/^250 /)
    expect((await send(relay.port, { ...envelope, octets }, '127.0.0.2')).data).toBe(duplicateReply)
  }
})

test('where a domain wants it so, a duplicate is taken once more and noted, and a third one is refused', async () => {
  const on = await stage()
  const relay = await relayOf(on, { duplicate: 'accept-once-more' })
  const octets = await on.origin.sign(plainMessage(), team)
  const first = await send(relay.port, { ...team, octets })
  expect((await send(relay.port, { ...team, octets })).data).toBe(first.data)
  const second = await send(relay.port, { ...team, octets }, '127.0.0.2')
  expect(second.data).toMatch(/^250 /)
  expect(second.queueId).not.toBe(first.queueId)
  const reader = openReader(relay.database)
  expect(reader.message(second.queueId)?.record.admission).toMatchObject({ duplicateOf: first.queueId })
  reader.close()
  expect((await send(relay.port, { ...team, octets }, '127.0.0.3')).data).toBe(duplicateReply)
  expect(await arrived(on, relay)).toEqual(['one@destination.example', 'one@destination.example'])
})

test('a message without DKIM2 is taken as often as it is sent: nothing shows that it is the same', async () => {
  const on = await stage()
  const relay = await relayOf(on)
  for (const address of ['127.0.0.1', '127.0.0.1', '127.0.0.2'])
    expect((await send(relay.port, { ...team, octets: plainMessage() }, address)).data).toMatch(/^250 /)
  expect(await arrived(on, relay)).toHaveLength(3)
})

test('a relay that is killed after its 250 knows the message when it is up again', async () => {
  const on = await stage()
  const folder = temporaryFolder()
  afterTest(() => rm(folder, { recursive: true, force: true }))
  const sink = { host: '127.0.0.1', port: on.sink.port, tls: 'none' } as const
  const config = testConfig(
    {
      dns: on.dns,
      config: { domains: { 'alias.example': { aliases } }, routes: { 'destination.example': sink } },
    },
    folder,
  )
  const octets = await on.origin.sign(plainMessage(), team)
  const before = await startRelayProcess(config, folder, on.zone)
  const first = await send(before.port, { ...team, octets })
  expect(first.data).toMatch(/^250 /)
  await before.end('SIGKILL')
  const after = await startRelayProcess(config, folder, on.zone)
  afterTest(() => after.end('SIGKILL'))
  expect((await send(after.port, { ...team, octets })).data).toBe(first.data)
  expect((await send(after.port, { ...team, octets }, '127.0.0.2')).data).toBe(duplicateReply)
})
