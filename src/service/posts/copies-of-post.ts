/** From subscribers to the copies of a post that go out to them, each with its envelope and the fields that only it has. */
import type { MailingList } from '../../lists/list-table.ts'
import { asciiDomainOf } from '../../message/mailbox.ts'
import type { HeaderField } from '../../message/message.ts'
import { unsubscribeFields } from '../../revise/list-fields.ts'
import type { Subscriber } from '../../store/list-records.ts'
import type { StoredPost } from '../../store/post-records.ts'
import type { ExpandDependencies } from '../forward/expand-envelope.ts'
import { carriageFailure, targetsWithin } from '../forward/expand-envelope.ts'
import { unsubscribeByMail } from './post-rules.ts'
import type { PostCopy } from './sign-post-copies.ts'

export interface CopyDependencies extends ExpandDependencies {
  /** Where one click ends this subscription (RFC 8058); undefined where no HTTP listener serves it. */
  unsubscribeUrl(list: MailingList, subscriber: Subscriber): string | undefined
}

/**
 * The copies for some subscribers. A subscriber at an alias of this relay gets what the alias leads to.
 *
 * @param firstOrdinal number of the first copy among the deliveries of the message
 */
export function copiesFor(
  subscribers: readonly Subscriber[],
  post: StoredPost,
  list: MailingList,
  firstOrdinal: number,
  dependencies: CopyDependencies,
): PostCopy[] {
  // A list that is subscribed to itself is a mistake; its copy would only come back.
  const others = subscribers.filter(({ addressKey }) => addressKey !== list.address)
  const wanted = others.flatMap(subscriber =>
    targetsOf(subscriber.address, dependencies).map(target => ({ subscriber, ...target })),
  )
  return wanted.map(({ subscriber, ...target }, index): PostCopy => {
    const ordinal = firstOrdinal + index
    return {
      ...target,
      ordinal,
      recipient: post.recipient,
      reversePath: dependencies.bounceAddress(post.queueId, ordinal, list.domain),
      domain: list.domain,
      kind: 'list',
      subscriberId: subscriber.id,
      ownFields: ownFields(list, subscriber, dependencies),
    }
  })
}

const listInList = '5.4.6 a list of this relay cannot be subscribed to another one of it'

function targetsOf(
  address: string,
  dependencies: CopyDependencies,
): Pick<PostCopy, 'forwardPath' | 'failure'>[] {
  if (!dependencies.aliases.isOwnDomain(asciiDomainOf(address))) {
    return [{ forwardPath: address, ...carriageFailure(address, dependencies) }]
  }
  return targetsWithin(address, dependencies).map(target =>
    'list' in target ? { forwardPath: target.list.address, failure: listInList } : target,
  )
}

function ownFields(
  list: MailingList,
  subscriber: Subscriber,
  dependencies: CopyDependencies,
): readonly HeaderField[] {
  const url = dependencies.unsubscribeUrl(list, subscriber)
  if (url === undefined) return []
  return unsubscribeFields({
    unsubscribe: [url, unsubscribeByMail(list)],
    oneClick: url.startsWith('https://'),
  })
}
