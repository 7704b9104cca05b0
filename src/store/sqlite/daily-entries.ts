/** The entries of the table of requests (requests.ts) that are about what is told once a day: to other domains, and to the postmaster. */
import { careEntries } from './care-entries.ts'
import type { Table } from './entry.ts'
import { tlsEntries } from './tls-entries.ts'

export const dailyEntries = { ...tlsEntries, ...careEntries } satisfies Partial<Table>
