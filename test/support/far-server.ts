/**
 * A real Exim or Sendmail as the next hop of a relay, for one test: configuration, queue and log in a temporary folder. It takes mail for
 * second.example and passes it on to a third host, which may refuse it; its reports go back to the relay.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { programEnvironment, programsFolder, whyMissing } from './debian-programs.ts'
import { eximConfig } from './exim-config.ts'
import { sendmailConfig } from './sendmail-config.ts'
import { afterTest } from './stage.ts'

export interface FarServerSettings {
  /** Of 127.0.0.1, where it listens. */
  readonly port: number
  /** Where mail for second.example goes on. */
  readonly farPort: number
  /** The domain of the relay, and where its mail goes. */
  readonly backDomain: string
  readonly backPort: number
  /** Recipients that it refuses itself, at RCPT, with `550 no such user here`. */
  readonly refused?: readonly string[]
}

/** A program that can play the next hop. */
export interface FarServer {
  readonly name: string
  /** Why it cannot be started here; undefined where it can. */
  readonly missing: string | undefined
  /** Starts it until the end of the test; resolves when it listens. */
  start(settings: FarServerSettings): Promise<void>
}

const eximProgram = join(programsFolder, 'usr/sbin/exim4')
const sendmailProgram = join(programsFolder, 'usr/libexec/sendmail/sendmail')

export const exim: FarServer = {
  name: 'Exim',
  missing: whyMissing('Exim', 'usr/sbin/exim4'),
  async start(settings) {
    const folder = await temporaryFolder()
    const id = (which: string) => Number(execFileSync('id', [which, 'Debian-exim'], { encoding: 'utf8' }))
    for (const name of ['spool', 'log']) {
      await mkdir(join(folder, name))
      await chown(join(folder, name), id('-u'), id('-g'))
    }
    const file = join(folder, 'exim.conf')
    await writeFile(file, eximConfig(settings, folder, eximProgram), { mode: 0o644 })
    await listening(eximProgram, ['-C', file, '-bdf', '-q1s'], settings.port, folder)
  },
}

export const sendmail: FarServer = {
  name: 'Sendmail',
  missing: whyMissing('Sendmail', 'usr/libexec/sendmail/sendmail'),
  async start(settings) {
    const folder = await temporaryFolder()
    await mkdir(join(folder, 'queue'), { mode: 0o700 })
    await writeFile(join(folder, 'service.switch'), 'hosts files\n')
    const file = join(folder, 'sendmail.cf')
    const m4 = join(programsFolder, 'usr/bin/m4')
    const input = sendmailConfig(settings, folder)
    const options = {
      input,
      env: programEnvironment,
      stdio: ['pipe', 'pipe', 'ignore'] as ('pipe' | 'ignore')[],
    }
    await writeFile(file, execFileSync(m4, options))
    // It waits for a minute where the machine has no qualified name, so it gets one that nobody else sees.
    const script = 'hostname mx.second.example && exec "$@"'
    const args = ['--uts', 'sh', '-c', script, 'sh', sendmailProgram, '-C', file, '-bD', '-q1s']
    await listening('unshare', args, settings.port, folder)
  },
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'far-server-'))
  // Its processes run as users of their own.
  await chmod(folder, 0o755)
  return folder
}

async function listening(
  program: string,
  args: readonly string[],
  port: number,
  folder: string,
): Promise<void> {
  // A process group of its own: the children that deliver end with it.
  const child = spawn(program, args, {
    env: programEnvironment,
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  })
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  afterTest(async () => {
    await ended(child)
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })
  // Neither tells anybody when it listens.
  for (let tries = 0; tries < 600; tries++) {
    if (child.exitCode !== null) break
    if (await isOpen(port)) return
    await pause(50)
  }
  throw new Error(`${program} does not listen on port ${port}: ${said || 'it said nothing'}`)
}

async function ended(child: ChildProcess): Promise<void> {
  const { pid } = child
  if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  process.kill(-pid, 'SIGTERM')
  await exited
}

function isOpen(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
