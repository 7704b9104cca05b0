/**
 * What an error of nodemailer says: the step it belongs to, the words of the peer, and its own.
 */
import type { Phase } from './outcome.ts'

/**
 * The step whose reply an error of nodemailer carries. With PIPELINING that is not the step that was answered last: an
 * error of MAIL is told only when the replies to RCPT and DATA have come too.
 */
export function phaseOfCommand(error: unknown): Phase | undefined {
  if (!(error instanceof Error) || !('command' in error)) return undefined
  if (error.command === 'MAIL FROM') return 'mail'
  if (error.command === 'RCPT TO') return 'rcpt'
  // nodemailer would not begin: the socket was half-closed.
  if (error.command === 'API') return 'mail'
  if (error.command !== 'DATA' || !('code' in error)) return undefined
  return error.code === 'EMESSAGE' ? 'body' : 'data'
}

/** What happened, for people. */
export function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // The only time limit that is left to nodemailer: the socket's, which is set while a message is sent.
  return 'code' in error && error.code === 'ETIMEDOUT' ? 'the peer stopped taking the message' : error.message
}

/** The reply of the peer, all its lines; undefined when it said nothing. */
export function responseOf(error: unknown): string | undefined {
  const response = error instanceof Error && 'response' in error ? error.response : undefined
  return typeof response === 'string' ? response : undefined
}
