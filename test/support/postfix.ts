/**
 * A real Postfix, as Debian packages it, for one test: configuration, queue and log in a temporary folder, listeners on free
 * ports of 127.0.0.1, static routes. Its master runs in the foreground as a child of the test. It needs root, since Postfix
 * changes to a user of its own.
 */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, type FSWatcher, watch } from 'node:fs'
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePorts } from './free-ports.ts'
import { type PostfixSettings, postfixDaemons, postfixFiles, postfixQueueFolders } from './postfix-config.ts'

export type { PostfixRoute, PostfixSettings } from './postfix-config.ts'

/** Why no Postfix can be started here; undefined where one can. For `describe.skipIf`; the reason is printed. */
export const postfixMissing: string | undefined = whyMissing()
if (postfixMissing !== undefined) console.warn(`tests with Postfix are skipped: ${postfixMissing}`)

export class Postfix {
  readonly folder: string
  /** Ports of its listeners, in the order of the settings. */
  readonly ports: readonly number[]
  readonly #master: ChildProcess
  readonly #watcher: FSWatcher
  /** Where the process of the test ends before the test does. */
  readonly #endWithTest = () => this.#master.kill('SIGTERM')
  #log = ''
  #waiting: (() => void)[] = []

  private constructor(folder: string, ports: readonly number[]) {
    this.folder = folder
    this.ports = ports
    this.#watcher = watch(join(folder, 'log'), () => void this.#readLog())
    // A process group of its own: at the end master sends its signal to all of the group.
    const master = [`${postfixDaemons}/master`, '-s', '-c', join(folder, 'etc')] as const
    this.#master = spawn(master[0], master.slice(1), { stdio: ['ignore', 'ignore', 'pipe'], detached: true })
    this.#master.stderr?.on('data', (chunk: Buffer) => this.#note(this.#log + chunk.toString()))
    this.#master.on('exit', () => void this.#readLog())
    process.once('exit', this.#endWithTest)
  }

  /** Starts one; resolves when its listeners are open. A port that somebody else took meanwhile is chosen anew. */
  static async start(settings: PostfixSettings = {}): Promise<Postfix> {
    for (let tries = 1; ; tries++) {
      const folder = await mkdtemp(join(tmpdir(), 'postfix-'))
      const ports = await freePorts(settings.listeners?.length ?? 1)
      await writeFolder(folder, postfixFiles(settings, folder, ports))
      const postfix = new Postfix(folder, ports)
      await postfix.#until(log => /daemon started|fatal:/.test(log) || !postfix.#isRunning)
      if (postfix.log.includes('daemon started')) return postfix
      const { log } = postfix
      await postfix.stop()
      if (tries === 5 || !log.includes('Address already in use')) {
        throw new Error(`Postfix did not start: ${log || 'nothing in its log'}`)
      }
    }
  }

  /** The process that all others of it descend from. */
  get pid(): number {
    return this.#master.pid ?? 0
  }

  /** Port of the first listener. */
  get port(): number {
    return this.ports[0] ?? 0
  }

  /** All that it has logged so far. */
  get log(): string {
    return this.#log
  }

  /** Resolves with the first line of the log that the pattern finds, one of the past or of the future. */
  async logged(pattern: RegExp): Promise<string> {
    const find = (log: string) => log.split('\n').find(line => pattern.test(line))
    await this.#until(log => find(log) !== undefined || !this.#isRunning)
    const found = find(this.#log)
    if (found === undefined) throw new Error(`Postfix ended and never logged ${pattern}: ${this.#log}`)
    return found
  }

  /** Ends it with all its processes and removes its folder. */
  async stop(): Promise<void> {
    if (this.#isRunning) {
      const exited = once(this.#master, 'exit')
      this.#master.kill('SIGTERM')
      await exited
      await this.#groupEnded()
    }
    process.off('exit', this.#endWithTest)
    this.#watcher.close()
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }

  /**
   * The daemons outlive master by a moment and hold its listening sockets. They are no children of this process, so no event tells
   * of their end; they are looked for, and at most for ten seconds.
   */
  async #groupEnded(): Promise<void> {
    for (let looks = 0; looks < 1_000 && isGroup(this.#master.pid ?? 0); looks++) await pause(10)
  }

  get #isRunning(): boolean {
    return this.#master.exitCode === null && this.#master.signalCode === null
  }

  async #readLog(): Promise<void> {
    const text = await readFile(join(this.folder, 'log', 'mail.log'), 'utf8').catch(() => '')
    this.#note(text.length > this.#log.length ? text : this.#log)
  }

  #note(log: string): void {
    this.#log = log
    const waiting = this.#waiting
    this.#waiting = []
    for (const wake of waiting) wake()
  }

  async #until(condition: (log: string) => boolean): Promise<void> {
    while (!condition(this.#log)) await new Promise<void>(resolve => this.#waiting.push(resolve))
  }
}

async function writeFolder(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  const user = idOf('-u')
  const group = idOf('-g')
  const dropGroup = Number(execFileSync('getent', ['group', 'postdrop'], { encoding: 'utf8' }).split(':')[2])
  // mkdtemp makes the folder for root alone, but the daemons have to get through it.
  await chmod(folder, 0o711)
  for (const name of ['etc', 'log', 'data', 'queue']) await mkdir(join(folder, name), { mode: 0o755 })
  await chown(join(folder, 'data'), user, group)
  for (const { name, mode } of postfixQueueFolders) {
    const path = join(folder, 'queue', name)
    await mkdir(path)
    await chmod(path, mode)
    if (name !== 'pid') await chown(path, user, mode === 0o700 ? group : dropGroup)
  }
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), content, { mode: name.endsWith('key.pem') ? 0o600 : 0o644 })
  }
}

function idOf(which: '-u' | '-g'): number {
  return Number(execFileSync('id', [which, 'postfix'], { encoding: 'utf8' }))
}

function whyMissing(): string | undefined {
  if (!existsSync(`${postfixDaemons}/master`)) return 'Postfix is not installed (Debian package postfix)'
  return process.getuid?.() === 0 ? undefined : 'Postfix can be started by root alone'
}

/** Whether a process group has a member. */
function isGroup(id: number): boolean {
  try {
    return id > 0 && process.kill(-id, 0)
  } catch {
    return false
  }
}
