/**
 * nodemailer's SMTPConnection with one more ability: to declare SMTPUTF8 for a message whose addresses are ASCII but
 * whose header fields are not (RFC 6531 section 3.4). nodemailer looks at the addresses only and has no setting for it.
 */
import SMTPConnection from 'nodemailer/lib/smtp-connection'

type SendCommand = (this: SMTPConnection, line: string, logLine?: string) => void

const sendCommand = methodOf(SMTPConnection.prototype, '_sendCommand')

export class Utf8Connection extends SMTPConnection {
  /** The next MAIL command is to carry SMTPUTF8. */
  declareSmtpUtf8 = false

  /** Overrides the method through which nodemailer writes every command line. */
  _sendCommand(line: string, logLine?: string): void {
    const declare =
      this.declareSmtpUtf8 && line.startsWith('MAIL FROM:') && !/> (.* )?SMTPUTF8( |$)/.test(line)
    sendCommand.call(this, declare ? `${line} SMTPUTF8` : line, logLine)
  }
}

/** A method that is not part of the published types: a version of nodemailer without it must not go unnoticed. */
function methodOf(prototype: object, name: string): SendCommand {
  const method: unknown = Reflect.get(prototype, name)
  if (typeof method !== 'function') throw new TypeError(`this version of nodemailer has no ${name}`)
  return method as SendCommand
}
