/** What this relay itself changed in a message, for people: the last column of its journey. */
import type { Changes } from '../dkim2/version-changes.ts'

export interface OwnChange extends Changes {
  /** Address of the list whose copies are so; null: every copy is. */
  readonly list: string | null
  /** i= of the hop that answers for it; null where none was added. */
  readonly i: number | null
  /** Why a part of it cannot be shown, or why there is none yet; null where all is shown. */
  readonly obstacle: string | null
  /** What else is to be known of it: what of the revision was left out, fields that each copy has for itself. */
  readonly remarks: readonly string[]
}

const readersSee: readonly string[] = ['Subject', 'From', 'Reply-To', 'body']

/** The fields that were changed, each once, and `body`, as a picture names them: what readers see first. */
export function changedParts({ headers, body }: Changes): string[] {
  const parts = new Set([...headers.map(({ name }) => name), ...(body.length > 0 ? ['body'] : [])])
  const first = readersSee.filter(part => parts.has(part))
  return [...new Set([...first, ...parts])]
}
