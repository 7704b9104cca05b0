/** What DKIM and ARC added to a copy, for hosts that do not know DKIM2; the fields themselves stand in the copy. */
export interface AddedSignatures {
  readonly dkim?: { readonly domain: string; readonly selectors: readonly string[] }
  readonly arc?: {
    readonly instance: number
    /** cv= */
    readonly status: 'none' | 'pass' | 'fail'
    readonly domain: string
    readonly selector: string
  }
  /** Why one of them that was to be added is missing. */
  readonly missing?: readonly string[]
}
