/** A message that is sent on, carried out: its copies are planned and queued, its posts taken up. */
import type { NewPost } from '../../store/post-records.ts'
import type { StoredDelivery } from '../../store/records.ts'
import type { Carrier, TakenUp } from '../kinds.ts'
import type { Forwarded } from './forward.ts'
import type { Spooled } from './spooled.ts'
import { fromStore } from './spooled.ts'

export interface CarryOutForwardDependencies {
  /** expand -> sign -> plan. Done before: answers what is there. */
  forward(spooled: Spooled): Promise<Pick<Forwarded, 'planned' | 'posts'>>
  /** Copies are in the store and can be attempted. */
  queue(planned: readonly StoredDelivery[]): void
  /** Something of it is to be reported, once no copy is on its way. */
  reportDue(queueId: string): void
  /** No copy of it may be left on its way. */
  becameFinal(queueId: string): void
  /** Its posts are in the store. */
  takeUpPosts(queueId: string, posts: readonly NewPost[]): void
}

export class ForwardCarrier implements Carrier {
  readonly #dependencies: CarryOutForwardDependencies

  constructor(dependencies: CarryOutForwardDependencies) {
    this.#dependencies = dependencies
  }

  async carryOut(message: TakenUp): Promise<void> {
    const { queueId, record } = message
    if (record.admission === null) throw new Error(`message ${queueId} left when it was made`)
    const { forward, queue, reportDue, becameFinal, takeUpPosts } = this.#dependencies
    const ahead = await message.planned
    const { planned, posts } =
      ahead === undefined
        ? await forward(fromStore(message, record.admission))
        : { planned: ahead, posts: [] }
    queue(planned)
    if (planned.some(({ dsn, successDsn }) => dsn === 'due' || successDsn === 'due')) reportDue(queueId)
    becameFinal(queueId)
    takeUpPosts(queueId, posts)
  }
}
