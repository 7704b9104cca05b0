/** lists subscribe | unsubscribe | suspend | resume: some people at a time. */
import type { Command } from 'commander'
import { addressKey } from '../../lists/list-address.ts'
import type { MailingList } from '../../lists/list-table.ts'
import { newSubscriber, subscriberProblem } from '../../lists/subscriber-address.ts'
import { printable } from '../../message/printable.ts'
import type { OperatorAnswer, OperatorChange, Store } from '../../store/store.ts'
import { withStore } from '../database.ts'
import type { ConfigOption, JsonOption } from '../options.ts'
import { addressArgument, withConfig, withJson } from '../options.ts'
import type { Finish, Terminal } from '../terminal.ts'
import { jsonText, UsageError } from '../terminal.ts'
import { findList } from './find-list.ts'

type PeopleChangeName = 'subscribe' | 'unsubscribe' | 'suspendSubscribers' | 'resumeSubscribers'
type PeopleChange = OperatorChange<PeopleChangeName>

/** One of these commands: what it does with one address, and how it says so. */
interface PeopleCommand {
  readonly name: string
  readonly description: string
  /** Participle for those it was done to, and what is true of the others. */
  readonly done: string
  readonly otherwise: string
  /** True when nothing is missing although nothing was done. */
  readonly isFine?: true
  change(list: MailingList, person: string, options: PeopleOptions, now: number): PeopleChange
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
    change: (list, person, _, now) => ['subscribe', list.id, [newSubscriber(person)], now],
  },
  {
    name: 'unsubscribe',
    description: 'remove subscribers',
    done: 'unsubscribed',
    otherwise: 'not subscribed',
    change: (list, person) => ['unsubscribe', list.id, [addressKey(person)]],
  },
  {
    name: 'suspend',
    description: 'keep subscribers from getting posts, until they are resumed',
    done: 'suspended',
    otherwise: 'not an active subscriber',
    change: (list, person, { reason }, at) => {
      const suspension = { at, by: 'operator', reason: reason ?? 'suspended on the command line' } as const
      return ['suspendSubscribers', list.id, [addressKey(person)], suspension]
    },
  },
  {
    name: 'resume',
    description: 'let suspended subscribers get posts again; their failures are forgotten',
    done: 'resumed',
    otherwise: 'not a suspended subscriber',
    change: (list, person) => ['resumeSubscribers', list.id, [addressKey(person)]],
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
      const results = await withStore(options.config, 'change', store =>
        carryOut(command, { store, address, people: people.map(addressArgument), options }, terminal.clock()),
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
async function carryOut(
  command: PeopleCommand,
  asked: {
    readonly store: Store
    readonly address: string
    readonly people: readonly string[]
    readonly options: PeopleOptions
  },
  now: number,
): Promise<PersonResult[]> {
  const { store, people, options } = asked
  const list = await findList(store, asked.address)
  const mistakes = people.flatMap(person => {
    const problem = command.name === 'subscribe' ? subscriberProblem(person, list.address) : undefined
    return problem === undefined ? [] : [`${person}: expected ${problem}`]
  })
  if (mistakes.length > 0) throw new UsageError(mistakes.map(printable).join('\n'))
  const answers = await store.together(people.map(person => command.change(list, person, options, now)))
  return people.map((address, index) => {
    const done = isDone(answers[index])
    return { address, done, result: done ? command.done : command.otherwise }
  })
}

/** Whether a change of one person has found something to change. */
function isDone(answer: OperatorAnswer<PeopleChangeName> | undefined): boolean {
  return (typeof answer === 'object' ? answer.added : answer) === 1
}

function resultText(results: readonly PersonResult[]): string {
  return results.map(({ address, result }) => `${printable(address)}: ${result}\n`).join('')
}
