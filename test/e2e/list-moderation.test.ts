/** Held posts: the owner gets the message and two addresses, and decides by mail. */
import { describe, expect, test } from 'vitest'
import { heldPosts } from '../../src/limits.ts'
import {
  listAddress,
  listRelay,
  sendCommand,
  subscribeAddresses,
  tokenOf,
  writtenFields,
} from '../support/list.ts'
import { plainMessage, send } from '../support/send.ts'
import type { SinkMessage } from '../support/sink.ts'
import type { Stage } from '../support/stage.ts'
import { stage } from '../support/stage.ts'
import type { TestRelay } from '../support/test-relay.ts'
import { verifyReceived } from '../support/verify.ts'

async function post(
  on: Stage,
  relay: TestRelay,
  mail: { subject?: string; extra?: string; id?: number } = {},
) {
  const envelope = { from: 'a@origin.example', to: [listAddress] }
  const text = plainMessage({ extra: '', ...mail }).toString('latin1')
  const from = text.replace('<1@origin.example>', `<${mail.id ?? 1}@origin.example>`)
  const octets = await on.origin.sign(Buffer.from(from, 'latin1'), envelope)
  return send(relay.port, { ...envelope, octets })
}

/** The address of a decision in a notice. */
function address(notice: SinkMessage | undefined, letter: 'a' | 'r'): string {
  const text = notice?.octets.toString('latin1') ?? ''
  return new RegExp(`news-moderate\\+${letter}[0-9a-z]+@lists\\.example`).exec(text)?.[0] ?? ''
}

async function heldPost(): Promise<{ on: Stage; relay: TestRelay; notice: SinkMessage | undefined }> {
  const on = await stage()
  const relay = await listRelay(on, { moderation: 'all' })
  subscribeAddresses(relay, ['a@origin.example', 'b@destination.example'])
  expect((await post(on, relay)).data).toMatch(/^250 /)
  const [notice] = await on.sink.received(1)
  return { on, relay, notice }
}

const owner = { reversePath: 'owner@owners.example', isSigned: false }

describe('a held post', () => {
  test('is sent to the owner with the message, and no answer to that mail decides anything', async () => {
    const { on, notice } = await heldPost()
    expect(notice?.forwardPaths).toEqual(['owner@owners.example'])
    expect(await verifyReceived(notice, on.zone)).toMatchObject({ state: 'pass' })
    const text = notice?.octets.toString('latin1') ?? ''
    expect(text).toContain('Content-Type: message/rfc822')
    expect(text).toContain('Hello.\r\n.dot\r\n')
    expect(writtenFields(notice)).not.toContain('Reply-To')
  })

  test('goes to the list when the owner approves it, once', async () => {
    const { on, relay, notice } = await heldPost()
    const to = address(notice, 'a')
    expect((await sendCommand(on, relay, { to, ...owner })).data).toMatch(/^250 /)
    const copies = (await on.sink.received(3)).slice(1)
    expect(copies.map(copy => copy.forwardPaths[0]).sort()).toEqual([
      'a@origin.example',
      'b@destination.example',
    ])
    for (const copy of copies) expect(await verifyReceived(copy, on.zone)).toMatchObject({ state: 'pass' })
    for (const again of [to, address(notice, 'r')]) {
      const reply = (await sendCommand(on, relay, { to: again, ...owner })).data
      expect(reply).toMatch(/^550 5\.7\.1 this message was decided about already/)
    }
  })

  test('goes to nobody when the owner rejects it, and the poster is told', async () => {
    const { on, relay, notice } = await heldPost()
    expect((await sendCommand(on, relay, { to: address(notice, 'r'), ...owner })).data).toMatch(/^250 /)
    const [, report] = await on.sink.received(2)
    expect(report).toMatchObject({ reversePath: '', forwardPaths: ['a@origin.example'] })
    const text = report?.octets.toString('latin1') ?? ''
    expect(text).toContain('Final-Recipient: rfc822; news@lists.example')
    expect(text).toContain('Status: 5.7.1')
  })

  test('is decided about by nobody who makes up, alters or moves an address, nor by a program', async () => {
    const { on, relay, notice } = await heldPost()
    const good = address(notice, 'a')
    const token = /\+(\w+)@/.exec(good)?.[1] ?? ''
    const bad = [
      `${token.slice(0, 10)}${token[10] === '0' ? '1' : '0'}${token.slice(11)}`,
      `r${token.slice(1)}`,
      tokenOf(relay, { kind: 'approve', id: 1 }, [listAddress]),
      tokenOf(relay, { kind: 'approve', id: 2 }, [listAddress, '']),
      tokenOf(relay, { kind: 'admit', id: 1 }, [listAddress, 'a@origin.example']),
    ]
    for (const one of bad) {
      const reply = (await sendCommand(on, relay, { to: `news-moderate+${one}@lists.example` })).data
      expect(reply).toMatch(/^550 5\.7\.1 this address was not issued here/)
    }
    expect((await sendCommand(on, relay, { to: `news-confirm+${token}@lists.example` })).data).toMatch(
      /^550 /,
    )
    const vacation = { to: good, from: 'a@origin.example', reversePath: '', isSigned: false }
    expect((await sendCommand(on, relay, vacation)).data).toMatch(/^250 /)
    await sendCommand(on, relay, { to: 'news-help@lists.example' })
    const all = await on.sink.received(2)
    expect(all[1]?.octets.toString('latin1')).toContain('About the mailing list')
  })

  test('with a subject that tries to write header fields is described in one line', async () => {
    const on = await stage()
    const relay = await listRelay(on, { moderation: 'all' })
    subscribeAddresses(relay, ['a@origin.example'])
    await post(on, relay)
    await post(on, relay, { id: 2, subject: '=?utf-8?q?x=0D=0ABcc:_victim=40other.example?=\r\n X-Evil: 1' })
    const [ordinary, notice] = await on.sink.received(2)
    expect(writtenFields(notice)).toEqual(writtenFields(ordinary))
    expect(notice?.forwardPaths).toEqual(['owner@owners.example'])
  })
})

test('who floods a moderated list does not flood its owners: the last notice of the day says that it is the last', async () => {
  const on = await stage()
  const relay = await listRelay(on, { moderation: 'all' })
  subscribeAddresses(relay, ['a@origin.example'])
  const posts = heldPosts.noticesPerDay + 5
  for (let id = 1; id <= posts; id++) await post(on, relay, { id })
  const notices = await on.sink.received(heldPosts.noticesPerDay)
  const lasts = notices.filter(notice =>
    notice.octets.toString('latin1').replaceAll('=\r\n', '').includes('not be told of'),
  )
  expect(lasts).toHaveLength(1)
  await relay.log.count('post', posts)
  await sendCommand(on, relay, { to: 'news-help@lists.example' })
  const all = await on.sink.received(heldPosts.noticesPerDay + 1)
  expect(all.at(-1)?.forwardPaths).toEqual(['a@origin.example'])
})
