/** queue retry | hold | release | delete: what an operator does to deliveries that are still to be made. */

import type { Command } from 'commander'
import { printable } from '../message/printable.ts'
import type { DeliverySelection } from '../store/queue-records.ts'
import type { OperatorChange } from '../store/store.ts'
import { withStore } from './database.ts'
import type { ConfigOption, JsonOption } from './options.ts'
import { withConfig, withJson } from './options.ts'
import type { Finish, Terminal } from './terminal.ts'
import { jsonText, UsageError } from './terminal.ts'

interface ChangeOptions extends ConfigOption, JsonOption {
  readonly destination?: string
  readonly all?: true
  readonly yes?: true
  readonly report?: true
}

type QueueChange = OperatorChange<
  'retryDeliveries' | 'holdDeliveries' | 'releaseDeliveries' | 'deleteDeliveries'
>

interface QueueCommand {
  readonly name: string
  readonly description: string
  /** What has become of the deliveries. */
  readonly done: string
  change(selection: DeliverySelection, options: ChangeOptions, now: number): QueueChange
}

const commands: readonly QueueCommand[] = [
  {
    name: 'retry',
    description: 'attempt queued deliveries now, without waiting for their time',
    done: 'due now',
    change: (selection, _, now) => ['retryDeliveries', selection, now],
  },
  {
    name: 'hold',
    description: 'keep queued deliveries from being attempted, until they are released',
    done: 'held',
    change: selection => ['holdDeliveries', selection],
  },
  {
    name: 'release',
    description: 'put held deliveries back into the queue, due now',
    done: 'released',
    change: (selection, _, now) => ['releaseDeliveries', selection, now],
  },
  {
    name: 'delete',
    description: 'give up queued and held deliveries; the sender is told only with --report',
    done: 'given up',
    change: (selection, { report }, at) => [
      'deleteDeliveries',
      selection,
      { at, reason: 'given up by the operator', isReported: report === true },
    ],
  },
]

/** Adds the four commands to `queue`. */
export function addQueueChanges(queue: Command, terminal: Terminal, finish: Finish): void {
  for (const command of commands) {
    const added = withJson(withConfig(queue.command(command.name)))
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
      const selections = selectionsOf(command, deliveries, options)
      const now = terminal.clock()
      // All of them or none, and the relay sees them together.
      const changed = await withStore(options.config, 'change', store =>
        store.together(selections.map(({ selection }) => command.change(selection, options, now))),
      )
      const results = selections.map(({ text }, index) => ({
        selection: text,
        deliveries: changed[index] ?? 0,
      }))
      terminal.out(options.json ? jsonText(results) : resultText(results, command.done))
      finish(results.every(result => result.deliveries > 0) ? 0 : 1)
    })
  }
}

interface Selected {
  readonly text: string
  readonly selection: DeliverySelection
}

function selectionsOf(
  command: QueueCommand,
  deliveries: readonly string[],
  options: ChangeOptions,
): Selected[] {
  const { destination, all, yes } = options
  const ways = [deliveries.length > 0, destination !== undefined, all === true].filter(Boolean).length
  if (ways !== 1) {
    throw new UsageError(`queue ${command.name}: expected deliveries, --destination or --all, one of them`)
  }
  if (deliveries.length > 0) return deliveries.map(text => ({ text, selection: deliveryArgument(text) }))
  if (command.name === 'delete' && yes !== true) {
    throw new UsageError('queue delete: many deliveries would be given up; --yes does it')
  }
  if (destination === undefined) return [{ text: 'all', selection: { kind: 'all' } }]
  const domain = destination.toLowerCase()
  return [{ text: domain, selection: { kind: 'destination', destination: domain } }]
}

function deliveryArgument(text: string): DeliverySelection {
  const match = /^([0-9A-Za-z]+)(?:\/(\d{1,9}))?$/.exec(text)
  if (match === null) throw new UsageError(`${printable(text)}: expected a delivery such as 1M80WBWJ900/0`)
  const [, queueId = '', ordinal] = match
  const message = { kind: 'message', queueId: queueId.toUpperCase() } as const
  return ordinal === undefined ? message : { ...message, ordinal: Number(ordinal) }
}

function resultText(results: readonly { selection: string; deliveries: number }[], done: string): string {
  const lines = results.map(({ selection, deliveries }) =>
    deliveries === 0
      ? `${selection}: nothing like that is in the queue`
      : `${selection}: ${deliveries} ${deliveries === 1 ? 'delivery' : 'deliveries'} ${done}`,
  )
  return `${lines.join('\n')}\n`
}
