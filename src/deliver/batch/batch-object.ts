/**
 * A Batch SMTP object (RFC 2442): what an SMTP client would say that is answered yes to everything. Each message is a transaction
 * of its own with one recipient, as it would be over SMTP.
 */
import { isAsciiText } from '../../message/header-field.ts'
import { mailArguments, recipientArguments } from '../../smtp/dsn-parameters.ts'
import { dataBlocks } from '../message-data.ts'
import type { OutgoingMail } from '../outcome.ts'

/** A message whose octets are in memory. */
export interface BatchMessage {
  readonly mail: Omit<OutgoingMail, 'content'>
  readonly chunks: readonly Buffer[]
}

/** The replies that one message has in the answer to an object: to MAIL, RCPT, DATA and its end. */
export const repliesOfMessage = ['mail', 'rcpt', 'data', 'body'] as const

/** The octets of an object, in pieces. */
export function* batchObject(ehloName: string, messages: readonly BatchMessage[]): Generator<Buffer, void> {
  yield Buffer.from(`EHLO ${ehloName}\r\n`)
  for (const { mail, chunks } of messages) {
    yield Buffer.from(`${mailCommand(mail)}\r\n${recipientCommand(mail)}\r\nDATA\r\n`)
    for (const { octets } of dataBlocks(chunks)) yield octets
  }
  yield Buffer.from('QUIT\r\n')
}

/** The media type with the extensions that the object needs (RFC 2442: required-extensions). */
export function batchMediaType(messages: readonly BatchMessage[]): string {
  const needs = new Set<string>()
  for (const { mail } of messages) {
    if (mail.eightBit) needs.add('8BITMIME')
    if (needsSmtpUtf8(mail)) needs.add('SMTPUTF8')
    if (mail.notification !== undefined) needs.add('DSN')
    if (mail.requireTls === true) needs.add('REQUIRETLS')
  }
  const extensions = needs.size === 0 ? '' : `; required-extensions="${[...needs].join(',')}"`
  return `application/batch-SMTP${extensions}`
}

function mailCommand(mail: BatchMessage['mail']): string {
  const { reversePath, sizeBytes, eightBit, requireTls, notification } = mail
  const words = [
    `MAIL FROM:<${reversePath}>`,
    `SIZE=${sizeBytes}`,
    ...(eightBit ? ['BODY=8BITMIME'] : []),
    ...(needsSmtpUtf8(mail) ? ['SMTPUTF8'] : []),
    ...(requireTls === true ? ['REQUIRETLS'] : []),
  ]
  return words.join(' ') + (notification === undefined ? '' : mailArguments(notification))
}

function recipientCommand({ forwardPath, notification }: BatchMessage['mail']): string {
  const asked = notification === undefined ? '' : recipientArguments(notification)
  return `RCPT TO:<${forwardPath}>${asked}`
}

function needsSmtpUtf8({ smtpUtf8, reversePath, forwardPath }: BatchMessage['mail']): boolean {
  return smtpUtf8 || !isAsciiText(reversePath + forwardPath)
}
