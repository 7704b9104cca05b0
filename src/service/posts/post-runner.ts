/** Takes up posts: a few at a time, those of one message one after the other, and after a crash whatever is open. */

import { Semaphore } from '../../bounded/semaphore.ts'
import { postsAtOnce, postsLookedUpAtOnce } from '../../limits.ts'
import type { Tasks } from '../tasks.ts'
import type { PostDependencies } from './post-dependencies.ts'
import { takeUpPosts } from './post-path.ts'

export interface PostRunnerDependencies {
  readonly background: Tasks
  postDependencies(isStopping: () => boolean): PostDependencies
  /** Runs the work when it may run: one that the process has ended during runs alone. */
  inTurn(queueId: string, work: () => Promise<void>): Promise<void>
}

export class PostRunner {
  readonly #dependencies: PostRunnerDependencies
  readonly #posts = new Semaphore(postsAtOnce)
  #isStopping = false

  constructor(dependencies: PostRunnerDependencies) {
    this.#dependencies = dependencies
  }

  /** Its posts are in the store. Resolves when they are distributed or given up for now. */
  takeUp(queueId: string): Promise<void> {
    const { background, inTurn } = this.#dependencies
    const work = () => this.#posts.run(() => takeUpPosts(queueId, this.#postDependencies()))
    return background.again(`posts ${queueId}`, () => inTurn(queueId, work))
  }

  /** Every post that is accepted and not done: after a crash, and after an owner has approved one. */
  async recover(): Promise<void> {
    const { store, isStopping } = this.#postDependencies()
    for (let after = 0; !isStopping(); ) {
      const page = await store.openPosts({ limit: postsLookedUpAtOnce, after })
      const queueIds = [...new Set(page.map(post => post.queueId))]
      const claimed = queueIds.length === 0 ? [] : await store.claimWork('posts', queueIds)
      for (const queueId of claimed) void this.takeUp(queueId)
      const last = page.at(-1)
      if (last === undefined) return
      after = last.id
    }
  }

  /** No further page of copies is begun. */
  stop(): void {
    this.#isStopping = true
  }

  #postDependencies(): PostDependencies {
    return this.#dependencies.postDependencies(() => this.#isStopping)
  }
}
