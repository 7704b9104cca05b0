/** lists subscribe | unsubscribe | suspend | resume: some people at a time. */
import type { Command } from 'commander'
import { printable } from '../../message/printable.ts'
import type { PeopleAction } from '../../operator/list-operations.ts'
import type { Answer } from '../../operator/operations.ts'
import type { DeskOptions } from '../desk/desk-options.ts'
import { withDesk } from '../desk/desk-options.ts'
import { useDesk } from '../desk/use-desk.ts'
import type { JsonOption } from '../options.ts'
import { addressArgument, withJson } from '../options.ts'
import type { Finish, Terminal } from '../terminal.ts'
import { jsonText } from '../terminal.ts'

interface PeopleCommand {
  readonly name: PeopleAction
  readonly description: string
  /** True when nothing is missing although nothing was done. */
  readonly isFine?: true
}

interface PeopleOptions extends DeskOptions, JsonOption {
  readonly reason?: string
}

const commands: readonly PeopleCommand[] = [
  {
    name: 'subscribe',
    description: 'subscribe people, without asking them: they must have agreed',
    isFine: true,
  },
  { name: 'unsubscribe', description: 'remove subscribers' },
  {
    name: 'suspend',
    description: 'keep subscribers from getting posts, until they are resumed',
  },
  {
    name: 'resume',
    description: 'let suspended subscribers get posts again; their failures are forgotten',
  },
]

/** Adds the four commands. */
export function addPeopleCommands(lists: Command, terminal: Terminal, finish: Finish): void {
  for (const command of commands) {
    const added = withJson(withDesk(lists.command(command.name)))
      .description(command.description)
      .argument('<list>')
      .argument('<address...>')
    if (command.name === 'suspend') added.option('--reason <text>', 'why, for lists show')
    added.action(async (list: string, people: string[], options: PeopleOptions) => {
      const { reason } = options
      const addresses = people.map(addressArgument)
      const { results } = await useDesk(options, terminal, desk =>
        desk.ask('changeSubscribers', {
          list,
          action: command.name,
          addresses,
          ...(reason !== undefined && { reason }),
        }),
      )
      terminal.out(options.json ? jsonText(results) : resultText(results))
      finish(command.isFine || results.every(result => result.done) ? 0 : 1)
    })
  }
}

function resultText(results: Answer<'changeSubscribers'>['results']): string {
  return results.map(({ address, result }) => `${printable(address)}: ${result}\n`).join('')
}
