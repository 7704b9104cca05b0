/** The open mail transaction of a connection (RFC 5321 section 3.3), and the judgement of MAIL and RCPT by their syntax. */

import { isAsciiText } from '../message/header-field.ts'
import { comparableAscii } from '../message/mailbox.ts'
import type { RecipientRole } from '../record/recipient-role.ts'
import { parsePathCommand } from '../smtp/command.ts'
import type { RecipientNotification } from '../smtp/dsn-parameters.ts'
import { recipientNotification } from '../smtp/dsn-parameters.ts'
import type { Envelope } from '../smtp/envelope.ts'
import { type MailParameters, mailParameters } from '../smtp/mail-parameters.ts'
import { badRecipient, badSender, badSyntax, smtpUtf8Needed, unknownParameter } from '../smtp/replies.ts'
import type { SmtpReply } from '../smtp/reply.ts'
import type { TransactionContext } from './received.ts'

/** A command that was refused before anybody was asked about it. */
export interface Refused {
  readonly refusal: SmtpReply
}

/** A RCPT command. */
export interface ReadRecipient {
  readonly forwardPath: string
  readonly notification: RecipientNotification
}

export class Transaction {
  readonly context: TransactionContext
  readonly parameters: MailParameters
  /** Recipients that were refused count too: DATA without any accepted one then gets another reply. */
  refusedRecipients = 0
  readonly #recipients = new Map<string, { readonly forwardPath: string; readonly role: RecipientRole }>()
  readonly #notifications = new Map<string, RecipientNotification>()

  constructor(context: TransactionContext, parameters: MailParameters) {
    this.context = context
    this.parameters = parameters
  }

  get recipientCount(): number {
    return this.#recipients.size
  }

  /** Adds a recipient; one that was there before stays as it is. */
  addRecipient(forwardPath: string, role: RecipientRole, notification: RecipientNotification = {}): void {
    const key = comparableAscii(forwardPath)
    if (this.#recipients.has(key)) return
    this.#recipients.set(key, { forwardPath, role })
    if (Object.keys(notification).length > 0) this.#notifications.set(forwardPath, notification)
  }

  /** What is known for the judgement of the next recipient. */
  recipientContext(): TransactionContext {
    return { ...this.context, forwardPaths: this.#forwardPaths(), roles: this.roles() }
  }

  /** What the accepted recipients are, in the order of the envelope. */
  roles(): RecipientRole[] {
    return [...this.#recipients.values()].map(({ role }) => role)
  }

  envelope(): Envelope {
    const { bodyType, smtpUtf8, returns, envelopeId, requireTls } = this.parameters
    return {
      reversePath: this.context.reversePath,
      forwardPaths: this.#forwardPaths(),
      ...(bodyType !== undefined && { bodyType }),
      smtpUtf8,
      ...(returns !== undefined && { returns }),
      ...(envelopeId !== undefined && { envelopeId }),
      ...(this.#notifications.size > 0 && { notifications: Object.fromEntries(this.#notifications) }),
      ...(requireTls !== undefined && { requireTls }),
    }
  }

  #forwardPaths(): string[] {
    return [...this.#recipients.values()].map(({ forwardPath }) => forwardPath)
  }
}

/** What is known of the session when a MAIL command is read. */
export interface MailSession {
  readonly maxMessageBytes: number
  readonly isTls: boolean
  /** AUTH was announced: its parameter is understood, and nobody is believed because of it (RFC 4954 section 5). */
  readonly isSubmission: boolean
}

/** Reads a MAIL command: its path and parameters, or the reply that refuses it. */
export function readMail(
  line: string,
  { maxMessageBytes, isTls, isSubmission }: MailSession,
): Refused | (MailParameters & { reversePath: string }) {
  const command = parsePathCommand('MAIL', line)
  if (command.kind === 'bad-path') return { refusal: badSender }
  if (command.kind === 'bad-parameters') return { refusal: badSyntax }
  const given = isSubmission
    ? new Map([...command.parameters].filter(([keyword]) => keyword !== 'AUTH'))
    : command.parameters
  const parameters = mailParameters(given, maxMessageBytes, isTls)
  if ('refusal' in parameters) return parameters
  if (!parameters.smtpUtf8 && !isAsciiText(command.path)) return { refusal: smtpUtf8Needed }
  return { ...parameters, reversePath: command.path }
}

/** Reads a RCPT command: its path and what it asks of reports, or the reply that refuses it. */
export function readRecipient(line: string, smtpUtf8: boolean): Refused | ReadRecipient {
  const command = parsePathCommand('RCPT', line)
  if (command.kind === 'bad-path') return { refusal: badRecipient }
  if (command.kind === 'bad-parameters') return { refusal: badSyntax }
  for (const keyword of command.parameters.keys()) {
    if (keyword !== 'NOTIFY' && keyword !== 'ORCPT') return { refusal: unknownParameter }
  }
  const notification = recipientNotification(command.parameters, smtpUtf8)
  if (notification === undefined) return { refusal: badSyntax }
  if (!smtpUtf8 && !isAsciiText(command.path)) return { refusal: smtpUtf8Needed }
  return { forwardPath: command.path, notification }
}
