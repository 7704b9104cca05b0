/** What is kept with a copy of the hop that was signed for it. */
import type { SignedHop } from '../dkim2/index.ts'

/** The hop without its fields, which stand in the copy. */
export type HopRecord = Pick<
  SignedHop,
  'sequence' | 'domain' | 'selectors' | 'timestampSeconds' | 'profile'
> &
  Partial<Pick<SignedHop, 'version' | 'revision'>>
