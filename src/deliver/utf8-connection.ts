/**
 * nodemailer's SMTPConnection with three more abilities. It declares SMTPUTF8 for a message whose addresses are ASCII but whose
 * header fields are not (RFC 6531 section 3.4): nodemailer looks at the addresses only and has no setting for it. It asks for
 * reports as the previous hop did (RFC 3461): nodemailer writes other original recipients and codes the values again. And it
 * lets somebody look at the certificate of the peer between STARTTLS and the next command.
 */
import { TLSSocket } from 'node:tls'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import type { Notification } from '../smtp/dsn-parameters.ts'
import { mailArguments, recipientArguments } from '../smtp/dsn-parameters.ts'

type SendCommand = (this: SMTPConnection, line: string, logLine?: string) => void
type Upgraded = (error: Error | null, secured?: boolean) => void
type Upgrade = (this: SMTPConnection, callback: Upgraded) => void

const sendCommand = methodOf<SendCommand>(SMTPConnection.prototype, '_sendCommand')
const upgradeConnection = methodOf<Upgrade>(SMTPConnection.prototype, '_upgradeConnection')

export class Utf8Connection extends SMTPConnection {
  /** The next MAIL command is to carry SMTPUTF8. */
  declareSmtpUtf8 = false
  /** What the next MAIL and RCPT commands ask of reports; undefined: nothing. */
  notification: Notification | undefined
  /** Why the session must not go on with this peer; undefined where it may. Asked once TLS has begun. */
  refusal: (socket: TLSSocket) => string | undefined = () => undefined

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

/** A method that is not part of the published types: a version of nodemailer without it must not go unnoticed. */
function methodOf<T>(prototype: object, name: string): T {
  const method: unknown = Reflect.get(prototype, name)
  if (typeof method !== 'function') throw new TypeError(`this version of nodemailer has no ${name}`)
  return method as T
}
