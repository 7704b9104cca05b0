/** A message to a reflector on disk, carried out: what comes back and the report about it are sent. */
import { fromStore } from '../forward/spooled.ts'
import type { Carrier, TakenUp } from '../kinds.ts'
import type { ReflectionDependencies } from './send-reflection.ts'
import { sendReflection } from './send-reflection.ts'

export class ReflectorCarrier implements Carrier {
  readonly #dependencies: () => ReflectionDependencies

  /** @param dependencies what messages are sent back with, as of now */
  constructor(dependencies: () => ReflectionDependencies) {
    this.#dependencies = dependencies
  }

  async carryOut(message: TakenUp): Promise<void> {
    const { queueId, receivedAt, record, prepend } = message
    if (record.kind !== 'reflection' || record.next.do !== 'reflect')
      throw new Error(`message ${queueId} is not one that a reflector sends back`)
    const { reflection } = record.next
    const spooled = fromStore(message, record.admission)
    await sendReflection({ ...spooled, receivedAt, prepend, reflection }, this.#dependencies())
  }
}
