/** Answers that come in pages. */
import { apiClient } from '../../limits-api.ts'
import { maxPage } from '../../operator/fields.ts'
import { OperationFailed } from '../../operator/problems.ts'

interface Page {
  /** Where the page after it begins; null: it is the last one. */
  readonly next: string | null
}

export interface Wanted<Of extends Page> {
  /** @param after `next` of the page before; undefined: from the beginning */
  ask(limit: number, after: string | undefined): Promise<Of>
  /** What is counted. */
  entries(page: Of): readonly unknown[]
  /** How many entries; without it all that there are. */
  readonly most?: number
  readonly after?: string | undefined
}

/**
 * Page after page, at least one, until there are enough entries or no more.
 *
 * @throws OperationFailed for a relay whose pages lead nowhere, or to no end
 */
export async function* pagesOf<Of extends Page>(wanted: Wanted<Of>): AsyncGenerator<Of> {
  const { most = Number.POSITIVE_INFINITY } = wanted
  const asked = new Set<string>()
  let after = wanted.after
  for (let left = most; left > 0; ) {
    const page = await wanted.ask(Math.min(maxPage, left), after)
    yield page
    if (page.next === null) return
    const { length } = wanted.entries(page)
    if (length === 0) throw endless('an empty page says that there are more')
    if (asked.has(page.next)) throw endless('a page leads back to one before it')
    if (asked.size === apiClient.pages) throw endless(`there are more than ${apiClient.pages} pages`)
    after = page.next
    asked.add(after)
    left -= length
  }
}

function endless(why: string): OperationFailed {
  return new OperationFailed(`what the relay answers comes to no end: ${why}`)
}
