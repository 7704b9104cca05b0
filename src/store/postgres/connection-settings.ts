/** How a server is reached: what an operator writes, as the driver takes it. */
import { readFileSync } from 'node:fs'
import pg from 'pg'
import { StoreError } from '../store-error.ts'

export interface PostgresSettings {
  /** `postgres://user@host:port/database`; a folder of a socket as `?host=/run/postgresql`. */
  readonly url: string
  /** Connections to the server at the same time, at least 3. */
  readonly connections: number
  /** File with the password. Without it: what the URL says, or none. */
  readonly passwordFile?: string | undefined
  /** PEM file with the authorities that vouch for the server. Without it: those of Node. */
  readonly authorityFile?: string | undefined
}

export interface ServerSettings {
  /** `host:port/database`: what people are told of it. */
  readonly name: string
  readonly client: pg.ClientConfig
}

/** An answer that takes longer is not waited for: the connection is given up, and with it what it had begun. */
const answerMilliseconds = 60_000
/** The server itself ends what takes so long, and what waits so long for somebody else's lock. */
const statementMilliseconds = 30_000
const lockMilliseconds = 10_000
const connectMilliseconds = 5_000

/**
 * Over a network there is TLS, with the name in the certificate checked, unless the URL says `sslmode=disable`; on this machine there is
 * none unless it says `sslmode=verify-full`. What encrypts without knowing to whom is not offered.
 *
 * @throws StoreError `refused` for a URL that is none, and for a file that cannot be read
 */
export function serverSettings(settings: PostgresSettings, isReadOnly: boolean): ServerSettings {
  const url = URL.parse(settings.url)
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol) || url.pathname.length < 2)
    throw new StoreError(
      'refused',
      'store.postgres: expected a URL such as postgres://user@host:5432/database',
    )
  const socket = url.searchParams.get('host')
  const host = socket ?? (url.hostname.replace(/^\[|\]$/g, '') || '127.0.0.1')
  const port = Number(url.port || 5432)
  const database = decodeURIComponent(url.pathname.slice(1))
  const password = passwordOf(url, settings)
  return {
    name: socket === null ? `${url.hostname}:${port}/${database}` : `${socket}:${port}/${database}`,
    client: {
      host,
      port,
      database,
      user: decodeURIComponent(url.username) || 'relay',
      // Otherwise the driver looks for one in the environment and in the home folder.
      password: password ?? '',
      ssl: tlsOf(url, host, settings),
      pipeline: true,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      connectionTimeoutMillis: connectMilliseconds,
      query_timeout: answerMilliseconds,
      statement_timeout: statementMilliseconds,
      lock_timeout: lockMilliseconds,
      idle_in_transaction_session_timeout: answerMilliseconds,
      application_name: 'dkim2-relay',
      types: { getTypeParser: typeParser },
      ...(isReadOnly && { options: '-c default_transaction_read_only=on' }),
    },
  }
}

function passwordOf(url: URL, { passwordFile }: PostgresSettings): string | undefined {
  if (passwordFile === undefined) return url.password === '' ? undefined : decodeURIComponent(url.password)
  return readText(passwordFile, 'store.passwordFile').replace(/\r?\n$/, '')
}

function tlsOf(url: URL, host: string, { authorityFile }: PostgresSettings): pg.ClientConfig['ssl'] {
  const isHere = host.startsWith('/') || ['localhost', '127.0.0.1', '::1'].includes(host)
  const mode = url.searchParams.get('sslmode') ?? (isHere ? 'disable' : 'verify-full')
  if (mode === 'disable') return false
  if (mode !== 'verify-full')
    throw new StoreError(
      'refused',
      `store.postgres: sslmode=${mode} would trust whoever answers; expected verify-full or disable`,
    )
  const ca = authorityFile === undefined ? {} : { ca: readText(authorityFile, 'store.authorityFile') }
  return { ...ca, rejectUnauthorized: true, ...(!/^[\d.:]+$/.test(host) && { servername: host }) }
}

function readText(file: string, setting: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new StoreError('refused', `${setting}: ${(cause as Error).message}`)
  }
}

/** Numbers as numbers, also sums and counts; truth as SQLite has it. */
const parsers: Readonly<Record<number, (text: string) => unknown>> = {
  16: text => (text === 't' ? 1 : 0),
  20: Number,
  1700: Number,
}

const typeParser: typeof pg.types.getTypeParser = (oid: number, format?: 'text' | 'binary') =>
  (format !== 'binary' && parsers[oid]) || pg.types.getTypeParser(oid, format as 'text')
