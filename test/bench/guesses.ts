/**
 * Wrong passwords from one network, and what somebody elsewhere notices of them. `node test/bench/guesses.ts [NUMBER]`; default 10,000.
 * Guesser, relay and the other client share this process: its processor time is that of all three.
 */

import { addAccount, testPassword } from '../support/accounts.ts'
import { DnsServer } from '../support/dns-server.ts'
import { RawClient } from '../support/raw-client.ts'
import { startTestRelay, type TestRelay } from '../support/test-relay.ts'
import { percentile } from './figures.ts'

export interface GuessFigures {
  readonly guesses: number
  /** Replies to them by code. */
  readonly replies: Readonly<Record<string, number>>
  /** Guesses for which a password was looked at. */
  readonly looked: number
  readonly cpuMillisecondsPerGuess: number
  /** Sign-ins elsewhere meanwhile that did not succeed. */
  readonly failedElsewhere: number
  readonly signInsElsewhere: number
  /** Milliseconds of a sign-in elsewhere, TLS included: with nobody guessing, and meanwhile. */
  readonly quiet: number
  readonly meanwhile: number
}

/** So many clients guess at the same time. */
const guessers = 20
/** A connection is ended after so many failures. */
const guessesPerConnection = 5

const secure = { rejectUnauthorized: false }

function authPlain(name: string, password: string): string {
  return `AUTH PLAIN ${Buffer.from(`\0${name}\0${password}`).toString('base64')}`
}

async function signedIn(port: number, localAddress: string, lines: readonly string[]): Promise<string[]> {
  const client = await RawClient.connect({ port, tls: secure, localAddress })
  try {
    await client.reply()
    await client.command('EHLO client.example')
    return await client.commands(...lines)
  } finally {
    client.end()
  }
}

async function signInElsewhere(port: number, times: number[]): Promise<boolean> {
  const begun = performance.now()
  const [reply = ''] = await signedIn(port, '127.0.0.9', [authPlain('ann', testPassword)])
  times.push(performance.now() - begun)
  return reply.startsWith('235 ')
}

async function guess(port: number, at: number, count: number, replies: Map<string, number>): Promise<void> {
  const lines = Array.from({ length: count }, (_, n) => authPlain(`name${at + n}`, 'wrong horse'))
  for (const reply of await signedIn(port, '127.0.0.1', lines)) {
    const code = reply.slice(0, 3)
    replies.set(code, (replies.get(code) ?? 0) + 1)
  }
}

async function guessAll(port: number, guesses: number): Promise<Map<string, number>> {
  const replies = new Map<string, number>()
  let next = 0
  const worker = async () => {
    while (next < guesses) {
      const at = next
      next += guessesPerConnection
      await guess(port, at, Math.min(guessesPerConnection, guesses - at), replies)
    }
  }
  await Promise.all(Array.from({ length: guessers }, worker))
  return replies
}

async function withRelay<T>(use: (relay: TestRelay) => Promise<T>): Promise<T> {
  const zone = {}
  const dns = await DnsServer.start(zone)
  const submission = { name: 'submissions', kind: 'submission', tls: 'implicit', port: 0 } as const
  const relay = await startTestRelay({
    dns,
    zone,
    config: {
      listeners: [{ ...submission, earlyTalkerDelayMilliseconds: 0 }],
      domains: { 'alias.example': {} },
      submission: { failureDelayMilliseconds: 0 },
    },
  })
  try {
    return await use(relay)
  } finally {
    await relay.remove()
    await dns.close()
  }
}

/** @param quietSignIns elsewhere before the first guess */
export function measureGuesses(guesses: number, quietSignIns: number): Promise<GuessFigures> {
  return withRelay(async relay => {
    await addAccount(relay, 'ann', ['ann@alias.example'])
    const quiet: number[] = []
    for (let n = 0; n < quietSignIns; n++) await signInElsewhere(relay.port, quiet)
    const meanwhile: number[] = []
    let failedElsewhere = 0
    const before = process.cpuUsage()
    let isOver = false
    const guessing = guessAll(relay.port, guesses).finally(() => {
      isOver = true
    })
    do {
      if (!(await signInElsewhere(relay.port, meanwhile))) failedElsewhere++
    } while (!isOver)
    const replies = await guessing
    const { user, system } = process.cpuUsage(before)
    return {
      guesses,
      replies: Object.fromEntries(replies),
      looked: relay.log.lines.filter(({ text }) => text === 'not signed in').length,
      cpuMillisecondsPerGuess: (user + system) / 1000 / guesses,
      failedElsewhere,
      signInsElsewhere: meanwhile.length,
      quiet: percentile(quiet, 50),
      meanwhile: percentile(meanwhile, 50),
    }
  })
}

if (import.meta.main) {
  const figures = await measureGuesses(Number(process.argv[2] ?? 10_000), 20)
  process.stdout.write(`${JSON.stringify(figures, undefined, 2)}\n`)
}
