/** A command to a list on disk, carried out. */
import { readMessage } from '../../message/message.ts'
import type { Carrier, TakenUp } from '../kinds.ts'
import type { ObeyDependencies } from './obey-command.ts'
import { obeyCommand } from './obey-command.ts'

export class CommandCarrier implements Carrier {
  readonly #dependencies: () => ObeyDependencies

  /** @param dependencies what commands are carried out with, as of now */
  constructor(dependencies: () => ObeyDependencies) {
    this.#dependencies = dependencies
  }

  async carryOut({ queueId, receivedAt, octets, record, parsed }: TakenUp): Promise<void> {
    if (record.kind !== 'command' || record.next.do !== 'obey')
      throw new Error(`message ${queueId} is no command that something follows from`)
    const { command } = record.next
    await obeyCommand(
      { queueId, receivedAt, message: parsed ?? readMessage(octets), command },
      this.#dependencies(),
    )
  }
}
