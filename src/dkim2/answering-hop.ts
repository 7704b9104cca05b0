/**
 * The hop of a chain that answers for what a reader sees: whoever changed the text, the author, the subject or the
 * addressees last, as nothing of an earlier hop's word stands for that. RFC 5598 calls it the author, or a mediator.
 */
import { lowerAscii, type Message } from '../message/message.ts'
import { type ExplainedHop, explain } from './explain.ts'
import { isFromAuthentic } from './from-authentic.ts'
import type { Verdict } from './verdict.ts'

const tellingFields: ReadonlySet<string> = new Set(['from', 'to', 'cc', 'subject', 'reply-to'])

/**
 * The last hop that changed something of it, else the first one.
 *
 * @param verdict `pass`; of any other nobody answers for anything
 */
export function answeringHop(message: Message, verdict: Verdict): ExplainedHop | undefined {
  if (verdict.state !== 'pass') return undefined
  const { hops } = explain(message, verdict)
  return hops.findLast(hop => hop.versions.some(version => version.number > 1 && isTold(version))) ?? hops[0]
}

function isTold(version: ExplainedHop['versions'][number]): boolean {
  const { body, unrecoverable, headers } = version
  return body || unrecoverable || headers.some(name => tellingFields.has(lowerAscii(name)))
}

/** Whether a hop may speak for the one address in From: its domain is that of the address or one above it. */
export function speaksForFrom(message: Message, domain: string): boolean {
  return isFromAuthentic(message.fields, domain, (from, by) => from === by || from.endsWith(`.${by}`))
}
