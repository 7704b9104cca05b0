/** What the policy of the recipients' domain makes of the form of a message. */
import { ambiguities, type FormatFinding, formatFindings } from '../message/format-findings.ts'
import type { Message } from '../message/message.ts'
import { placesOf } from '../message/place.ts'
import type { SenderPolicy } from '../record/recipient-role.ts'
import type { SmtpReply } from '../smtp/reply.ts'

export type FormatDecision =
  | { readonly kind: 'accept'; readonly lookedAt: readonly string[] }
  | { readonly kind: 'refuse'; readonly reply: SmtpReply }

export function decideFormat(
  message: Message,
  { smtpUtf8 }: { readonly smtpUtf8: boolean },
  policy: Pick<SenderPolicy, 'ambiguousFormat'>,
): FormatDecision {
  const findings = formatFindings(message, { smtpUtf8 })
  const ambiguous = findings.find(({ severity }) => severity === 'ambiguous')
  if (ambiguous !== undefined && policy.ambiguousFormat === 'refuse')
    return { kind: 'refuse', reply: refusalOf(ambiguous) }
  return { kind: 'accept', lookedAt: notes(message, findings) }
}

/** The reply of those who cannot take a message that means two things, whatever the policy of the domain is; undefined where all is well. */
export function refusalOfAmbiguity(message: Message): SmtpReply | undefined {
  const [first] = ambiguities(message)
  return first && refusalOf(first)
}

function refusalOf({ text, expected, section }: FormatFinding): SmtpReply {
  return { code: 550, enhanced: '5.6.0', text: `${text}; needed: ${expected} (${section})` }
}

/** One for each rule, as the first finding says it. Only in the header section lines are counted: bodies may be large. */
function notes(message: Message, findings: readonly FormatFinding[]): readonly string[] {
  const headerOctets = message.fields.reduce((sum, { octets }) => sum + octets.length, 0)
  const byRule = Map.groupBy(findings, ({ rule }) => rule)
  return [...byRule.values()].flatMap(([first, ...more]) => {
    if (first === undefined) return []
    const { text, section, offset } = first
    const [place] = offset < headerOctets ? placesOf({ ...message, body: Buffer.alloc(0) }, [offset]) : []
    const where = place === undefined ? '' : `, line ${place.line}`
    const others = more.length === 0 ? '' : `, and ${more.length} more`
    return [`format: ${text}${where}${others} (${section})`]
  })
}
