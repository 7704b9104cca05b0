/** What DKIM and ARC added to a copy, as lines for people. */
import { printable } from '../message/printable.ts'
import type { AddedSignatures } from '../record/added-signatures.ts'

export function addedLines(added: AddedSignatures | null): string[] {
  if (added === null) return []
  const { dkim, arc, missing = [] } = added
  return [
    ...(dkim === undefined
      ? []
      : [`  DKIM     d=${printable(dkim.domain)}  s=${printable(dkim.selectors.join(','))}`]),
    ...(arc === undefined
      ? []
      : [
          `  ARC      i=${arc.instance}  cv=${arc.status}  d=${printable(arc.domain)}  s=${printable(arc.selector)}`,
        ]),
    ...missing.map(reason => `  without  ${printable(reason)}`),
  ]
}
