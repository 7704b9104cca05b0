/**
 * What a failed copy says about the address of its subscriber (RFC 3463, RFC 7372, RFC 7505). Most refusals are about the message,
 * the list or this relay, and whoever counts those throws people off the list for what they have not done.
 *
 * What is said inside goes before what is said around it: the words of a reply before its code, the enhanced status code in the text
 * of a reply before the one of the report that quotes it. Pure.
 */
import type { AnsweredCommand } from '../smtp/answered-command.ts'
import { answeredCommand } from '../smtp/answered-command.ts'
import { isAboutSender, isGone, isUncertain, spokenWords } from './failure-words.ts'

/** A failure as it was told: by the reply of a next hop, by a report that came back, or by this side. */
export interface CopyFailure {
  /** Reply code; absent where there was no reply. */
  readonly code?: number | undefined
  /** Enhanced status code of the report or of the reason of this side, of a reply where its text does not begin with it. */
  readonly status?: string | undefined
  /** What was said, for people: text of the reply, diagnostic of the report, reason of this side. */
  readonly text: string
  /** The command that the reply answered; absent where nobody says so. */
  readonly answered?: AnsweredCommand | undefined
}

/**
 * `hard`: there is no such address, or it takes no mail. `soft`: it got no mail this time, and nobody knows why for good. `none`: it
 * is not the address's doing, and does not count.
 */
export type FailureClass = 'hard' | 'soft' | 'none'

/** Codes that say more than the first two numbers of theirs do. */
const classOfStatus: Readonly<Record<string, FailureClass>> = {
  // The destination is valid; something else was wrong.
  '1.5': 'soft',
  // The address of a host that is ambiguous, or moved without a new address.
  '1.4': 'soft',
  '2.1': 'hard',
  '2.2': 'soft',
  // The message is too long for the mailbox, or for the host.
  '2.3': 'none',
  '3.4': 'none',
  // No host for the domain.
  '4.4': 'hard',
  // The account is disabled; the mailbox has a new owner (RFC 7293).
  '7.13': 'hard',
  '7.17': 'hard',
}

/** By the subject of the code: the address, the mailbox, the system, the way there, the dialogue, the content, a policy. */
const classOfSubject: Readonly<Record<string, FailureClass>> = {
  '1': 'hard',
  '2': 'soft',
  '3': 'soft',
  '4': 'soft',
  '5': 'soft',
  '6': 'none',
  '7': 'soft',
}

/** Bad sender (mailbox syntax, system), and X.7.20 to X.7.30: who wrote or sent the message could not be established. */
const senderStatus = /^[45]\.(?:1\.[78]|7\.(?:2\d|30))$/
/** Within a text; no part of a network address, a version or a link. The subjects of RFC 3463 end with 7. */
const statusInText = /(?<![\w./-])[45]\.[0-7]\.\d{1,3}(?![\w-]|\.\d)/g

/**
 * The failure is about this relay, the sender or who vouches for them: it counts for nothing, and those who can do something about it
 * should hear of it. A reply to MAIL never is about anything else.
 */
export function isAboutThisRelay(failure: CopyFailure): boolean {
  const { text } = failure
  if ((failure.answered ?? answeredCommand(text)) === 'mail') return true
  return codesOf(failure).some(code => senderStatus.test(code)) || isAboutSender(text, spokenWords(text))
}

/** Classifies a failure. */
export function classifyFailure(failure: CopyFailure): FailureClass {
  if (isAboutThisRelay(failure)) return 'none'
  // X.0.0 says nothing that the reply code does not.
  const said = codesIn(failure.text).filter(says)
  // Some hosts put 5.1.x in front of everything that they refuse at RCPT.
  const inner = said.findLast(code => /^[45]\.[27]\./.test(code)) ?? said.at(-1)
  const { status = '', code = 0 } = failure
  if (inner !== undefined) {
    const isTemporary = status.startsWith('4.') || (code >= 400 && code < 500)
    return isTemporary && classOf(inner) === 'hard' ? 'soft' : classOf(inner)
  }
  if (!codePattern.test(status) || !says(status)) return classOfReply(failure)
  const found = classOf(status)
  // A program that was told 550 and no more reports 5.1.1.
  return found === 'hard' && isUncertain(spokenWords(failure.text)) ? 'soft' : found
}

const codePattern = /^[45]\.\d{1,3}\.\d{1,3}$/

function says(code: string): boolean {
  return code[2] !== '0'
}

function codesOf({ status = '', text }: CopyFailure): string[] {
  return codePattern.test(status) ? [status, ...codesIn(text)] : codesIn(text)
}

function codesIn(text: string): string[] {
  return text.slice(0, 4_000).match(statusInText) ?? []
}

function classOf(status: string): FailureClass {
  const [, subject = '', detail = ''] = status.split('.')
  const found = classOfStatus[`${subject}.${detail}`] ?? classOfSubject[subject] ?? 'soft'
  // What was temporary until time ran out says nothing for good.
  return found === 'hard' && status.startsWith('4.') ? 'soft' : found
}

/**
 * A host without enhanced codes: RFC 5321 section 4.2.3 has 550, 551 and 553 for the mailbox, where they answer RCPT. Where nobody says
 * what was answered, the words must speak of an address that does not exist.
 */
function classOfReply(failure: CopyFailure): FailureClass {
  const { code = codeIn(failure.text), text } = failure
  const words = spokenWords(text)
  const answered = failure.answered ?? answeredCommand(text)
  if (isUncertain(words)) return 'soft'
  if (answered === 'rcpt') return code === 550 || code === 551 || code === 553 ? 'hard' : 'soft'
  if (answered !== undefined) return 'soft'
  const mayBeGone = code === undefined || code === 550 || code === 551 || code === 553
  return mayBeGone && failure.status?.startsWith('4.') !== true && isGone(words) ? 'hard' : 'soft'
}

/** The reply that a report quotes. */
function codeIn(text: string): number | undefined {
  const code = /^\s*([245]\d\d)(?=[ -]|$)/.exec(text)?.[1]
  return code === undefined ? undefined : Number(code)
}
