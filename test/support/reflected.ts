/** The two mails that a reflector sends, told apart. */

import { fieldValue, readMessage } from '../../src/message/message.ts'
import { decodedContent, leafParts } from '../../src/message/mime-parts.ts'
import type { ReflectionReport } from '../../src/reflect/reflection-report.ts'
import type { SinkMessage } from './sink.ts'

export interface Reflected {
  readonly report: ReflectionReport
  readonly reportMail: SinkMessage
  readonly returned: SinkMessage
}

/** @throws Error where they are not a report and something that comes back */
export async function reflectedTo(messages: readonly SinkMessage[]): Promise<Reflected> {
  const reportMail = messages.find(isReport)
  const returned = messages.find(message => !isReport(message))
  if (reportMail === undefined || returned === undefined || messages.length !== 2)
    throw new Error(`${messages.length} mails, among them ${messages.filter(isReport).length} reports`)
  return { report: await readReport(reportMail), reportMail, returned }
}

/** What a report says in its JSON part. */
export async function readReport({ octets }: SinkMessage): Promise<ReflectionReport> {
  const parts = await leafParts(readMessage(octets))
  const json = (parts ?? []).find(({ contentType }) => contentType === 'application/json')
  if (json === undefined) throw new Error('the report has no JSON part')
  return JSON.parse(decodedContent(json).toString()) as ReflectionReport
}

function isReport({ octets }: SinkMessage): boolean {
  const subject = readMessage(octets).fields.find(({ name }) => name === 'Subject')
  return subject !== undefined && fieldValue(subject).startsWith('reflect-')
}
