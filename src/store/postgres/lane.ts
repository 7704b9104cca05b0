/** One connection to the server, opened when it is needed and again after it has ended. Statements are sent without waiting for answers. */
import pg from 'pg'
import { StoreError } from '../store-error.ts'
import type { ServerSettings } from './connection-settings.ts'
import { bind, type Template, template } from './dialect.ts'
import { fromPostgres } from './errors.ts'

/** What a statement has answered. */
export interface Answer {
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  /** How many rows it has changed, or answers. */
  readonly count: number
}

/** Puts a statement to the server. Its parameters are those of the statement's dialect: one object, or in their places. */
export type Ask = (sql: string, ...parameters: readonly unknown[]) => Promise<Answer>

/** Statements of this program, taken apart; there are as many as there are in its sources. */
const templates = new Map<string, Template>()
/** Their names on the server. */
const names = new Map<string, string>()

function templateOf(sql: string): Template {
  const known = templates.get(sql)
  if (known !== undefined) return known
  const made = template(sql)
  templates.set(sql, made)
  return made
}

function nameOf(text: string): string {
  const known = names.get(text)
  if (known !== undefined) return known
  const name = `s${names.size}`
  names.set(text, name)
  return name
}

export class Lane {
  readonly #server: ServerSettings
  readonly #onOpen: (client: pg.Client) => void
  #client: Promise<pg.Client> | undefined
  #isClosed = false

  constructor(server: ServerSettings, onOpen: (client: pg.Client) => void = () => {}) {
    this.#server = server
    this.#onOpen = onOpen
  }

  /** The open connection. Rejects with a StoreError, `away` while the server cannot be reached. */
  async open(): Promise<LaneConnection> {
    if (this.#isClosed) throw new StoreError('closed', 'the store is closed')
    const client = this.#client ?? this.#connect()
    this.#client = client
    return new LaneConnection(await client, this.#server.name)
  }

  /** Gives a connection up; the next request opens another one. */
  async drop(): Promise<void> {
    const client = this.#client
    this.#client = undefined
    await client?.then(one => one.end()).catch(() => {})
  }

  close(): Promise<void> {
    this.#isClosed = true
    return this.drop()
  }

  #connect(): Promise<pg.Client> {
    const client = new pg.Client(this.#server.client)
    const opening = client.connect().then(
      () => {
        this.#onOpen(client)
        return client
      },
      (error: unknown) => {
        forget()
        throw fromPostgres(error, this.#server.name)
      },
    )
    const forget = () => {
      if (this.#client === opening) this.#client = undefined
    }
    // Whoever has asked something hears of it; that an idle connection ends is no failure of anything.
    client.on('error', forget)
    client.on('end', forget)
    return opening
  }
}

export class LaneConnection {
  readonly #client: pg.Client
  readonly #server: string

  constructor(client: pg.Client, server: string) {
    this.#client = client
    this.#server = server
  }

  /** A statement of the program, prepared when it is asked for the first time. Rejects with what the driver throws. */
  readonly ask: Ask = async (sql, ...parameters) => {
    const { text, values } = bind(templateOf(sql), parameters)
    const { rows, rowCount } = await this.#client.query({ name: nameOf(text), text, values })
    return { rows, count: rowCount ?? 0 }
  }

  /** What is no statement with parameters: BEGIN and the like, and files of them. */
  async tell(sql: string): Promise<void> {
    await this.#client.query(sql)
  }

  toStoreError(error: unknown): StoreError {
    return fromPostgres(error, this.#server)
  }
}
