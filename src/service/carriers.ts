/** The kinds of message as they are carried out in the background. */
import { BounceCarrier } from './bounces/bounce-carrier.ts'
import { CommandCarrier } from './commands/command-carrier.ts'
import { forward } from './forward/forward.ts'
import { ForwardCarrier } from './forward/forward-carrier.ts'
import type { Carriers } from './kinds.ts'
import type { ListCare } from './lists/list-care.ts'
import type { OutgoingQueue } from './outgoing-queue.ts'
import type { PathDependencies } from './path-dependencies.ts'
import type { PostRunner } from './posts/post-runner.ts'
import { reflectionDependencies } from './reflector/reflection-dependencies.ts'
import { ReflectorCarrier } from './reflector/reflector-carrier.ts'
import type { ReportDependencies } from './reports/send-report.ts'

export interface CarrierDependencies {
  readonly dependencies: PathDependencies
  readonly queue: OutgoingQueue
  readonly posts: PostRunner
  readonly lists: ListCare
  reportDependencies(): ReportDependencies
}

export function carriersOf({
  dependencies,
  queue,
  posts,
  lists,
  reportDependencies,
}: CarrierDependencies): Carriers {
  const forwardCarrier = new ForwardCarrier({
    forward: spooled => forward(spooled, dependencies),
    queue: planned => queue.queue(planned),
    reportDue: queueId => queue.reportDue(queueId),
    becameFinal: queueId => queue.becameFinal(queueId),
    takeUpPosts(queueId, planned) {
      if (planned.length > 0) void posts.takeUp(queueId)
      if (planned.some(post => post.state === 'held')) lists.tellOfHeldPosts()
    },
  })
  const bounce = new BounceCarrier({
    countBounce: spooled => lists.countBounce(spooled),
    reportDependencies,
    lookAfterSubscribers: () => lists.lookAfterSubscribers(),
  })
  return {
    forward: forwardCarrier,
    originate: forwardCarrier,
    // Mail of our own that goes to an own address.
    dsn: forwardCarrier,
    notice: forwardCarrier,
    bounce,
    command: new CommandCarrier(() => lists.commandDependencies()),
    reflection: new ReflectorCarrier(() => reflectionDependencies(dependencies, reportDependencies())),
  }
}
