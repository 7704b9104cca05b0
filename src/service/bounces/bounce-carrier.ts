/** A bounce on disk, carried out: counted on the subscriber that it is about, or passed on along the signed path. */
import { readMessage } from '../../message/message.ts'
import type { Carrier, TakenUp } from '../kinds.ts'
import type { BounceCounting } from '../lists/count-failures.ts'
import type { ReportDependencies } from '../reports/send-report.ts'
import type { SpooledBounce } from './pass-bounce-on.ts'
import { passBounceOn } from './pass-bounce-on.ts'

export interface CarryOutBounceDependencies {
  /** Counts what the report says about a copy for a subscriber. */
  countBounce(bounce: SpooledBounce): Promise<BounceCounting>
  /** What a report is made with, as of now. */
  reportDependencies(): ReportDependencies
  /** Owners have something to be told. */
  lookAfterSubscribers(): void
}

export class BounceCarrier implements Carrier {
  readonly #dependencies: CarryOutBounceDependencies

  constructor(dependencies: CarryOutBounceDependencies) {
    this.#dependencies = dependencies
  }

  async carryOut({ queueId, receivedAt, octets, record, parsed }: TakenUp): Promise<void> {
    if (record.kind !== 'bounce' || record.next.do !== 'pass-on')
      throw new Error(`message ${queueId} is no bounce that goes further`)
    const bounce = { queueId, receivedAt, message: parsed ?? readMessage(octets), bounce: record.next.bounce }
    const { countBounce, reportDependencies, lookAfterSubscribers } = this.#dependencies
    const { isCounted, hasNews } = await countBounce(bounce)
    if (!isCounted) await passBounceOn(bounce, reportDependencies())
    if (hasNews) lookAfterSubscribers()
  }
}
