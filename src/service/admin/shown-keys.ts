/** The keys of the domains, and whether DNS has their records. */
import type { ShownKey } from '../../http/admin/other-pages.ts'
import { adminPages } from '../../limits.ts'
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

async function recordState(
  { recordName, record }: SigningKey,
  resolver: PathDependencies['resolver'],
): Promise<string> {
  const answer = await resolver.txt(recordName)
  if (answer.kind === 'absent') return 'missing'
  if (answer.kind === 'temporary') return answer.reason
  return answer.records.includes(record) ? 'published' : 'another record'
}
