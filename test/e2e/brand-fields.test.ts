/** BIMI fields of outside do not pass the border; the removal is a change of this hop, which can be undone. */
import { describe, expect, test } from 'vitest'
import { undo } from '../../src/dkim2/index.ts'
import { fieldValue, type Message, readMessage } from '../../src/message/message.ts'
import { openReader } from '../support/database-beside.ts'
import { listAddress, listRelay, subscribeAddresses } from '../support/list.ts'
import { plainMessage, send } from '../support/send.ts'
import type { SinkMessage } from '../support/sink.ts'
import { relayOn, type Stage, stage } from '../support/stage.ts'
import type { TestRelay } from '../support/test-relay.ts'
import { verifyReceived } from '../support/verify.ts'

const location = 'BIMI-Location: v=BIMI1; l=https://forged.example/logo.svg\r\n'
const forged = [
  location,
  'bimi-indicator: PHN2Zz4=\r\n',
  'BIMI-Receiver-Information: date: Sat, 15 Nov 2025 10:00:00 +0000; rcpt: 00@destination.example\r\n',
  'BIMI-Receiver-Signature: v=BIMI1; d=destination.example; s=x; b=AAAA\r\n',
].join('')
/** Larger than what a recipe of a list may give back otherwise. */
const large = `BIMI-Indicator: ${`${'A'.repeat(70)}\r\n `.repeat(600)}AAAA\r\n`
const selector = 'BIMI-Selector: v=BIMI1; s=brand\r\n'

const mail = { from: 'a@origin.example', to: ['team@alias.example'] }
const config = {
  domains: { 'alias.example': { aliases: { team: ['one@destination.example', 'two@destination.example'] } } },
}

function brandValues({ fields }: Message): string[] {
  return fields.filter(({ name }) => /^bimi-(?!selector)/i.test(name)).map(fieldValue)
}

function read(copy: SinkMessage | undefined): Message {
  if (copy === undefined) throw new Error('nothing received')
  return readMessage(copy.octets)
}

function fateOf(relay: TestRelay, queueId: string): string | undefined {
  const reader = openReader(relay.database)
  const fate = reader.message(queueId)?.record.admission?.brand
  reader.close()
  return fate
}

/** A copy without them, which verifies, and which gives them back when it is undone. */
async function expectUndoable(copy: SinkMessage | undefined, sent: Buffer, on: Stage): Promise<void> {
  expect(brandValues(read(copy))).toEqual([])
  expect(await verifyReceived(copy, on.zone)).toMatchObject({ state: 'pass' })
  const undone = undo(read(copy), 1)
  if (undone.kind !== 'undone') throw new Error(`not undone: ${JSON.stringify(undone)}`)
  expect(brandValues(undone.message).toSorted()).toEqual(brandValues(readMessage(sent)).toSorted())
}

describe.each(['mailversion', 'message-instance'] as const)('in profile %s', profile => {
  test.each([
    ['all of them', forged],
    ['an image of forty kilobytes', large],
  ])('an alias removes %s from a message with a chain, and the recipe gives them back', async (_, extra) => {
    const on = await stage()
    const relay = await relayOn(on, config)
    const octets = await on.origin.sign(plainMessage({ extra: extra + selector }), mail, profile)
    const { queueId } = await send(relay.port, { ...mail, octets })
    for (const copy of await on.sink.received(2)) {
      await expectUndoable(copy, octets, on)
      expect(copy.octets.toString('latin1')).toContain(selector)
    }
    expect(fateOf(relay, queueId)).toBe('removed')
  })

  test('a list removes them, large ones too', async () => {
    const on = await stage()
    const relay = await listRelay(on, { posting: 'anyone' })
    subscribeAddresses(relay, ['one@destination.example'])
    const post = { from: 'a@origin.example', to: [listAddress] }
    const octets = await on.origin.sign(plainMessage({ extra: forged + large }), post, profile)
    await send(relay.port, { ...post, octets })
    const [copy] = await on.sink.received(1)
    await expectUndoable(copy, octets, on)
  })
})

test('they are removed from a message without a chain', async () => {
  const on = await stage()
  const relay = await relayOn(on, config)
  const { queueId } = await send(relay.port, { ...mail, octets: plainMessage({ extra: forged }) })
  for (const copy of await on.sink.received(2)) {
    expect(brandValues(read(copy))).toEqual([])
    expect(await verifyReceived(copy, on.zone)).toMatchObject({ state: 'pass' })
  }
  expect(fateOf(relay, queueId)).toBe('removed')
})

test('a hop that asked that nothing is modified has its fields left, where its profile knows the request', async () => {
  const on = await stage()
  const relay = await relayOn(on, config)
  const octets = await on.origin.sign(plainMessage({ extra: location }), mail, 'mailversion', ['donotmodify'])
  const { queueId } = await send(relay.port, { ...mail, octets })
  const [copy] = await on.sink.received(2)
  expect(brandValues(read(copy))).toEqual(['v=BIMI1; l=https://forged.example/logo.svg'])
  expect(fateOf(relay, queueId)).toBe('kept')
})

test('what nobody could give back is refused, and the reply says so', async () => {
  const on = await stage()
  const relay = await relayOn(on, config)
  const { data } = await send(relay.port, { ...mail, octets: plainMessage({ extra: large.repeat(4) }) })
  expect(data).toMatch(/^550 5\.6\.0 BIMI fields of more than 131072 octets/)
})
