/** What the core does with three-hop chains, for each size and profile. */
import { prepareHop, signHop } from '../../src/dkim2/sign.ts'
import { undo } from '../../src/dkim2/undo.ts'
import { verifyChain } from '../../src/dkim2/verify.ts'
import { type Message, readMessage } from '../../src/message/message.ts'
import { alias, laterSeconds, lookup, octets, signer, threeHops } from '../support/dkim2-parties.ts'
import type { Work } from './micro-timing.ts'

const profiles = ['mailversion', 'message-instance'] as const
const sizes = [
  { label: '4 KiB', bytes: 4096, atOnce: 10 },
  { label: '64 KiB', bytes: 65_536, atOnce: 10 },
  { label: '10 MiB', bytes: 10_485_760, atOnce: 2 },
]

export interface ChainCase {
  readonly name: string
  readonly profile: string
  /** The message, with the three hops. */
  readonly octets: Buffer
  /** Messages under way at once. */
  readonly atOnce: number
  readonly work: Work
}

/** The cases of one size and profile after the other: each needs its own message of up to ten mebibytes. */
export async function* chainCases(): AsyncGenerator<readonly ChainCase[]> {
  for (const { label, bytes, atOnce } of sizes) {
    for (const profile of profiles) {
      const whole = octets(await threeHops(text(bytes), { profile }))
      const one = (name: string, work: (message: Message) => unknown): ChainCase => ({
        name: `${label} ${name}`,
        profile,
        octets: whole,
        atOnce,
        // Read anew for every call: hashes are remembered by the octets that they were made of.
        work: () => work(readMessage(whole)),
      })
      yield [
        one('verify', verify),
        one('extend', extend),
        one('verify and extend', async message => {
          await verify(message)
          await extend(message)
        }),
        one('undo to version 1', undoAll),
      ]
    }
  }
}

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
  return header + unit.repeat(Math.ceil(bytes / (unit.length + lines.length)))
}

async function verify(message: Message): Promise<void> {
  const verdict = await verifyChain(message, {
    lookup,
    nowSeconds: laterSeconds,
    envelope: { reversePath: alias.from, forwardPaths: alias.to },
  })
  if (verdict.state !== 'pass') throw new Error(`verification says ${verdict.state} ${verdict.error}`)
}

const next = {
  domain: 'destination.example',
  reversePath: 'b+0123456789@destination.example',
  forwardPaths: ['friend@elsewhere.example'],
  timestampSeconds: laterSeconds,
  signers: [signer('destination.example')],
}

async function extend(message: Message): Promise<void> {
  const prepared = await prepareHop(message, { profile: 'mailversion', alwaysVersion: true })
  await signHop(prepared, next)
}

function undoAll(message: Message): void {
  const { kind } = undo(message, 1)
  if (kind !== 'undone') throw new Error(`undoing says ${kind}`)
}
