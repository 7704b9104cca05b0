/** Replies and commands are one to one, or nothing is sent and nothing is believed. */
import { afterEach, describe, expect, test } from 'vitest'
import { deliver } from '../../../src/deliver/deliver.ts'
import type { DeliverSettings } from '../../../src/deliver/settings.ts'
import { type Script, ScriptedHost } from '../../support/scripted-host.ts'
import { Sink } from '../../support/sink.ts'
import { delivery, hopTo, mailOf, text } from './fixtures.ts'

const ends: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function host(script: Script, options = {}): Promise<ScriptedHost> {
  const started = await ScriptedHost.start(script, options)
  ends.push(() => started.close())
  return started
}

async function outcomeAt(peer: ScriptedHost, changes: Partial<DeliverSettings> = {}, message = text) {
  const made = delivery(changes)
  ends.push(() => made.pool.closeAll(100))
  return deliver(mailOf(message), [hopTo(peer.port)], made)
}

/** What a command begins with, and the octets that answer it. */
const answering =
  (answers: Readonly<Record<string, string | readonly string[]>>): Script =>
  line =>
    Object.entries(answers).find(([verb]) => (verb === '' ? line === '' : line.startsWith(verb)))?.[1]

const piped = '250-host.example\r\n250-PIPELINING\r\n250 8BITMIME\r\n'

describe.each([
  ['one by one', '250-host.example\r\n250 8BITMIME\r\n'],
  ['with PIPELINING', piped],
])('commands %s', (_name, ehlo) => {
  test('replies in order: delivered once, and refused at the end: failed', async () => {
    const taking = await host(answering({ EHLO: ehlo }))
    expect((await outcomeAt(taking)).kind).toBe('delivered')
    const refusing = await host(answering({ EHLO: ehlo, body: '550 5.7.1 no\r\n' }))
    expect(await outcomeAt(refusing)).toMatchObject({ kind: 'failed', phase: 'body', reply: { code: 550 } })
  })

  test.each(['250 2.0.0 ok', '200 ok', '250-one\r\n250 two', '340 go', '299 x'])(
    'DATA answered with %j is no 354: deferred, and no content goes out',
    async reply => {
      const peer = await host(answering({ EHLO: ehlo, DATA: `${reply}\r\n` }))
      expect(await outcomeAt(peer)).toMatchObject({ kind: 'deferred', phase: 'data' })
      expect([peer.contentOctets, peer.lines.filter(line => line === 'DATA')]).toEqual([0, ['DATA']])
    },
  )

  test.each([
    ['an answer to RCPT that comes twice', { RCPT: '250 ok\r\n250 ok\r\n' }],
    ['an answer to RCPT whose second one is late', { RCPT: ['250 ok\r\n', '250 ok\r\n'] }],
    ['an answer to MAIL that comes twice', { MAIL: '250 ok\r\n250 ok\r\n' }],
    ['354 that comes twice', { DATA: '354 go\r\n354 go\r\n' }],
    ['an answer to the message together with 354', { DATA: '354 go\r\n250 taken\r\n' }],
    ['the beginning of another reply behind 354', { DATA: '354 go\r\n250-tak' }],
  ])('%s: deferred, no content goes out', async (_what, answers) => {
    const peer = await host(answering({ EHLO: ehlo, ...answers }))
    expect(await outcomeAt(peer)).toMatchObject({ kind: 'deferred' })
    expect([peer.messages, peer.contentOctets]).toEqual([[], 0])
  })

  test.each([1, 2, 5])(
    '%i empty lines within the reply to EHLO neither end it nor shift the others',
    async count => {
      const lines = ehlo.replace('250-host.example\r\n', `$&${'\r\n'.repeat(count)}250-HELP\r\n`)
      const taking = await host(answering({ EHLO: lines }))
      expect((await outcomeAt(taking)).kind).toBe('delivered')
      expect(taking.messages).toHaveLength(1)
      const refusing = await host(answering({ EHLO: lines, body: '550 5.7.1 no\r\n' }))
      expect((await outcomeAt(refusing)).kind).toBe('failed')
    },
  )

  test.each([
    ['250 taken', '250 taken again', 'delivered'],
    ['250 taken', '421 closing', 'delivered'],
    ['550 no', '550 no', 'failed'],
    ['250 taken', '550 no', 'deferred'],
    ['550 no', '250 taken', 'deferred'],
    ['354 go', '250 taken', 'deferred'],
  ] as const)('the end of data answered with %s and %s at once: %s', async (one, another, kind) => {
    const peer = await host(answering({ EHLO: ehlo, body: `${one}\r\n${another}\r\n` }))
    expect((await outcomeAt(peer)).kind).toBe(kind)
  })

  test('3yz to the end of data is no answer: nobody knows whether the message was accepted', async () => {
    const [peer, next] = [await host(answering({ EHLO: ehlo, body: '354 go\r\n' })), await Sink.start()]
    ends.push(() => next.close())
    const made = delivery()
    ends.push(() => made.pool.closeAll(100))
    const outcome = await deliver(mailOf(text), [hopTo(peer.port), hopTo(next.port)], made)
    expect(outcome).toMatchObject({ kind: 'deferred', phase: 'body' })
    expect(outcome.reason).toContain('may arrive twice')
    expect(next.connections).toBe(0)
  })
})

