/** A real rspamd, as Debian packages it, for one test: its rules about what a message is made of, no network, on a free port of 127.0.0.1. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePorts } from './free-ports.ts'

/** Why there is no rspamd here; undefined where there is one. For `test.skipIf`; the reason is printed. */
export const rspamdMissing: string | undefined =
  spawnSync('rspamd', ['--version']).error === undefined ? undefined : 'rspamd is not installed'
if (rspamdMissing !== undefined) console.warn(`tests with rspamd are skipped: ${rspamdMissing}`)

/** To start: its rules are compiled first. */
const startMilliseconds = 60_000

export class Rspamd {
  /** Of its normal worker. */
  readonly url: string
  readonly #folder: string
  readonly #port: number
  readonly #process: ChildProcess
  #log = ''

  private constructor(folder: string, port: number) {
    this.#folder = folder
    this.#port = port
    this.url = `http://127.0.0.1:${port}`
    // It refuses to run as root otherwise.
    const options = process.getuid?.() === 0 ? ['--insecure'] : []
    this.#process = spawn('rspamd', ['--no-fork', ...options, '--config', join(folder, 'rspamd.conf')], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [this.#process.stdout, this.#process.stderr])
      stream?.on('data', (chunk: Buffer) => {
        this.#log += chunk.toString()
      })
  }

  /**
   * Starts one; resolves when it answers.
   *
   * @param rules in Lua, beside its own
   */
  static async start(rules = ''): Promise<Rspamd> {
    const folder = await mkdtemp(join(tmpdir(), 'rspamd-'))
    const [port = 0] = await freePorts(1)
    await writeFile(join(folder, 'suffixes'), 'example\ncom\n')
    await writeFile(join(folder, 'rules.lua'), `dofile('/usr/share/rspamd/rules/rspamd.lua')\n${rules}`)
    await writeFile(join(folder, 'rspamd.conf'), configuration(folder, port))
    const rspamd = new Rspamd(folder, port)
    await rspamd.#answers()
    return rspamd
  }

  /** The symbols that a message gets. */
  async symbols(octets: Buffer): Promise<string[]> {
    const body = new Uint8Array(octets)
    const answer = await fetch(`http://127.0.0.1:${this.#port}/checkv2`, { method: 'POST', body })
    const { symbols } = (await answer.json()) as { symbols: Record<string, unknown> }
    return Object.keys(symbols)
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const ended = once(this.#process, 'exit')
      this.#process.kill('SIGTERM')
      await ended
    }
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #answers(): Promise<void> {
    for (let waited = 0; waited < startMilliseconds; waited += 100) {
      if (await isOpen(this.#port)) return
      if (this.#process.exitCode !== null) break
      await pause(100)
    }
    await this.stop()
    throw new Error(`rspamd did not start: ${this.#log}`)
  }
}

async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

/** The list of top-level domains is a short one: to compile the whole takes half a minute. Its own languages need none. */
function configuration(folder: string, port: number): string {
  return `options {
  pidfile = "${folder}/rspamd.pid";
  tempdir = "${folder}";
  filters = "regexp,chartable";
  cache_file = "${folder}/symbols.cache";
  hs_cache_dir = "${folder}";
  url_tld = "${folder}/suffixes";
  disable_hyperscan = true;
  enable_test_patterns = true;
  dns { nameserver = ["127.0.0.1"]; timeout = 0.1s; retransmits = 1; }
}
actions { reject = 15; add_header = 6; }
lang_detection { languages = ["en"]; }
logging { type = "console"; level = "warning"; color = false; }
worker "normal" { bind_socket = "127.0.0.1:${port}"; count = 1; }
lua = "${folder}/rules.lua";
.include "/etc/rspamd/groups.conf"
`
}
