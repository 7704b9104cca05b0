/** The content filters that can be chosen, by their names in the configuration. */
import type { ContentFilter } from './content-filter.ts'
import { rspamd } from './rspamd.ts'

export interface FilterSettings {
  /** Where it listens. */
  readonly url: string
  /** Octets of its answer. */
  readonly maxAnswerOctets: number
  /** Recipients that it is told of. */
  readonly maxRecipients: number
}

export const filters = { rspamd } satisfies Readonly<
  Record<string, (settings: FilterSettings) => ContentFilter>
>
