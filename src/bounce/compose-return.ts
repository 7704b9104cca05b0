/**
 * A failure that another system has reported, as this hop reports it to the previous one (docs/design/bounces.md, "Propagation"). The
 * report is looked over before it is given out; what it must not tell is taken away step by step.
 */
import type { Message } from '../message/message.ts'
import { composeDsn } from './compose.ts'
import type { DsnInput, ReportedRecipient } from './dsn-input.ts'
import { withoutWords } from './privacy.ts'
import type { Leak } from './privacy-lint.ts'
import { findLeaks } from './privacy-lint.ts'
import type { Rebuilt } from './rebuild.ts'
import type { Privacy } from './told-names.ts'

export interface ReturnInput {
  /** The report apart from its recipients and what it returns. */
  readonly frame: Omit<DsnInput, 'recipients' | 'returned' | 'headerOnly'>
  readonly recipients: readonly ReportedRecipient[]
  readonly rebuilt: Rebuilt
  /** RET=HDRS of the previous hop. */
  readonly headerOnly?: boolean
  readonly privacy: Privacy
  /** The message as the previous hop had sent it, where it is stored. */
  readonly original: Message | undefined
}

export type ComposedReturn =
  | {
      readonly kind: 'composed'
      readonly octets: Buffer
      /** `full`; `generic`: without any words of others; `bare`: without the returned message too. */
      readonly form: 'full' | 'generic' | 'bare'
      /** Why it is not in full; for the log, they are secret. */
      readonly leaks: readonly Leak[]
    }
  | { readonly kind: 'withheld'; readonly leaks: readonly Leak[] }

/** Composes the report in the fullest form that tells nothing from beyond this hop. */
export async function composeReturn(input: ReturnInput): Promise<ComposedReturn> {
  const { frame, rebuilt, recipients } = input
  const returned = rebuilt.kind === 'none' ? undefined : rebuilt.message
  const headerOnly = rebuilt.kind === 'header' || input.headerOnly === true
  const generic = recipients.map(withoutWords)
  const forms = [
    ['full', { ...frame, recipients, returned, headerOnly }],
    ['generic', { ...frame, recipients: generic, returned, headerOnly }],
    ['bare', { ...frame, recipients: generic, returned: undefined }],
  ] as const
  const seen: Leak[] = []
  for (const [form, dsn] of forms) {
    const octets = await composeDsn(dsn)
    const leaks = await findLeaks({ report: octets, privacy: input.privacy, original: input.original })
    if (leaks.length === 0) return { kind: 'composed', octets, form, leaks: seen }
    seen.push(...leaks)
  }
  return { kind: 'withheld', leaks: seen }
}
