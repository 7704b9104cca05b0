/** The step of the SMTP dialogue that an outcome was decided in; `body` is from the first octet to the final reply. */
export type Phase =
  | 'discover'
  | 'connect'
  | 'greeting'
  | 'ehlo'
  | 'starttls'
  | 'mail'
  | 'rcpt'
  | 'data'
  | 'body'

const beforeMail: ReadonlySet<string> = new Set<Phase>([
  'discover',
  'connect',
  'greeting',
  'ehlo',
  'starttls',
])

/** True for the phases in which no word is said about the message: what fails there fails for every message to the host. */
export function isBeforeMail(phase: string): boolean {
  return beforeMail.has(phase)
}
