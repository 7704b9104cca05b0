/** send: hands one message to an SMTP server, to try a relay out. It signs nothing and keeps nothing. */
import type { Command } from 'commander'
import { domainOf } from '../message/mailbox.ts'
import { printable } from '../message/printable.ts'
import { readMessageOctets } from './message-file.ts'
import type { JsonOption } from './options.ts'
import { addressArgument, collectAddress, withJson } from './options.ts'
import type { Finish, Terminal } from './terminal.ts'
import { jsonText, UsageError } from './terminal.ts'

interface SendOptions extends JsonOption {
  readonly from: string
  readonly to: readonly string[]
  readonly server: string
  readonly subject: string
}

interface Sent {
  readonly accepted: boolean
  /** The last reply of the server. */
  readonly reply: string
}

/** Adds `send`. */
export function sendCommand(program: Command, terminal: Terminal, finish: Finish): void {
  withJson(program.command('send'))
    .description('send a message over SMTP, to try a relay out')
    .argument('[file]', 'message; - is standard input; without it a short one is made')
    .requiredOption('--from <address>', 'MAIL FROM', addressArgument)
    .requiredOption('--to <address>', 'RCPT TO; may be given several times', collectAddress)
    .option('--server <host:port>', 'where to', '127.0.0.1:2525')
    .option('--subject <text>', 'Subject of the message that is made', 'A first message')
    .action(async (file: string | undefined, options: SendOptions) => {
      const octets =
        file === undefined ? firstMessage(options, terminal) : await readMessageOctets(file, terminal)
      const sent = await send(octets, options)
      terminal.out(options.json ? jsonText(sent) : `${printable(sent.reply)}\n`)
      finish(sent.accepted ? 0 : 1)
    })
}

function firstMessage({ from, to, subject }: SendOptions, terminal: Terminal): Buffer {
  const id = terminal.random(12).toString('hex')
  const lines = [
    `From: <${from}>`,
    `To: ${to.map(address => `<${address}>`).join(', ')}`,
    `Subject: ${subject}`,
    `Date: ${new Date(terminal.clock()).toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${id}@${domainOf(from) || 'localhost'}>`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
    '',
    'This message tries out a relay.',
    '',
  ]
  const breaking = lines.find(line => /[\r\n]/.test(line))
  if (breaking !== undefined) throw new UsageError('addresses and subject must be of one line')
  return Buffer.from(lines.join('\r\n'))
}

/** One transaction. The certificate is not checked: relays to try out mostly have none that anybody vouches for. */
async function send(octets: Buffer, options: SendOptions): Promise<Sent> {
  const { createTransport } = await import('nodemailer')
  const transport = createTransport({ ...serverOf(options.server), tls: { rejectUnauthorized: false } })
  try {
    const { response } = await transport.sendMail({
      envelope: { from: options.from, to: [...options.to] },
      raw: octets,
    })
    return { accepted: true, reply: response }
  } catch (error) {
    const { response, message } = error as Error & { response?: string }
    return { accepted: false, reply: response ?? noReply(options.server, message) }
  } finally {
    transport.close()
  }
}

/** Nobody said anything, so there is no reply to show. */
function noReply(server: string, reason: string): string {
  return `no reply from ${server}: ${reason}. Is the relay running, and does a listener of it (dkim2-relay status) have this address and port? --server HOST:PORT names another`
}

function serverOf(text: string): { host: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text)
  if (match === null) throw new UsageError(`--server ${text}: expected host:port, such as 127.0.0.1:2525`)
  return { host: match[1] ?? match[2] ?? '', port: Number(match[3]) }
}
