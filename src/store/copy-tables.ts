/** The tables of a store in the order in which they are copied: what others refer to comes first. */

export interface CopiedTable {
  readonly name: string
  /** What its rows are told by, and the order in which they go. */
  readonly key: readonly string[]
  /** Rows in one step; few where a row holds a whole message. Default 500. */
  readonly rowsAtOnce?: number
  /** Its numbers are given once: the next one goes on from the highest that was ever given. */
  readonly isNumbered?: true
}

/** Messages in memory at the same time: each is as large as a message may be. */
const messagesAtOnce = 4

export const copiedTables: readonly CopiedTable[] = [
  { name: 'messages', key: ['id'], isNumbered: true },
  { name: 'message_octets', key: ['message_id'], rowsAtOnce: messagesAtOnce },
  { name: 'message_headers', key: ['message_id'] },
  { name: 'message_terms', key: ['message_id', 'term'] },
  { name: 'deliveries', key: ['id'], isNumbered: true },
  { name: 'delivery_octets', key: ['delivery_id'] },
  { name: 'attempts', key: ['delivery_id', 'number'] },
  { name: 'queue_id_mark', key: ['only_row'] },
  { name: 'lists', key: ['id'], isNumbered: true },
  { name: 'list_changes', key: ['only_row'] },
  { name: 'subscribers', key: ['id'], isNumbered: true },
  { name: 'former_subscribers', key: ['id'] },
  { name: 'list_requests', key: ['id'], isNumbered: true },
  { name: 'sts_policies', key: ['domain'] },
  { name: 'tls_sessions', key: ['day', 'domain', 'policy', 'result', 'details'] },
  { name: 'tls_reports', key: ['day', 'domain'] },
  { name: 'list_posts', key: ['id'], isNumbered: true },
  { name: 'list_post_octets', key: ['post_id'], rowsAtOnce: messagesAtOnce },
  { name: 'list_message_ids', key: ['list_id', 'id_hash'] },
  { name: 'list_news', key: ['id'], isNumbered: true },
  { name: 'list_news_told', key: ['list_id'] },
  { name: 'message_identities', key: ['id'], isNumbered: true },
  { name: 'batch_messages', key: ['id'], isNumbered: true },
  { name: 'process_runs', key: ['only_row'] },
  { name: 'under_way', key: ['kind', 'work_id'] },
  { name: 'sealed_files', key: ['name'] },
  { name: 'accounts', key: ['id'], isNumbered: true },
  { name: 'account_use', key: ['account_id'] },
  { name: 'account_clients', key: ['account_id', 'client_key'] },
  { name: 'account_rates', key: ['counted', 'account'] },
  { name: 'aliases', key: ['domain', 'local_part'] },
  { name: 'alias_changes', key: ['only_row'] },
  { name: 'alias_targets', key: ['id'], isNumbered: true },
  { name: 'alias_target_changes', key: ['only_row'] },
  { name: 'dmarc_days', key: ['day', 'domain'] },
  { name: 'dmarc_results', key: ['day', 'domain', 'source', 'evaluation'] },
  { name: 'dmarc_reports', key: ['day', 'domain'] },
  { name: 'dmarc_failures', key: ['id'], isNumbered: true },
  { name: 'untold', key: ['id'], isNumbered: true },
  { name: 'digest_looks', key: ['only_row'] },
  { name: 'admins', key: ['id'], isNumbered: true },
  { name: 'api_tokens', key: ['id'], isNumbered: true },
]

/** What belongs to relays that run or is made of other tables, and is not copied. */
export const uncopiedTables: readonly string[] = [
  'relays',
  'relay_jobs',
  'commits',
  'schema_version',
  'term_index',
  'term_index_mark',
]

/** Who has it in hand; nobody has, after a copy. */
export const uncopiedColumns: readonly string[] = ['claimed_by']

export type CopiedValue = string | number | null | Buffer
export type CopiedRow = Readonly<Record<string, CopiedValue>>
export type CopiedKey = readonly (string | number)[]

/** Where a copy stands: how far the table has come that is being copied; the tables before it are done. */
export interface CopyProgress {
  /** What is copied, so that nobody goes on with something else. */
  readonly source: string
  readonly table: string
  readonly after: CopiedKey | null
}

/** One of the two stores of a copy. Nobody else has it open. */
export interface CopySide {
  /** What people are told of it. */
  readonly name: string
  /** A page of a table, in the order of its key, behind a key. */
  rows(table: CopiedTable, after: CopiedKey | null): Promise<CopiedRow[]>
  /** The highest number that a table has ever given. */
  highestNumber(table: CopiedTable): Promise<number>
  close(): Promise<void>
}

/** The one that is written. */
export interface CopyTarget extends CopySide {
  /** What an earlier copy has left; null: nothing was copied so far. */
  progress(): Promise<CopyProgress | null>
  /** Whether anything but a copy has been here. */
  isEmpty(): Promise<boolean>
  /** Rows and how far the copy has come with them, in one transaction. */
  write(table: CopiedTable, rows: readonly CopiedRow[], progress: CopyProgress): Promise<void>
  setHighestNumber(table: CopiedTable, number: number): Promise<void>
  /** The copy is whole. */
  finish(): Promise<void>
}
