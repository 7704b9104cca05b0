/**
 * nodemailer's SMTPConnection with more abilities. It declares SMTPUTF8 for a message whose addresses are ASCII but whose
 * header fields are not (RFC 6531 section 3.4): nodemailer looks at the addresses only and has no setting for it. It asks for
 * reports as the previous hop did (RFC 3461): nodemailer writes other original recipients and codes the values again. It
 * lets somebody look at the certificate of the peer between STARTTLS and the next command. And it is strict with replies where
 * nodemailer guesses: somebody else puts them together and says which may be taken, keywords are whole words of the reply to EHLO, and
 * nothing but 354 to DATA lets a message follow.
 */
import { TLSSocket } from 'node:tls'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import type { Notification } from '../smtp/dsn-parameters.ts'
import { mailArguments, recipientArguments } from '../smtp/dsn-parameters.ts'
import { announcedLines, readExtensions } from '../smtp/ehlo-reply.ts'

type SendCommand = (this: SMTPConnection, line: string, logLine?: string) => void
type Upgraded = (error: Error | null, secured?: boolean) => void
type Upgrade = (this: SMTPConnection, callback: Upgraded) => void
type TakeOctets = (this: SMTPConnection, octets: Buffer) => void
type TakeReply = (this: SMTPConnection, reply: string) => void
type EnvelopeDone = (error: Error | null, info?: unknown) => void
type TakeDataReply = (this: SMTPConnection, reply: string, callback: EnvelopeDone) => void

const sendCommand = methodOf<SendCommand>(SMTPConnection.prototype, '_sendCommand')
const upgradeConnection = methodOf<Upgrade>(SMTPConnection.prototype, '_upgradeConnection')
const takeOctets = methodOf<TakeOctets>(SMTPConnection.prototype, '_onData')
const takeEhloReply = methodOf<TakeReply>(SMTPConnection.prototype, '_actionEHLO')
const takeDataReply = methodOf<TakeDataReply>(SMTPConnection.prototype, '_actionDATA')

/** What nodemailer uses of the extensions of a host. */
const usedExtensions = ['STARTTLS', 'PIPELINING', '8BITMIME', 'SMTPUTF8', 'DSN', 'REQUIRETLS']

export class StrictConnection extends SMTPConnection {
  /** The next MAIL command is to carry SMTPUTF8. */
  declareSmtpUtf8 = false
  /** What the next MAIL and RCPT commands ask of reports; undefined: nothing. */
  notification: Notification | undefined
  /** Why the session must not go on with this peer; undefined where it may. Asked once TLS has begun. */
  refusal: (socket: TLSSocket) => string | undefined = () => undefined
  /** Given everything that the peer sends; hands whole replies to `takeReply`. */
  incoming: (octets: Buffer) => void = () => undefined

  /** Takes one reply, each octet a character, as the one to the command that waits for it the longest. */
  takeReply(reply: string): void {
    takeOctets.call(this, Buffer.from(`${reply.replaceAll('\n', '\r\n')}\r\n`, 'latin1'))
  }

  /** Overrides the method with which nodemailer takes what the peer sends. */
  _onData(octets: Buffer): void {
    if (!this.destroyed) this.incoming(octets)
  }

  /** Overrides the method that takes the reply to EHLO: nodemailer finds its words anywhere in it. */
  _actionEHLO(reply: string): void {
    takeEhloReply.call(this, reply.startsWith('2') ? plainEhloReply(reply) : reply)
  }

  /** Overrides the method that takes the reply to DATA, of which nodemailer believes any of 2yz and 3yz (RFC 5321 section 4.3.2). */
  _actionDATA(reply: string, callback: EnvelopeDone): void {
    const isOther = /^[23]/.test(reply) && !reply.startsWith('354')
    takeDataReply.call(this, reply, (error, info) => {
      callback(error === null && isOther ? notThatReply(reply) : error, info)
    })
  }

  /** Overrides the method with which nodemailer begins TLS after STARTTLS. */
  _upgradeConnection(callback: Upgraded): void {
    upgradeConnection.call(this, (error, secured) => {
      const socket: unknown = this._socket
      const reason = error === null && socket instanceof TLSSocket ? this.refusal(socket) : undefined
      callback(reason === undefined ? error : new Error(reason), secured)
    })
  }

  /** Overrides the method through which nodemailer writes every command line. */
  _sendCommand(line: string, logLine?: string): void {
    const declare =
      this.declareSmtpUtf8 && line.startsWith('MAIL FROM:') && !/> (.* )?SMTPUTF8( |$)/.test(line)
    const whole = `${declare ? `${line} SMTPUTF8` : line}${this.#argumentsFor(line)}`
    sendCommand.call(this, whole, logLine)
  }

  #argumentsFor(line: string): string {
    if (this.notification === undefined) return ''
    if (line.startsWith('MAIL FROM:')) return mailArguments(this.notification)
    return line.startsWith('RCPT TO:') ? recipientArguments(this.notification) : ''
  }
}

/** A reply to EHLO in which nodemailer finds nothing but what the host announces. */
function plainEhloReply(reply: string): string {
  const extensions = readExtensions(announcedLines(reply))
  const size = extensions.get('SIZE')
  const used = usedExtensions.filter(keyword => extensions.has(keyword))
  const lines = [
    'host',
    ...used,
    ...(size === undefined ? [] : [`SIZE ${/^\d*/.exec(size)?.[0] ?? ''}`.trim()]),
  ]
  return lines.map((line, at) => `250${at < lines.length - 1 ? '-' : ' '}${line}`).join('\n')
}

/** The error in the form of nodemailer's own. */
function notThatReply(reply: string): Error {
  return Object.assign(new Error('it answered DATA with something else than 354'), {
    command: 'DATA',
    code: 'EENVELOPE',
    response: reply,
  })
}

/** A method that is not part of the published types: a version of nodemailer without it must not go unnoticed. */
function methodOf<T>(prototype: object, name: string): T {
  const method: unknown = Reflect.get(prototype, name)
  if (typeof method !== 'function') throw new TypeError(`this version of nodemailer has no ${name}`)
  return method as T
}
