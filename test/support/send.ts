/** Sends one message as a polite client would. */
import { RawClient } from './raw-client.ts'

export interface Mail {
  /** Reverse-path; '' for the null one. */
  readonly from: string
  readonly to: readonly string[]
  readonly octets: Buffer
  /** What follows the path in MAIL, such as `RET=HDRS`. */
  readonly mailParameters?: string
  /** What follows every path in RCPT. */
  readonly rcptParameters?: string
}

/** The last reply of each step; a refused step ends the session. */
export interface SendResult {
  readonly mail: string
  readonly rcpt: readonly string[]
  /** Reply to the end of data; '' when it did not come to that. */
  readonly data: string
  /** Queue id of the reply. */
  readonly queueId: string
}

/** @param localAddress to connect from; any of 127.0.0.0/8 plays another client */
export async function send(port: number, mail: Mail, localAddress?: string): Promise<SendResult> {
  const client = await RawClient.connect({ port, ...(localAddress === undefined ? {} : { localAddress }) })
  try {
    return await transaction(client, mail)
  } finally {
    client.end()
  }
}

async function transaction(client: RawClient, { from, to, octets, ...asked }: Mail): Promise<SendResult> {
  await client.reply()
  await ask(client, 'EHLO client.example')
  const mail = await ask(client, `MAIL FROM:<${from}>${parameters(asked.mailParameters)}`)
  const rcpt: string[] = []
  for (const path of to) rcpt.push(await ask(client, `RCPT TO:<${path}>${parameters(asked.rcptParameters)}`))
  const refused = { mail, rcpt, data: '', queueId: '' }
  if (!mail.startsWith('2') || !rcpt.some(reply => reply.startsWith('2'))) return refused
  const go = await ask(client, 'DATA')
  if (!go.startsWith('354')) return { ...refused, data: go }
  await client.write(stuffed(octets))
  const data = await client.reply()
  return { mail, rcpt, data, queueId: /queued as (\S+)/.exec(data)?.[1] ?? '' }
}

function parameters(text: string | undefined): string {
  return text === undefined ? '' : ` ${text}`
}

async function ask(client: RawClient, line: string): Promise<string> {
  await client.write(`${line}\r\n`)
  return client.reply()
}

/** Dot-stuffing and the end of data (RFC 5321 section 4.5.2). */
function stuffed(octets: Buffer): Buffer {
  const text = octets.toString('latin1').replace(/^\./gm, '..')
  return Buffer.from(`${text}${text.endsWith('\r\n') ? '' : '\r\n'}.\r\n`, 'latin1')
}

/** A plain message; `extra` fields go on top. */
export function plainMessage({ subject = 'Plans', body = 'Hello.\r\n.dot\r\n', extra = '' } = {}): Buffer {
  const header = `${extra}From: Sender <a@origin.example>\r\nTo: team@alias.example\r\nSubject: ${subject}\r\nMessage-ID: <1@origin.example>\r\n`
  return Buffer.from(`${header}\r\n${body}`, 'latin1')
}
