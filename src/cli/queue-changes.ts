/** queue retry | hold | release | delete: what an operator does to deliveries that are still to be made. */

import type { Command } from 'commander'
import type { Answer, Asked } from '../operator/operations.ts'
import type { QueueAction } from '../operator/queue-operations.ts'
import type { DeskOptions } from './desk/desk-options.ts'
import { withDesk } from './desk/desk-options.ts'
import { useDesk } from './desk/use-desk.ts'
import type { JsonOption } from './options.ts'
import { withJson } from './options.ts'
import type { Finish, Terminal } from './terminal.ts'
import { jsonText, UsageError } from './terminal.ts'

interface ChangeOptions extends DeskOptions, JsonOption {
  readonly destination?: string
  readonly all?: true
  readonly yes?: true
  readonly report?: true
}

interface QueueCommand {
  readonly name: QueueAction
  readonly description: string
  /** What has become of the deliveries. */
  readonly done: string
}

const commands: readonly QueueCommand[] = [
  {
    name: 'retry',
    description: 'attempt queued deliveries now, without waiting for their time',
    done: 'due now',
  },
  {
    name: 'hold',
    description: 'keep queued deliveries from being attempted, until they are released',
    done: 'held',
  },
  {
    name: 'release',
    description: 'put held deliveries back into the queue, due now',
    done: 'released',
  },
  {
    name: 'delete',
    description: 'give up queued and held deliveries; the sender is told only with --report',
    done: 'given up',
  },
]

/** Adds the four commands to `queue`. */
export function addQueueChanges(queue: Command, terminal: Terminal, finish: Finish): void {
  for (const command of commands) {
    const added = withJson(withDesk(queue.command(command.name)))
      .description(command.description)
      .argument(
        '[delivery...]',
        'as queue list prints it, ID/NUMBER; ID alone is every delivery of the message',
      )
      .option('--destination <domain>', 'every delivery to this domain')
      .option('--all', 'every delivery')
    if (command.name === 'delete') {
      added.option('--report', 'tell the sender, as of any other failure')
      added.option('--yes', 'really do it with --destination or --all')
    }
    added.action(async (deliveries: string[], options: ChangeOptions) => {
      const asked = changeOf(command, deliveries, options)
      const { results } = await useDesk(options, terminal, desk => desk.ask('changeQueue', asked))
      terminal.out(options.json ? jsonText(results) : resultText(results, command.done))
      finish(results.every(result => result.deliveries > 0) ? 0 : 1)
    })
  }
}

/** @throws UsageError where it is not clear, or not said twice, what is to be changed */
function changeOf(
  { name: action }: QueueCommand,
  deliveries: readonly string[],
  { destination, all, yes, report }: ChangeOptions,
): Asked<'changeQueue'> {
  const ways = [deliveries.length > 0, destination !== undefined, all === true].filter(Boolean).length
  if (ways !== 1) {
    throw new UsageError(`queue ${action}: expected deliveries, --destination or --all, one of them`)
  }
  if (deliveries.length === 0 && action === 'delete' && yes !== true) {
    throw new UsageError('queue delete: many deliveries would be given up; --yes does it')
  }
  return {
    action,
    ...(deliveries.length > 0 && { deliveries }),
    ...(destination !== undefined && { destination }),
    ...(all && { all }),
    ...(report && { report }),
  }
}

function resultText(results: Answer<'changeQueue'>['results'], done: string): string {
  const lines = results.map(({ selection, deliveries }) =>
    deliveries === 0
      ? `${selection}: nothing like that is in the queue`
      : `${selection}: ${deliveries} ${deliveries === 1 ? 'delivery' : 'deliveries'} ${done}`,
  )
  return `${lines.join('\n')}\n`
}
