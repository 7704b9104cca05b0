/**
 * What the core costs by itself: `node test/bench/micro.ts`. Microseconds of the main thread per call and of wall-clock time,
 * ten calls under way at once, after a warm-up. Ed25519 and RSA run in the thread pool, which the main thread does not pay.
 */

import { prepareHop, signHop } from '../../src/dkim2/sign.ts'
import { undo } from '../../src/dkim2/undo.ts'
import { readMessage } from '../../src/message/message.ts'
import {
  alias,
  asList,
  check,
  list,
  message,
  octets,
  origin,
  type Passage,
  pass,
  passRevised,
  signer,
  startSeconds,
} from '../unit/dkim2/support.ts'

const atOnce = 10
const secondsEach = 1

const header = `Received: from a.example by b.example; Thu, 13 Nov 2025 02:13:20 +0000
Received: from c.example by a.example; Thu, 13 Nov 2025 02:13:19 +0000
From: Sender <a@origin.example>
To: team@list.example
Subject: Plans for the week
Date: Thu, 13 Nov 2025 02:13:20 +0000
Message-ID: <1@origin.example>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit
User-Agent: none

`

/** Text of ordinary lines, some of which are not in canonical form. */
function text(bytes: number): string {
  const lines = [
    'The quick brown fox jumps over the lazy dog, again and again.',
    'Two  spaces and an end ',
    '',
  ]
  const unit = `${lines.join('\n')}\n`
  return header + unit.repeat(Math.ceil((bytes - header.length) / (unit.length + lines.length)))
}

async function measure(name: string, work: () => unknown): Promise<void> {
  await run(work, secondsEach * 500)
  const { calls, wall, main } = await run(work, secondsEach * 1000)
  const perCall = (microseconds: number) => (microseconds / calls).toFixed(1).padStart(10)
  console.log(`${name.padEnd(36)}${perCall(main)} us main${perCall(wall)} us wall`)
}

async function run(work: () => unknown, milliseconds: number) {
  const usage = process.threadCpuUsage()
  const start = performance.now()
  let calls = 0
  const one = async () => {
    for (; performance.now() - start < milliseconds; calls++) await work()
  }
  await Promise.all(Array.from({ length: atOnce }, one))
  const spent = process.threadCpuUsage(usage)
  return { calls, wall: (performance.now() - start) * 1000, main: spent.user + spent.system }
}

async function chain(hops: number, whole: string): Promise<[Buffer, Passage]> {
  let sent = await pass(message(whole), origin)
  if (hops > 1) sent = await passRevised(sent, asList, list)
  if (hops > 2) sent = await pass(sent, alias)
  return [octets(sent), [origin, list, alias][hops - 1] ?? alias]
}

for (const [label, bytes] of [
  ['4 KiB', 4_096],
  ['64 KiB', 65_536],
  ['10 MiB', 10_485_760],
] as const) {
  for (const hops of [1, 3]) {
    const [whole, passage] = await chain(hops, text(bytes))
    const name = (what: string) => `${label}, ${hops} hops: ${what}`
    await measure(name('read'), () => readMessage(whole))
    await measure(name('read and verify'), () => check(readMessage(whole), passage))
    const received = readMessage(whole)
    if (hops === 3) await measure(name('undo to the first version'), () => undo(received, 1))
  }
  const [whole] = await chain(1, text(bytes))
  const received = readMessage(whole)
  const prepared = await prepareHop(received, { profile: 'mailversion', alwaysVersion: true })
  await measure(`${label}: prepare the next hop`, () =>
    prepareHop(received, { profile: 'mailversion', alwaysVersion: true }),
  )
  for (const selector of ['ed', 'rsa'] as const) {
    const parameters = {
      domain: 'list.example',
      reversePath: 'b+0123456789@list.example',
      forwardPaths: ['friend@alias.example'],
      timestampSeconds: startSeconds,
      signers: [signer('list.example', selector)],
    }
    await measure(`${label}: sign one envelope, ${selector}`, () => signHop(prepared, parameters))
  }
}
