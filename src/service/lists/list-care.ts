/** What lists need beside their posts and commands: failures counted, subscribers and targets of aliases looked after, owners told and heard. */
import type { Notice } from '../../lists/compose-notice.ts'
import type { MailingList } from '../../lists/list-table.ts'
import { TargetCare } from '../alias-targets/target-care.ts'
import type { SpooledBounce } from '../bounces/pass-bounce-on.ts'
import type { ObeyDependencies } from '../commands/obey-command.ts'
import { forAllRelays } from '../for-all-relays.ts'
import { keepUntil } from '../keep-until.ts'
import type { PathDependencies } from '../path-dependencies.ts'
import type { NoticeSettings } from '../send-notice.ts'
import type { Tasks } from '../tasks.ts'
import type { BounceCounting } from './count-failures.ts'
import { FailureCounter } from './count-failures.ts'
import { decidePost } from './decide-post.ts'
import { careDependencies, countDependencies, listDesk } from './list-dependencies.ts'
import type { LinkDependencies } from './list-links.ts'
import { careForSubscribers } from './subscriber-care.ts'
import { tellOfHeldPosts } from './tell-of-held-posts.ts'

export interface ListCareDependencies {
  readonly path: PathDependencies
  readonly background: Pick<Tasks, 'again'>
  sendNotice(notice: Notice, settings?: NoticeSettings): Promise<string | undefined>
  /** An owner has approved a post of this message. */
  takeUpPosts(queueId: string): void
  /** An owner has rejected a post of this message: its sender is told once it is final. */
  rejected(queueId: string): void
}

export class ListCare {
  readonly #dependencies: ListCareDependencies
  readonly #counter: FailureCounter
  readonly #targets: TargetCare

  constructor(dependencies: ListCareDependencies) {
    this.#dependencies = dependencies
    this.#counter = new FailureCounter(() => countDependencies(dependencies.path))
    this.#targets = new TargetCare(dependencies.path, dependencies.sendNotice)
  }

  /** Where links in mail are dealt with. */
  linkDependencies(): LinkDependencies {
    const { path, sendNotice } = this.#dependencies
    const { store, log, lists } = path
    return { ...listDesk(path, sendNotice), store, log, lists: () => lists.table }
  }

  /** What commands are carried out with. */
  commandDependencies(): ObeyDependencies {
    const { path } = this.#dependencies
    return {
      ...this.linkDependencies(),
      keepUntil: milliseconds => keepUntil(path, milliseconds),
      decidePost: (postId, list, isYes) => this.#decidePost(postId, list, isYes),
    }
  }

  /** Counts the failed copies of a message: on the subscribers of lists, which is told to nobody, and on targets of aliases. */
  async countCopies(queueId: string): Promise<void> {
    await this.#targets.countCopies(queueId)
    if (await this.#counter.countCopies(queueId)) this.lookAfterSubscribers()
  }

  /** Counts what a report says about one copy. */
  async countBounce(bounce: SpooledBounce): Promise<BounceCounting> {
    if (await this.#targets.countBounce(bounce)) return { isCounted: true, hasNews: false }
    return this.#counter.countBounce(bounce)
  }

  /** Probes and what owners are told: now and then, and when somebody was suspended. */
  lookAfterSubscribers(): void {
    void this.#dependencies.background.again('care', () => this.care())
  }

  async care(): Promise<void> {
    const { path, sendNotice } = this.#dependencies
    await forAllRelays(path.store, 'care', async () => {
      await careForSubscribers(careDependencies(path, sendNotice))
      await this.#targets.care()
    })
  }

  /** Owners hear of the posts that are held. */
  tellOfHeldPosts(): void {
    const { path, background } = this.#dependencies
    const dependencies = { ...this.linkDependencies(), store: path.store }
    void background.again('held posts', () => tellOfHeldPosts(dependencies))
  }

  /** False: it was decided before, or is no post of the list. */
  async #decidePost(postId: number, list: MailingList, isYes: boolean): Promise<boolean> {
    const { path, takeUpPosts, rejected } = this.#dependencies
    const { store } = path
    const post = await store.post(postId)
    if (post?.listId !== list.id) return false
    const isDecided = await decidePost(post, isYes, {
      store,
      clock: () => path.clock(),
      keepUntil: at => keepUntil(path, at),
    })
    if (isDecided && isYes) takeUpPosts(post.queueId)
    if (isDecided && !isYes) rejected(post.queueId)
    return isDecided
  }
}
