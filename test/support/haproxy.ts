/** A real HAProxy, as Debian packages it, in front of SMTP listeners: one frontend for each, on free ports of 127.0.0.1. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePorts } from './free-ports.ts'

/** Why there is no HAProxy here; undefined where there is one. For `test.skipIf`; the reason is printed. */
export const haproxyMissing: string | undefined =
  spawnSync('haproxy', ['-v']).error === undefined ? undefined : 'haproxy is not installed'
if (haproxyMissing !== undefined) console.warn(`tests with HAProxy are skipped: ${haproxyMissing}`)

const startMilliseconds = 20_000

/** A listener behind it, and how the connections to that begin: words of a `server` line. */
export interface Backend {
  readonly port: number
  readonly options: string
}

export class Haproxy {
  /** Of its frontends, in the order of the backends. */
  readonly ports: readonly number[]
  readonly #folder: string
  readonly #process: ChildProcess
  #log = ''

  private constructor(folder: string, ports: readonly number[]) {
    this.#folder = folder
    this.ports = ports
    this.#process = spawn('haproxy', ['-db', '-f', join(folder, 'haproxy.cfg')], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [this.#process.stdout, this.#process.stderr])
      stream?.on('data', (chunk: Buffer) => {
        this.#log += chunk.toString()
      })
  }

  /** Starts one; resolves when its frontends take connections. */
  static async start(backends: readonly Backend[]): Promise<Haproxy> {
    const folder = await mkdtemp(join(tmpdir(), 'haproxy-'))
    const ports = await freePorts(backends.length + 1)
    const [statusPort = 0, ...frontends] = ports
    await writeFile(join(folder, 'haproxy.cfg'), configuration(backends, frontends, statusPort))
    const haproxy = new Haproxy(folder, frontends)
    await haproxy.#answers(statusPort)
    return haproxy
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const ended = once(this.#process, 'exit')
      this.#process.kill('SIGTERM')
      await ended
    }
    await rm(this.#folder, { recursive: true, force: true })
  }

  /** A port of its own is asked, so that no connection comes to a listener that is none of the test's. */
  async #answers(port: number): Promise<void> {
    for (let waited = 0; waited < startMilliseconds; waited += 50) {
      if (await isOpen(port)) return
      if (this.#process.exitCode !== null) break
      await pause(50)
    }
    await this.stop()
    throw new Error(`HAProxy did not start: ${this.#log}`)
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

function configuration(backends: readonly Backend[], ports: readonly number[], statusPort: number): string {
  const parts = backends.map(
    ({ port, options }, at) => `listen smtp${at}
  bind 127.0.0.1:${ports[at]}
  server relay 127.0.0.1:${port} ${options}
`,
  )
  return `global
  maxconn 200
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend status
  mode http
  bind 127.0.0.1:${statusPort}
${parts.join('')}`
}
