/** The one revision of a post: what its list makes of it, for all its copies, put into the store. */

import type { ProfileId } from '../../dkim2/index.ts'
import { profiles } from '../../dkim2/index.ts'
import { requestsOf } from '../../dkim2/requests-of-hops.ts'
import type { DmarcPolicy } from '../../dmarc/policy-record.ts'
import type { MailingList } from '../../lists/list-table.ts'
import type { Logger } from '../../log/log.ts'
import { asciiDomainOf } from '../../message/mailbox.ts'
import type { Message } from '../../message/message.ts'
import { messageChunks } from '../../message/message.ts'
import type { AdmissionRecord } from '../../record/admission-record.ts'
import { authorAddresses } from '../../revise/from-rewrite.ts'
import type { Revision } from '../../revise/revision.ts'
import type { StoredPost } from '../../store/post-records.ts'
import { mayAddHop } from '../forward/sign-copies.ts'
import { strictestPolicy } from './dmarc-policy.ts'
import type { PostDependencies } from './post-dependencies.ts'
import { postRules } from './post-rules.ts'
import { revisePost } from './revise-post.ts'
import { revisionText } from './stored-revision.ts'

/** What a post is made of. */
export interface OriginalPost {
  /** As received, without what was left out on admission. */
  readonly message: Message
  /** Fields that admission put on top. */
  readonly prepend: Buffer
  readonly reversePath: string
  readonly record: AdmissionRecord
}

/** What revising asks of the path. */
export interface RevisingDependencies extends Pick<PostDependencies, 'resolver' | 'hasOwnLinks'> {
  readonly store: Pick<PostDependencies['store'], 'revisePost'>
}

/** @returns undefined where somebody else has revised it meanwhile */
export async function reviseStoredPost(
  post: StoredPost,
  { message, record }: OriginalPost,
  list: MailingList,
  dependencies: RevisingDependencies,
  log: Logger,
): Promise<{ readonly post: StoredPost; readonly revision: Revision } | undefined> {
  const requests = requestsOf(record)
  const policy =
    list.settings.fromRewrite === 'dmarc' ? await policyOf(message, list, dependencies, log) : undefined
  const { rules, unusable } = postRules(message, list, {
    requests,
    policy,
    hasOwnLinks: dependencies.hasOwnLinks,
  })
  const { revision, leftOut } = await revisePost(message, rules, {
    profiles: signedProfiles(record),
    isAdditionOnly: requests.has('donotmodify'),
  })
  const missing = [...unusable, ...leftOut]
  for (const reason of missing) log.warn({ reason }, 'revised without')
  const revised = await dependencies.store.revisePost({
    postId: post.id,
    revision: revisionText(revision),
    octets: Buffer.concat(messageChunks(revision.message)),
    reason: missing.length === 0 ? null : `revised without ${missing.join('; ')}`,
  })
  return revised && { post: revised, revision }
}

/** A chain is continued in its own profile; copies of a message without one may be of each. */
function signedProfiles(record: AdmissionRecord): readonly ProfileId[] {
  if (!mayAddHop(record)) return []
  return record.profile === undefined ? [...profiles.keys()] : [record.profile]
}

/** Where DNS does not tell, the author's copies must not be refused for a policy that nobody could look up. */
async function policyOf(
  message: Message,
  list: MailingList,
  dependencies: RevisingDependencies,
  log: Logger,
): Promise<DmarcPolicy | undefined> {
  const others = (authorAddresses(message) ?? []).filter(author => asciiDomainOf(author) !== list.domain)
  const found = await strictestPolicy(others, dependencies.resolver)
  if (found.kind === 'found') return found.policy
  log.warn({ reason: found.reason }, 'DMARC policy not known, From is rewritten')
  return 'reject'
}
