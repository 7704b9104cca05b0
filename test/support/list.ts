/** A relay with mailing lists, and people of origin.example who write to them; all mail to them comes to the sink. */
import { createSecretKey } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RelayConfigInput } from '../../src/config/schema.ts'
import type { ListSettingsInput } from '../../src/lists/settings.ts'
import type { TokenClaim } from '../../src/lists/tokens.ts'
import { makeToken } from '../../src/lists/tokens.ts'
import { fieldValue } from '../../src/message/header-field.ts'
import { readMessage } from '../../src/message/message.ts'
import type { Subscriber } from '../../src/store/list-records.ts'
import { openReader, openWriter } from './database-beside.ts'
import type { SendResult } from './send.ts'
import { send } from './send.ts'
import type { SinkMessage } from './sink.ts'
import type { Stage } from './stage.ts'
import { relayOn } from './stage.ts'
import type { TestRelay } from './test-relay.ts'
import { databaseIn, temporaryFolder } from './test-relay.ts'

export const listAddress = 'news@lists.example'

/** A relay for lists.example, with one list, `news@lists.example`, unless others are named. */
export async function listRelay(
  on: Stage,
  settings: Partial<ListSettingsInput> = {},
  config: Partial<RelayConfigInput> = {},
  addresses: readonly string[] = [listAddress],
): Promise<TestRelay> {
  const sink = { host: '127.0.0.1', port: on.sink.port, tls: 'none' } as const
  const folder = temporaryFolder()
  makeLists(folder, settings, addresses)
  const domains = { 'lists.example': { aliases: {} } }
  const routes = { 'origin.example': sink, 'owners.example': sink }
  return relayOn(on, { domains, routes, ...config }, folder)
}

/** Before the relay starts, which would see lists that are made beside it a second later. */
function makeLists(folder: string, settings: Partial<ListSettingsInput>, addresses: readonly string[]): void {
  mkdirSync(join(folder, 'data'), { mode: 0o700 })
  const writer = openWriter(databaseIn(folder))
  writer.together(() => {
    for (const address of addresses) {
      const whole = { owners: ['owner@owners.example'], title: 'Garden news', ...settings }
      writer.createList({ address, settings: whole, createdAt: 0 })
    }
  })
  writer.close()
}

/** Subscribes addresses as an operator does. */
export function subscribeAddresses(relay: TestRelay, addresses: readonly string[], list = listAddress): void {
  const writer = openWriter(relay.database)
  const id = writer.list(list)?.id ?? 0
  writer.subscribe(
    id,
    addresses.map(address => ({ address, addressKey: address.toLowerCase() })),
    1_000,
  )
  writer.close()
}

/** Everybody who is subscribed. */
export function subscribersOf(relay: TestRelay, list = listAddress): readonly Subscriber[] {
  const reader = openReader(relay.database)
  try {
    return reader.subscribers({ listId: reader.list(list)?.id ?? 0, limit: 1_000 })
  } finally {
    reader.close()
  }
}

export interface CommandMail {
  readonly to: string
  /** Address in From; default that of the reverse-path. */
  readonly from?: string
  readonly reversePath?: string
  readonly subject?: string
  /** Fields in raw latin1, each with its CRLF, on top of the others. */
  readonly extra?: string
  /** Address to connect from, of 127.0.0.0/8. */
  readonly localAddress?: string
  /** Default true: signed with DKIM2 by origin.example. */
  readonly isSigned?: boolean
}

export function commandText(mail: CommandMail): Buffer {
  const reversePath = mail.reversePath ?? 'a@origin.example'
  const { to, from = reversePath, subject = '', extra = '' } = mail
  const id = /^Message-ID:/m.test(extra) ? '' : 'Message-ID: <1@origin.example>\r\n'
  const header = `From: ${from}\r\nTo: ${to}\r\nSubject: ${subject}\r\n${id}`
  return Buffer.from(`${extra}${header}\r\nHello.\r\n`, 'latin1')
}

/** Sends a command by mail, signed by the domain of its author unless told otherwise. */
export async function sendCommand(on: Stage, relay: TestRelay, mail: CommandMail): Promise<SendResult> {
  const reversePath = mail.reversePath ?? 'a@origin.example'
  const envelope = { from: reversePath, to: [mail.to] }
  const text = commandText(mail)
  const octets = mail.isSigned === false ? text : await on.origin.sign(text, envelope)
  return send(relay.port, { ...envelope, octets }, mail.localAddress)
}

/** The names of the fields of a message that this relay wrote, without those of its signatures, in order. */
export function writtenFields(message: SinkMessage | undefined): string[] {
  const names = readMessage(message?.octets ?? Buffer.alloc(0)).fields.map(field => field.name)
  return names.filter(name => !/^(?:DKIM2?-|ARC-|MailVersion|Content-Transfer-Encoding)/i.test(name))
}

/** A field of a message as it was received, unfolded. */
export function fieldOf(message: SinkMessage | undefined, name: string): string {
  const fields = readMessage(message?.octets ?? Buffer.alloc(0)).fields
  const found = fields.find(field => field.name.toLowerCase() === name.toLowerCase())
  return found === undefined ? '' : fieldValue(found)
}

/** Settings of an HTTP listener on a free port. */
export const httpConfig = { http: { port: 0, publicUrl: 'https://www.lists.example/lists' } }

/** A token as this relay makes them; what is not said is that of the first subscriber of the list. */
export function tokenOf(
  relay: TestRelay,
  said: Partial<TokenClaim> = {},
  boundTo: readonly string[] = [listAddress, 'a@origin.example'],
): string {
  const key = createSecretKey(readFileSync(join(relay.folder, 'keys', 'list-token.key')))
  const claim: TokenClaim = {
    kind: 'unsubscribe',
    id: 1,
    expiresAtMilliseconds: Date.now() + 86_400_000,
    ...said,
  }
  return makeToken(key, claim, boundTo)
}
