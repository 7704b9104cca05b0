/** Which keys of own domains have a record in DNS that is not theirs, or none. */
import { Semaphore } from '../../bounded/semaphore.ts'
import type { Resolver } from '../../dns/resolver.ts'
import { digest } from '../../limits.ts'
import { isSameName } from '../../sign/key-name.ts'
import type { Keyring } from '../../sign/keyring.ts'
import { comparePublished } from '../../sign/published.ts'
import type { FailingKey } from './digest-text.ts'

/** @param isOwnDomain keys of former domains may lie in the folder */
export async function failingKeys(
  { keys, statuses }: Pick<Keyring, 'keys' | 'statuses'>,
  isOwnDomain: (domain: string) => boolean,
  resolver: Pick<Resolver, 'txt'>,
): Promise<FailingKey[]> {
  const places = new Semaphore(digest.lookUpsAtOnce)
  const found = await Promise.all(
    keys
      .filter(({ domain }) => isOwnDomain(domain))
      .map(key =>
        places.run(async (): Promise<FailingKey[]> => {
          const { state, found } = comparePublished(key, await resolver.txt(key.recordName))
          if (state === 'ok') return []
          const isPending = statuses.some(one => one.state === 'pending' && isSameName(one, key))
          return [{ recordName: key.recordName, isPending, state, found }]
        }),
      ),
  )
  return found.flat()
}
