/**
 * The path of messages under one configuration. A change of the configuration puts a new one over what lasts, and the one before
 * finishes what it has begun.
 */
import type { RelayConfig } from '../config/schema.ts'
import { retireGraceMilliseconds } from '../limits.ts'
import type { SubmissionHooks } from '../receive/submitter.ts'
import { retryChangedGateways } from './batch/changed-gateways.ts'
import { digestJob } from './care/digest-job.ts'
import type { Lasting } from './lasting.ts'
import { MessagePath } from './message-path.ts'
import type { PathDependencies } from './path-dependencies.ts'
import { openPathDependencies } from './path-dependencies.ts'
import type { RelayDependencies } from './relay-dependencies.ts'
import { openSubmission } from './submission/open-submission.ts'

/** Where the relay itself can be reached. */
export type OwnListeners = Parameters<MessagePath['start']>[0]

export interface Generation {
  readonly config: RelayConfig
  readonly dependencies: PathDependencies
  readonly path: MessagePath
  /** Absent where no listener takes submissions. */
  readonly submission: SubmissionHooks | undefined
}

/** @throws ConfigError, KeyError or an error of the file system; nothing is left open then */
export async function openGeneration(
  config: RelayConfig,
  outside: RelayDependencies,
  lasting: Lasting,
): Promise<Generation> {
  const dependencies = await openPathDependencies(config, outside, lasting)
  try {
    const submission = await openSubmission(dependencies)
    return { config, dependencies, path: pathOf(dependencies), submission }
  } catch (error) {
    await dependencies.closing.disposeAsync()
    throw error
  }
}

function pathOf(dependencies: PathDependencies): MessagePath {
  const path: MessagePath = new MessagePath(dependencies, [
    digestJob(dependencies, (notice, settings) => path.sendNotice(notice, settings)),
  ])
  return path
}

/**
 * From now on `next` works off what is in the store; resolves when `before` has finished its attempts, however slow the peers are,
 * and is closed.
 */
export async function handOver(before: Generation, next: Generation, listeners: OwnListeners): Promise<void> {
  await before.path.pause()
  await retryChangedGateways(before.config, next.dependencies)
  next.path.start(listeners)
  await before.path.stop(retireGraceMilliseconds)
  await before.dependencies.closing.disposeAsync()
  // What the one before has left to be reported or tried again.
  next.path.lookAgain()
}
