/** The command line as a whole: docs/commands.md names the commands, one file each defines them. */
import { Command, Option } from 'commander'
import type { CommandEntry } from './commands.ts'
import { commands } from './commands.ts'
import { programVersion } from './program-version.ts'
import type { Finish, Terminal } from './terminal.ts'
import { UsageError } from './terminal.ts'

/**
 * The program, ready to parse. It throws CommanderError instead of leaving the process.
 *
 * @param args what will be parsed: only the command that stands there is loaded
 */
export async function relayProgram(
  args: readonly string[],
  terminal: Terminal,
  finish: Finish,
): Promise<Command> {
  const program = emptyProgram(terminal)
  const called = args.find(arg => !arg.startsWith('-'))
  for (const entry of commands) {
    if (entry.name === called) await add(entry, program, terminal, finish)
    else program.command(entry.name).description(entry.description)
  }
  return program
}

async function add(entry: CommandEntry, program: Command, terminal: Terminal, finish: Finish): Promise<void> {
  const addCommand = await entry.load()
  addCommand(program, terminal, finish)
  refuseServer(program)
}

/** Commands that work on this machine only say so, instead of not knowing the option. */
function refuseServer(command: Command): void {
  for (const one of command.commands) refuseServer(one)
  const isKnown = command.options.some(({ long }) => long === '--server')
  if (isKnown || command.commands.length > 0) return
  const refusing = new Option('--server <url>').hideHelp().argParser(() => {
    throw new UsageError(`${pathOf(command)} works on this machine only: leave --server away`)
  })
  command.addOption(refusing)
}

function pathOf(command: Command): string {
  const { parent } = command
  const name = command.name()
  return parent === null || parent.parent === null ? name : `${pathOf(parent)} ${name}`
}

function emptyProgram(terminal: Terminal): Command {
  return new Command('dkim2-relay')
    .description('A DKIM2 forwarding relay for mailing lists and aliases')
    .version(programVersion(), '--version', 'print the version')
    .exitOverride()
    .configureOutput({ writeOut: text => terminal.out(text), writeErr: text => terminal.note(text) })
    .showHelpAfterError('(--help lists what there is)')
    .helpCommand(false)
}
