/** lists subscribe | unsubscribe | suspend | resume: some people at a time. */
import type { Command } from 'commander'
import { addressKey } from '../../lists/list-address.ts'
import type { MailingList } from '../../lists/list-table.ts'
import { newSubscriber, subscriberProblem } from '../../lists/subscriber-address.ts'
import { printable } from '../../log/printable.ts'
import type { Writer } from '../../store/sqlite/writer.ts'
import { withWriter } from '../database.ts'
import type { ConfigOption, JsonOption } from '../options.ts'
import { addressArgument, withConfig, withJson } from '../options.ts'
import type { Finish } from '../program.ts'
import type { Terminal } from '../terminal.ts'
import { jsonText, UsageError } from '../terminal.ts'
import { findList } from './find-list.ts'

/** One of these commands: what it does with one address, and how it says so. */
interface PeopleCommand {
  readonly name: string
  readonly description: string
  /** Participle for those it was done to, and what is true of the others. */
  readonly done: string
  readonly otherwise: string
  /** True when nothing is missing although nothing was done. */
  readonly isFine?: true
  /** True when something was done. */
  act(writer: Writer, list: MailingList, person: string, options: PeopleOptions, now: number): boolean
}

interface PeopleOptions extends ConfigOption, JsonOption {
  readonly reason?: string
}

const commands: readonly PeopleCommand[] = [
  {
    name: 'subscribe',
    description: 'subscribe people, without asking them: they must have agreed',
    done: 'subscribed',
    otherwise: 'subscribed before',
    isFine: true,
    act: (writer, list, person, _, now) => {
      const { added } = writer.subscribe(list.id, [newSubscriber(person)], now)
      return added === 1
    },
  },
  {
    name: 'unsubscribe',
    description: 'remove subscribers',
    done: 'unsubscribed',
    otherwise: 'not subscribed',
    act: (writer, list, person) => writer.unsubscribe(list.id, [addressKey(person)]) === 1,
  },
  {
    name: 'suspend',
    description: 'keep subscribers from getting posts, until they are resumed',
    done: 'suspended',
    otherwise: 'not an active subscriber',
    act: (writer, list, person, { reason }, at) => {
      const suspension = { at, by: 'operator', reason: reason ?? 'suspended on the command line' } as const
      return writer.suspendSubscribers(list.id, [addressKey(person)], suspension) === 1
    },
  },
  {
    name: 'resume',
    description: 'let suspended subscribers get posts again; their failures are forgotten',
    done: 'resumed',
    otherwise: 'not a suspended subscriber',
    act: (writer, list, person) => writer.resumeSubscribers(list.id, [addressKey(person)]) === 1,
  },
]

/** Adds the four commands. */
export function addPeopleCommands(lists: Command, terminal: Terminal, finish: Finish): void {
  for (const command of commands) {
    const added = withJson(withConfig(lists.command(command.name)))
      .description(command.description)
      .argument('<list>')
      .argument('<address...>')
    if (command.name === 'suspend') added.option('--reason <text>', 'why, for lists show')
    added.action(async (address: string, people: string[], options: PeopleOptions) => {
      const results = await withWriter(options.config, writer =>
        carryOut(
          command,
          { writer, address, people: people.map(addressArgument), options },
          terminal.clock(),
        ),
      )
      terminal.out(options.json ? jsonText(results) : resultText(results))
      finish(command.isFine || results.every(result => result.done) ? 0 : 1)
    })
  }
}

interface PersonResult {
  readonly address: string
  readonly done: boolean
  readonly result: string
}

/** All of them or none: a mistake in the third address must not leave two of them changed. */
function carryOut(
  command: PeopleCommand,
  asked: {
    readonly writer: Writer
    readonly address: string
    readonly people: readonly string[]
    readonly options: PeopleOptions
  },
  now: number,
): PersonResult[] {
  const { writer, people, options } = asked
  const list = findList(writer, asked.address)
  const mistakes = people.flatMap(person => {
    const problem = command.name === 'subscribe' ? subscriberProblem(person, list.address) : undefined
    return problem === undefined ? [] : [`${person}: expected ${problem}`]
  })
  if (mistakes.length > 0) throw new UsageError(mistakes.map(printable).join('\n'))
  return writer.together(() =>
    people.map(address => {
      const done = command.act(writer, list, address, options, now)
      return { address, done, result: done ? command.done : command.otherwise }
    }),
  )
}

function resultText(results: readonly PersonResult[]): string {
  return results.map(({ address, result }) => `${printable(address)}: ${result}\n`).join('')
}
