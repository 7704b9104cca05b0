/** A post on its way through a list of a running relay: revised, undone, refused, held. */
import { describe, expect, test } from 'vitest'
import { MessageVersion, undo, verifyChain } from '../../src/dkim2/index.ts'
import { zoneResolver } from '../../src/dns/zone-resolver.ts'
import type { ListSettingsInput } from '../../src/lists/settings.ts'
import { type Message, readMessage } from '../../src/message/message.ts'
import { send } from '../support/send.ts'
import type { SinkMessage } from '../support/sink.ts'
import { relayOn, type Stage, stage } from '../support/stage.ts'
import { listOn } from '../support/stored-list.ts'
import type { TestRelay } from '../support/test-relay.ts'
import { verifyReceived } from '../support/verify.ts'
import type { Shape } from '../vectors/revise/shapes.ts'
import { shapes } from '../vectors/revise/shapes.ts'

const listAddress = 'team@list.example'
const subscribers = ['one@destination.example', 'two@destination.example']
const poster = { from: 'jane@origin.example', to: [listAddress] }

/** A list that does all that a list can do to a post. */
const everything: Partial<ListSettingsInput> = {
  title: 'The Team',
  subjectTag: '[team]',
  footer: { text: '_____\nYou read this on the team list.' },
  fromRewrite: 'always',
  replyTo: 'list',
  maxMessageBytes: 20_000_000,
  archiveUrl: 'https://lists.list.example/team/{message}.html',
}

async function relayWithList(on: Stage, settings: Partial<ListSettingsInput>): Promise<TestRelay> {
  const relay = await relayOn(on, { domains: { 'list.example': { aliases: {} } } })
  await listOn(relay, { address: listAddress, subscribers, settings })
  return relay
}

function hashes(message: Message): string[] {
  const version = new MessageVersion(0, message)
  return [
    version.headerForm.toString('latin1'),
    version.bodyHash('relaxed', 'sha256').toString('hex'),
    version.bodyHash('simple', 'sha256').toString('hex'),
  ]
}

function text(message: SinkMessage | undefined): string {
  return message?.octets.toString('latin1') ?? ''
}

/** As SMTP carries it: the last line has an end. */
function asSent({ octets }: Shape): Buffer {
  const isEnded = octets.subarray(-2).toString('latin1') === '\r\n'
  return isEnded ? octets : Buffer.concat([octets, Buffer.from('\r\n')])
}

/** Octets of the recipe in the version field that the list has written. */
function recipeOctets(message: string): number {
  const header = message.slice(0, message.indexOf('\r\n\r\n')).replace(/\r\n[ \t]+/g, ' ')
  const versions = header.split('\r\n').find(line => /^MailVersion:(?:.*;)?\s*v=2;/i.test(line))
  if (versions !== undefined) {
    const tags = versions
      .slice(versions.indexOf(':') + 1)
      .split(';')
      .map(tag => tag.trim())
    return tags.filter(tag => /^(?:b|h\.[^=]*)=/i.test(tag)).join('; ').length
  }
  const instance = header.split('\r\n').find(line => /^Message-Instance:(?:.*;)?\s*m=2;/i.test(line))
  return (/(?:[;:])\s*r=([^;]*)/.exec(instance ?? '')?.[1] ?? '').replace(/\s/g, '').length
}

describe.each(['mailversion', 'message-instance'] as const)('in profile %s', profile => {
  test('every copy of every shape of message verifies with its own rt, and undone it is what its author signed', async () => {
    const on = await stage()
    const relay = await relayWithList(on, everything)
    const ids = new Map<string, { shape: Shape; signed: Buffer }>()
    // A NUL octet, a line end that stands alone, and a report are refused in the session.
    const sendable = shapes.filter(
      ({ name, octets }) =>
        !/\0|(?<!\r)\n|\r(?!\n)/.test(octets.toString('latin1')) && !name.startsWith('a report of'),
    )
    expect(sendable.length).toBeGreaterThanOrEqual(60)
    for (const [index, shape] of sendable.entries()) {
      const unique = asSent(shape)
        .toString('latin1')
        .replaceAll('plans@origin.example', `${index}@origin.example`)
      const signed = await on.origin.sign(Buffer.from(unique, 'latin1'), poster, profile)
      const { data, queueId } = await send(relay.port, { ...poster, octets: signed })
      expect(data, shape.name).toMatch(/^250 /)
      ids.set(queueId, { shape, signed })
    }
    const received = await on.sink.received(2 * sendable.length)
    const seen = new Map<string, string[]>()
    for (const copy of received) {
      const queueId = /\bid (\S+?)[;\s]/.exec(text(copy))?.[1] ?? ''
      const { shape, signed } = ids.get(queueId) ?? { shape: undefined, signed: Buffer.alloc(0) }
      const label = `${shape?.name} (${queueId})`
      expect(shape, label).toBeDefined()
      seen.set(queueId, [...(seen.get(queueId) ?? []), ...copy.forwardPaths])
      const verdict = await verifyReceived(copy, on.zone)
      expect(verdict, label).toMatchObject({ state: 'pass', profile, fullyVerified: true })
      expect(verdict.hops.at(-1)?.forwardPaths, label).toEqual(copy.forwardPaths)
      expect(verdict.hops.at(-1)?.flags, label).toContain('exploded')
      expect(text(copy), label).toContain('You read this on the team list.')
      const undone = undo(readMessage(copy.octets), 1)
      expect(undone.kind, label).toBe('undone')
      if (undone.kind !== 'undone') continue
      const post = readMessage(signed)
      expect(hashes(undone.message), label).toEqual(hashes(post))
      expect(undone.message.body.equals(post.body), label).toBe(true)
      const before = await verifyChain(undone.message, {
        envelope: { reversePath: poster.from, forwardPaths: poster.to },
        lookup: name => zoneResolver(on.zone).txt(name),
        nowSeconds: Math.floor(Date.now() / 1000),
      })
      expect(before, label).toMatchObject({ state: 'pass' })
      expect(recipeOctets(text(copy)), label).toBeLessThan(1024)
      expect(recipeOctets(text(copy)), label).toBeGreaterThan(50)
    }
    expect([...seen.values()].every(paths => paths.sort().join() === subscribers.join())).toBe(true)
  }, 120_000)
})
