/** What the path of a message hands on to, put together: the queue, posts, reports, TLS reports and lists. */
import { suspectTurnMilliseconds } from '../limits.ts'
import type { Notice } from '../lists/compose-notice.ts'
import type { Message } from '../message/message.ts'
import type { Suspects } from '../queue/suspects.ts'
import type { NewMessage, StoredDelivery } from '../store/records.ts'
import { openDailyReports } from './daily-reports/open-daily-reports.ts'
import type { TakenUp } from './kinds.ts'
import { ListCare } from './lists/list-care.ts'
import { outgoingMessage } from './outgoing.ts'
import { OutgoingQueue } from './outgoing-queue.ts'
import { ownMailDependencies } from './own-mail.ts'
import type { PathDependencies } from './path-dependencies.ts'
import { postDependencies } from './posts/post-dependencies.ts'
import { PostRunner } from './posts/post-runner.ts'
import { ReportsDue } from './reports/reports-due.ts'
import type { ReportDependencies } from './reports/send-report.ts'
import type { NoticeSettings } from './send-notice.ts'
import { sendNotice } from './send-notice.ts'
import { SuspectWatch } from './suspect-watch.ts'
import type { Tasks } from './tasks.ts'
import { tasks } from './tasks.ts'
import { TimedJobs } from './timed-jobs.ts'

export interface PathWorkers {
  readonly background: Tasks
  readonly jobs: TimedJobs
  readonly queue: OutgoingQueue
  readonly suspects: Suspects
  readonly posts: PostRunner
  readonly reports: ReportsDue
  readonly dailyReports: ReturnType<typeof openDailyReports>
  readonly lists: ListCare
  reportDependencies(): ReportDependencies
  sendNotice(notice: Notice, settings?: NoticeSettings): Promise<string | undefined>
  lookForSuspects(): Promise<void>
  /** Its first attempts need not read it from the store. */
  cacheOutgoing(message: NewMessage, parsed: Message): void
}

/** @param takeUp takes up a message of our own that goes to an own address */
export function openPathWorkers(
  dependencies: PathDependencies,
  takeUp: (message: TakenUp) => Promise<void>,
): PathWorkers {
  const { store, log, clock } = dependencies
  const background = tasks(log)
  const watch = new SuspectWatch({
    store,
    log,
    turnMilliseconds: suspectTurnMilliseconds,
    onFree: () => queue.look(),
    onError: error => queue.event({ kind: 'store-failed', error }),
  })
  const { suspects } = watch
  const queue: OutgoingQueue = new OutgoingQueue({ path: dependencies, suspects, reports: () => reports })
  const ownMail = () => ownMailDependencies(dependencies, { queue: planned => queue.queue(planned), takeUp })
  const notify: PathWorkers['sendNotice'] = (notice, settings) => sendNotice(notice, ownMail(), settings)
  const lists = new ListCare({
    path: dependencies,
    background,
    sendNotice: notify,
    takeUpPosts: queueId => void posts.takeUp(queueId),
    rejected(queueId) {
      queue.reportDue(queueId)
      queue.becameFinal(queueId)
    },
  })
  const reports = new ReportsDue({
    store,
    background,
    clock,
    beforeReport: queueId => lists.countCopies(queueId),
    reportDependencies: ownMail,
    inTurn: (queueId, work) => suspects.run('reports', queueId, work),
    isUnderWay: queueId => queue.has(queueId),
  })
  const posts: PostRunner = new PostRunner({
    background,
    postDependencies: isStopping => postDependencies(dependencies, { isStopping, ...waysOfPosts(queue) }),
    inTurn: (queueId, work) => suspects.run('posts', queueId, work),
  })
  return {
    background,
    jobs: new TimedJobs(background, store),
    queue,
    suspects,
    posts,
    reports,
    dailyReports: openDailyReports(dependencies, background, ownMail),
    lists,
    reportDependencies: ownMail,
    sendNotice: notify,
    lookForSuspects: () => watch.look(),
    cacheOutgoing: (message, parsed) =>
      dependencies.cache.put(
        message.queueId,
        outgoingMessage({ ...message, message: parsed, admission: message.record.admission }),
      ),
  }
}

function waysOfPosts(queue: OutgoingQueue) {
  return {
    atMost: (queueId: string, copies: number) => queue.atMost(queueId, copies),
    queue: (copies: readonly StoredDelivery[]) => {
      queue.queue(copies)
      const failed = copies.find(copy => copy.dsn === 'due')
      if (failed === undefined) return
      queue.reportDue(failed.queueId)
      queue.becameFinal(failed.queueId)
    },
  }
}
