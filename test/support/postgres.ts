/** A PostgreSQL server of its own for a test: in a temporary folder, on the loopback address, without fsync unless that is asked for. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, globSync, mkdtempSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { freePorts } from './free-ports.ts'

const run = promisify(execFile)

/** Where Debian has it; the newest of those that are there. */
const programs = globSync('/usr/lib/postgresql/*/bin').sort().at(-1)

/** One of the programs that come with the server. */
export function postgresProgram(name: string): string {
  return join(programs ?? '', name)
}

/** Why tests with it are skipped; undefined: it is here. */
export const postgresMissing =
  programs !== undefined && existsSync(join(programs, 'initdb'))
    ? undefined
    : 'PostgreSQL is not installed (Debian package postgresql)'

export interface PostgresSettings {
  /** Makes commits as slow as the disk is; default false. */
  readonly fsync?: boolean
  /** Further settings, such as `max_connections`. */
  readonly settings?: Readonly<Record<string, string | number>>
  /** Its certificate: it then takes TLS. */
  readonly certificate?: { readonly cert: string; readonly key: string }
  /** Clients on the loopback address have to give this password. */
  readonly password?: string
}

export class PostgresServer {
  readonly port: number
  readonly #folder: string
  readonly #settings: PostgresSettings
  #process: ChildProcess | undefined
  #databases = 0

  private constructor(folder: string, port: number, settings: PostgresSettings) {
    this.#folder = folder
    this.port = port
    this.#settings = settings
  }

  static async start(settings: PostgresSettings = {}): Promise<PostgresServer> {
    const folder = mkdtempSync(join(tmpdir(), 'postgres-'))
    if (isRoot) await run('chown', ['postgres:postgres', folder])
    chmodSync(folder, 0o700)
    const server = new PostgresServer(folder, (await freePorts(1))[0] ?? 0, settings)
    const asked = [
      '-D',
      join(folder, 'data'),
      '-U',
      'relay',
      '--auth=trust',
      '--no-sync',
      '-E',
      'UTF8',
      '--locale=C',
    ]
    await run(...command('initdb', asked))
    if (settings.certificate !== undefined) await server.#putCertificate(settings.certificate)
    if (settings.password !== undefined) await server.#demandPassword(settings.password)
    await server.launch()
    return server
  }

  /** How it is reached. */
  get place(): { readonly folder: string; readonly port: number } {
    return { folder: this.#folder, port: this.port }
  }

  /** The URL of a database; by its socket, so that no password is needed, or over TCP. */
  url(database: string, over: 'socket' | 'tcp' = 'socket', port = this.port): string {
    return over === 'socket'
      ? `postgres://relay@localhost:${this.port}/${database}?host=${encodeURIComponent(this.#folder)}`
      : `postgres://relay@127.0.0.1:${port}/${database}`
  }

  /** Makes a new database, as a copy of another one if that is named; its name. */
  async newDatabase(template = 'template0'): Promise<string> {
    const name = `test_${++this.#databases}`
    await this.query(`CREATE DATABASE ${name} TEMPLATE ${template}`)
    return name
  }

  /** Asks the server itself. */
  async query(sql: string, database = 'postgres'): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ host: this.#folder, port: this.port, user: 'relay', database })
    client.on('error', () => {})
    await client.connect()
    try {
      return (await client.query(sql)).rows
    } finally {
      await client.end()
    }
  }

  /** Starts it on what it had before; resolves when it takes connections. */
  async launch(): Promise<void> {
    const { fsync = false, settings = {}, certificate } = this.#settings
    const all = {
      listen_addresses: '127.0.0.1',
      port: this.port,
      unix_socket_directories: this.#folder,
      fsync: fsync ? 'on' : 'off',
      shared_buffers: '64MB',
      max_connections: 200,
      ...(certificate && { ssl: 'on', ssl_cert_file: 'server.crt', ssl_key_file: 'server.key' }),
      ...settings,
    }
    const options = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const [file, parameters] = command('postgres', ['-D', join(this.#folder, 'data'), ...options])
    const child = spawn(file, parameters, { stdio: ['ignore', 'ignore', 'pipe'] })
    this.#process = child
    const isReady = Promise.withResolvers<void>()
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4_000)
      if (said.includes('ready to accept connections')) isReady.resolve()
    })
    child.once('exit', () => isReady.reject(new Error(`PostgreSQL did not start:\n${said}`)))
    await isReady.promise
  }

  /** Ends it: `SIGINT` ends its clients too, `SIGQUIT` ends it as a crash does. */
  async halt(signal: 'SIGINT' | 'SIGQUIT' = 'SIGINT'): Promise<void> {
    const child = this.#process
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }

  async stop(): Promise<void> {
    await this.halt()
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #putCertificate({ cert, key }: NonNullable<PostgresSettings['certificate']>): Promise<void> {
    for (const [name, text] of [
      ['server.crt', cert],
      ['server.key', key],
    ] as const) {
      const file = join(this.#folder, 'data', name)
      await writeFile(file, text, { mode: 0o600 })
      if (isRoot) await run('chown', ['postgres:postgres', file])
    }
  }

  async #demandPassword(password: string): Promise<void> {
    const hba = 'local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n'
    await writeFile(join(this.#folder, 'data', 'pg_hba.conf'), hba)
    await this.launch()
    await this.query(`ALTER ROLE relay PASSWORD '${password}'`)
    await this.halt()
  }
}

/** It refuses to run as root. */
const isRoot = process.getuid?.() === 0

function command(program: string, parameters: readonly string[]): [file: string, parameters: string[]] {
  const file = postgresProgram(program)
  if (!isRoot) return [file, [...parameters]]
  return ['setpriv', ['--reuid=postgres', '--regid=postgres', '--clear-groups', file, ...parameters]]
}
