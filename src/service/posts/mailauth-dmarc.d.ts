/** What this project uses of mailauth's look-up of DMARC records, which carries no types of its own. */
declare module 'mailauth/lib/dmarc/get-dmarc-record.js' {
  type Policy = 'none' | 'quarantine' | 'reject'
  type Record = { readonly rr: string }
  type RecordLookup = (name: string) => Promise<Record | false>

  /** One look-up for each name, however often it is asked for. */
  export function createRecordLookup(
    resolver: (name: string, type: string) => Promise<unknown[]>,
  ): RecordLookup
  /** Rejects where an answer of DNS is missing. */
  export function discoverPolicy(
    domain: string,
    lookup: RecordLookup,
  ): Promise<{ readonly record: Record | false; readonly recordDomain: string | null }>
  /** null: the record asks for nothing. */
  export function getPolicyTags(
    record: Record,
  ): { readonly p: Policy; readonly sp?: Policy; readonly np?: Policy } | null
}
