/** The keys of the domains, and whether DNS has their records. */
import type { ShownKey } from '../../http/admin/other-pages.ts'
import { adminPages } from '../../limits.ts'
import { comparePublished } from '../../sign/published.ts'
import type { SigningKey } from '../../sign/signing-key.ts'
import type { PathDependencies } from '../path-dependencies.ts'

export async function shownKeys({
  keys,
  resolver,
}: Pick<PathDependencies, 'keys' | 'resolver'>): Promise<ShownKey[]> {
  const all = keys.keyring.keys.slice(0, adminPages.rows)
  return Promise.all(all.map(async key => ({ ...keyNames(key), record: await recordState(key, resolver) })))
}

function keyNames({ domain, selector, algorithm, recordName }: SigningKey) {
  return { domain, selector, algorithm, recordName }
}

/** As `check` and the watch of the keys have it. */
async function recordState(key: SigningKey, resolver: PathDependencies['resolver']): Promise<string> {
  const { state, found } = comparePublished(key, await resolver.txt(key.recordName))
  return state === 'unknown' ? (found ?? state) : stateTexts[state]
}

const stateTexts = { ok: 'published', missing: 'missing', different: 'another record' } as const
