/** What the path of a post is told of the relay. */
import { unsubscribeUrl } from '../../lists/tokens.ts'
import { forwardDependencies } from '../forward/forward-dependencies.ts'
import type { Parts } from '../parts.ts'
import { keptUntil } from '../settings.ts'
import type { CopyDependencies } from './copies-of-post.ts'
import type { PostDependencies } from './post-path.ts'

/** The link in a copy that ends the subscription it was sent for; none without an HTTP listener. */
function oneClickUrl({ config, tokenKeys, world }: Parts): CopyDependencies['unsubscribeUrl'] {
  const { http, lists } = config
  if (http === undefined) return () => undefined
  const expiresAtMilliseconds = world.clock() + lists.unsubscribeLinkSeconds * 1000
  return ({ address: listAddress }, { id, addressKey }) =>
    unsubscribeUrl(http.publicUrl, tokenKeys[0], { id, addressKey, listAddress, expiresAtMilliseconds })
}

/** What the path of a post needs to know. */
export function postDependencies(
  parts: Parts,
  path: Pick<PostDependencies, 'queue' | 'isStopping' | 'fewerThan'>,
) {
  const { store, log, resolver, world, lists, config } = parts
  return {
    store,
    log,
    resolver,
    hasOwnLinks: config.http !== undefined,
    clock: () => world.clock(),
    list: (id: number) => lists.table.list(id),
    copyDependencies: () => ({ ...forwardDependencies(parts), unsubscribeUrl: oneClickUrl(parts) }),
    keepUntil: (milliseconds: number) => keptUntil(config, milliseconds),
    ...path,
  }
}
