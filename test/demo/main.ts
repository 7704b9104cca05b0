/**
 * `npm run demo`: a message on its way over real SMTP through three parties on this machine, told hop by hop. It ends with
 * status 0 only if every step verified, and leaves nothing behind.
 */
import { rm } from 'node:fs/promises'
import { DnsServer } from '../support/dns-server.ts'
import type { OpenZone } from '../support/test-relay.ts'
import { temporaryFolder } from '../support/test-relay.ts'
import { aliasAct } from './alias-act.ts'
import { bounceAct } from './bounce-act.ts'
import { listAct } from './list-act.ts'
import { Narrator } from './narrator.ts'
import { serveMirror } from './reflector.ts'
import { spaceAct } from './space-act.ts'

/** `--space` plays that act alone: light takes its time there. */
const isSpace = process.argv.includes('--space')
const timeLimitMilliseconds = isSpace ? 60_000 : 20_000

async function play(narrator: Narrator): Promise<void> {
  const folder = temporaryFolder()
  const zone: OpenZone = {}
  const dns = await DnsServer.start(zone, { isRegistered: true })
  const ends: (() => Promise<unknown>)[] = [
    () => rm(folder, { recursive: true, force: true }),
    () => dns.close(),
  ]
  try {
    const scene = { folder, zone, dns, narrator, atEnd: (end: () => Promise<unknown>) => ends.push(end) }
    if (isSpace) return await spaceAct(scene)
    await aliasAct(scene)
    await bounceAct(scene)
    await listAct(scene)
  } finally {
    for (const end of ends.reverse()) await end()
  }
}

async function runDemo(): Promise<void> {
  const narrator = new Narrator(process.stdout, isSpace ? 6 : 20)
  const tooLate = setTimeout(() => {
    narrator.failed(`the demo did not end within ${timeLimitMilliseconds / 1000} seconds`)
    process.exit(1)
  }, timeLimitMilliseconds)
  try {
    await play(narrator)
  } catch (error) {
    narrator.failed(error instanceof Error ? (error.stack ?? error.message) : String(error))
  }
  clearTimeout(tooLate)
  process.exitCode = narrator.summary()
}

const [mode, ...rest] = process.argv.slice(2)
if (mode === 'reflector') await serveMirror(rest)
else await runDemo()
