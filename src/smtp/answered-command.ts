/**
 * Which command a reply answered, as programs say it in the text of a report. A reply to MAIL is never about the recipient, whatever
 * its code is (RFC 5321 section 4.2.2), and a report tells it in words only: `(in reply to MAIL FROM command)`, `after RCPT TO:<...>`,
 * or as the lines of the session.
 */

/** A step of an SMTP session that a reply can answer. */
export type AnsweredCommand = 'greeting' | 'ehlo' | 'mail' | 'rcpt' | 'data'

/** Postfix and Exim, and those who say it as they do. */
const inWords =
  /\b(?:in (?:reply|response) to|after|while sending|during) (?:(?:the|initial|pipelined|sending|end of) ){0,3}(connection|(?:EHLO|HELO|LHLO)\b|MAIL[ _-]?FROM\b|MAIL command|RCPT(?:[ _-]?TO)?\b|DATA\b|message body|final dot)/i

/** Lines of the session, as Sendmail shows them: the command, and the refusal below it. */
const inSession = /^[ \t]*>>>[ \t]*([A-Za-z]{4})\b[^\n]{0,1000}\n[ \t]*<<<[ \t]*[45]\d\d/m

/** qmail tells it in sentences of its own. */
const sentences: readonly (readonly [RegExp, AnsweredCommand])[] = [
  [/\bbut greeting failed\b/i, 'greeting'],
  [/\bbut (?:my name|helo|ehlo) was rejected\b/i, 'ehlo'],
  [/\bbut sender was rejected\b|\bdoes not like sender\b/i, 'mail'],
  [/\bdoes not like recipient\b/i, 'rcpt'],
  [/\bfailed on DATA command\b|\bfailed after I sent the message\b/i, 'data'],
]

/** The step that a text names first; undefined where it names none. Linear in the text. */
export function answeredCommand(text: string): AnsweredCommand | undefined {
  // Sentences are broken into lines anywhere.
  const flowing = text.replace(/\s+/g, ' ')
  const said = inSession.exec(text)?.[1] ?? inWords.exec(flowing)?.[1]
  if (said !== undefined) return stepOf(said.toLowerCase())
  return sentences.find(([sentence]) => sentence.test(flowing))?.[1]
}

function stepOf(said: string): AnsweredCommand | undefined {
  if (said.startsWith('connect')) return 'greeting'
  if (/^[ehl]hlo|^helo/.test(said)) return 'ehlo'
  if (said.startsWith('mail')) return 'mail'
  if (said.startsWith('rcpt')) return 'rcpt'
  return /^(?:data|message|final)/.test(said) ? 'data' : undefined
}
