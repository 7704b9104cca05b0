/** What judging, expanding and signing a message ask of the relay: a preview has it without a running one. */
import type { Store } from '../store/store.ts'
import type { AcceptDependencies } from './accept.ts'
import type { PathDependencies } from './path-dependencies.ts'

export interface JudgingDependencies
  extends Pick<
    PathDependencies,
    'config' | 'log' | 'clock' | 'tokenKeys' | 'aliases' | 'directory' | 'resolver' | 'brands'
  > {
  readonly store: Pick<
    Store,
    | 'subscriber'
    | 'listRequest'
    | 'post'
    | 'delivery'
    | 'plan'
    | 'planPosts'
    | keyof AcceptDependencies['store']
  >
  readonly keys: Pick<PathDependencies['keys'], 'keyring'>
  readonly bounceKeys: Pick<PathDependencies['bounceKeys'], 'current'>
  readonly lists: Pick<PathDependencies['lists'], 'table'>
  readonly suspendedTargets: Pick<PathDependencies['suspendedTargets'], 'has'>
}
