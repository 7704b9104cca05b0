/** When a domain wants to hear of a single failure: the tag `fo` of its record (RFC 9989 section 4.7, RFC 9991). Pure. */
import type { DmarcEvaluation } from '../record/dmarc-evaluation.ts'

/**
 * @param failureOptions `fo` as published: options with colons between them; those that are not known say nothing
 */
export function isFailureWanted(failureOptions: string, evaluation: DmarcEvaluation): boolean {
  const { dkim, spf, dkimAligned, spfAligned } = evaluation
  const failed: Readonly<Record<string, boolean>> = {
    // Nothing produced an aligned pass; something did not.
    0: !dkimAligned && !spfAligned,
    1: !dkimAligned || !spfAligned,
    // Whatever aligns: a signature, or SPF, did not hold.
    d: dkim.some(({ result }) => result !== 'pass' && result !== 'none'),
    s: spf !== undefined && spf.result !== 'pass' && spf.result !== 'none',
  }
  return failureOptions.split(':').some(option => failed[option.trim().toLowerCase()] === true)
}
