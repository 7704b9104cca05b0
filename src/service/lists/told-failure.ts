/** A failed copy as it was told, here or in a report, classified and in words. */
import type { Report } from '../../bounce/report.ts'
import type { CopyFailure } from '../../lists/failure-class.ts'
import { classifyFailure, isAboutThisRelay } from '../../lists/failure-class.ts'
import type { ClassifiedFailure } from '../../lists/standing.ts'
import { oneLine } from '../../message/printable.ts'
import type { AnsweredCommand } from '../../smtp/answered-command.ts'
import type { FailedCopy } from '../../store/list-records.ts'

/** A report of a failure that cannot be read any more. */
export const unreadable: ClassifiedFailure = { failure: 'soft', reason: 'a report of a failure' }

/** Enhanced status code in front of a decision of this side. */
const ownStatus = /^([45]\.\d{1,3}\.\d{1,3})\b/

/** What is known of a copy that failed here. */
export function failureOf({
  reason,
  reply,
  phase,
}: Pick<FailedCopy, 'reason' | 'reply' | 'phase'>): ClassifiedFailure {
  if (reply !== null) {
    const { code, enhanced, text } = reply
    const answered = answeredIn[phase ?? '']
    // The code of the reply is its innermost word, as it is in a report that quotes it.
    const words = enhanced === '' ? text : `${enhanced} ${text}`
    return classified({ code, text: words, answered }, said([String(code), enhanced, text]))
  }
  const text = reason ?? ''
  const status = ownStatus.exec(text)?.[1]
  // What this side or its operator decides about a message is not the address's doing.
  const isAboutAddress = status !== undefined && /^5\.(?:1|4)\./.test(status)
  const failure = isAboutAddress ? classifyFailure({ status, text }) : 'none'
  return { failure, reason: said([text]) }
}

/** What a report says of its failed recipient; one to a bounce address is about one. */
export function reportedFailure(report: Pick<Report, 'recipients'>): ClassifiedFailure {
  const failed = report.recipients.find(one => one.action === 'failed') ?? report.recipients[0]
  const text = failed?.diagnosticCode ?? failed?.explanation ?? ''
  const { status, answered } = failed ?? {}
  return classified({ status, text, answered }, said([status ?? '', text]))
}

function classified(failure: CopyFailure, reason: string): ClassifiedFailure {
  const isAboutUs = isAboutThisRelay(failure)
  return { failure: classifyFailure(failure), reason, ...(isAboutUs && { isAboutThisRelay: true }) }
}

/** What was answered, by the step of the dialogue. */
const answeredIn: Readonly<Record<string, AnsweredCommand>> = {
  greeting: 'greeting',
  ehlo: 'ehlo',
  starttls: 'ehlo',
  mail: 'mail',
  rcpt: 'rcpt',
  data: 'data',
  body: 'data',
}

function said(dependencies: readonly string[]): string {
  return oneLine(dependencies.filter(part => part !== '').join(' ')) || 'no reason was given'
}