test.each([
  ['the greeting', { '': '220 host.example\r\n250 what\r\n' }],
  ['the greeting', { '': '220 host.example\r\n250-begun' }],
  ['the reply to EHLO', { EHLO: `${piped}250 ok\r\n` }],
])('a reply that nobody asked for behind %s ends the session before MAIL', async (_what, answers) => {
  const peer = await host(answering(answers))
  const outcome = await outcomeAt(peer)
  expect(outcome).toMatchObject({ kind: 'deferred' })
  expect(outcome.reason).toContain('nobody asked for')
  expect(peer.lines.filter(line => line.startsWith('MAIL'))).toEqual([])
})

test('a reply to no command on a kept connection ends that: the next message goes over a new one', async () => {
  const peer = await host(line => (line === 'body' ? ['250 taken\r\n', '250 what\r\n'] : undefined))
  const made = delivery()
  ends.push(() => made.pool.closeAll(100))
  await deliver(mailOf(text), [hopTo(peer.port)], made)
  while (made.pool.counts.open > 0) await new Promise(setImmediate)
  expect((await deliver(mailOf(text), [hopTo(peer.port)], made)).kind).toBe('delivered')
  expect(peer.lines.filter(line => line.startsWith('EHLO'))).toHaveLength(2)
})

test('a reply of very many lines that never ends: deferred at maxReplyOctets, whatever its lines', async () => {
  for (const line of ['250-more\r\n', '\r\n', 'no code\r\n']) {
    const peer = await host(answering({ MAIL: `250-first\r\n${line.repeat(20_000)}` }))
    const outcome = await outcomeAt(peer, { maxReplyOctets: 10_000 })
    expect(outcome).toMatchObject({ kind: 'deferred', phase: 'mail' })
    expect(outcome.reason).toContain('more than 10000 octets')
  }
})

test('a reply that goes on and on, a line now and then, is deferred when its time is over', async () => {
  const drip = Array.from({ length: 50 }, () => '250-more\r\n')
  const peer = await host(answering({ MAIL: drip }))
  const outcome = await outcomeAt(peer, { commandMilliseconds: 100 })
  expect(outcome).toMatchObject({ kind: 'deferred', phase: 'mail' })
  expect(outcome.reason).toContain('no reply to MAIL in time')
})

describe('words that are no keywords of EHLO', () => {
  const lines = (...all: readonly string[]) =>
    all.map((line, at) => `250${at < all.length - 1 ? '-' : ' '}${line}\r\n`).join('')

  test.each([
    ['filter.example at your service, PIPELINING not supported', '8BITMIME'],
    ['filter.example', 'X-PIPELINING', '8BITMIME'],
    ['filter.example', 'HELP PIPELINING', '8BITMIME'],
    ['mail-pipelining.example', '8BITMIME'],
    ['filter.example', 'PIPELINING-X', '8BITMIME'],
  ])('do not make commands go together: %s', async (...all) => {
    const peer = await host(answering({ EHLO: lines(...all) }), { oneByOne: true })
    expect((await outcomeAt(peer)).kind).toBe('delivered')
    expect(peer.pieces.every(piece => piece.indexOf('\r\n') === piece.length - 2)).toBe(true)
  })

  test.each([
    ['filter.example STARTTLS is off', '8BITMIME'],
    ['filter.example', 'X-STARTTLS'],
    ['filter.example', 'AUTH STARTTLS'],
  ])('do not make STARTTLS be sent: %s, %s', async (...all) => {
    const peer = await host(answering({ EHLO: lines(...all) }))
    expect((await outcomeAt(peer)).kind).toBe('delivered')
    expect(peer.lines).not.toContain('STARTTLS')
  })

  test.each([
    ['filter.example SIZE 10', '8BITMIME'],
    ['filter.example', 'X-SIZE 10'],
    ['filter.example', 'HELP SIZE 10'],
  ])('are no limit of size: %s, %s', async (...all) => {
    const peer = await host(answering({ EHLO: lines(...all) }))
    expect((await outcomeAt(peer)).kind).toBe('delivered')
    expect(peer.lines.find(line => line.startsWith('MAIL'))).toBe('MAIL FROM:<b+1@relay.example>')
  })
})
