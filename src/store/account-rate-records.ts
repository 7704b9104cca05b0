/** What was counted for an account towards one of its limits. */
export interface AccountRate {
  readonly limit: 'messages of accounts' | 'recipients of accounts'
  readonly account: string
  readonly count: number
  /** When the count begins anew; Unix milliseconds. */
  readonly endsAt: number
}
