/** What the queue does, as lines of the log; the queue id makes them a story. */
import type { Logger } from '../log/log.ts'
import type { QueueEvent } from '../queue/runner.ts'
import { isDamage } from '../store/store-error.ts'

export function logQueueEvent(log: Logger, event: QueueEvent): void {
  if ('error' in event && isDamage(event.error)) return
  if (event.kind === 'store-failed') {
    log.error({ error: event.error }, 'the store failed, it is tried again')
    return
  }
  if (event.kind === 'rests') {
    const { destination, until, givenBack } = event
    const fields = { destination, until: new Date(until).toISOString(), putOff: givenBack.length }
    log.warn(fields, 'no host can be reached, the destination rests')
    return
  }
  const { queueId, ordinal, forwardPath } = event.delivery
  if (event.kind !== 'attempted') {
    log.error({ queueId, ordinal, error: event.error }, event.kind)
    return
  }
  const { outcome, nextHop, reply, reason, tls, choice } = event.attempt
  const { nextAttemptAt } = event
  const fields = { queueId, ordinal, forwardPath, nextHop, choice, tls, reply, reason, nextAttemptAt }
  if (outcome === 'delivered') log.info(fields, 'delivered')
  else log.warn(fields, outcome)
}
