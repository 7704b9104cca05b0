/** The command line as a whole: docs/commands.md names the commands, one file each defines them. */
import { Command } from 'commander'
import { bouncesCommand } from './bounces.ts'
import { checkCommand } from './check/check.ts'
import { discoverCommand } from './discover.ts'
import { explainCommand } from './explain.ts'
import { hopsCommand } from './hops.ts'
import { interopCommand } from './interop.ts'
import { keysCommand } from './keys.ts'
import { listsCommand } from './lists/lists-command.ts'
import { programVersion } from './program-version.ts'
import { queueCommand } from './queue.ts'
import { sendCommand } from './send.ts'
import { signCommand } from './sign.ts'
import { startCommand } from './start.ts'
import type { Finish, Terminal } from './terminal.ts'
import { tlsReportsCommand } from './tls-reports.ts'
import { undoCommand } from './undo.ts'
import { verifyCommand } from './verify.ts'

/** Adds one command to the program. */
export type AddCommand = (program: Command, terminal: Terminal, finish: Finish) => void

const commands: readonly AddCommand[] = [
  startCommand,
  checkCommand,
  verifyCommand,
  explainCommand,
  undoCommand,
  signCommand,
  keysCommand,
  discoverCommand,
  hopsCommand,
  queueCommand,
  listsCommand,
  bouncesCommand,
  tlsReportsCommand,
  sendCommand,
  interopCommand,
]

/** The program, ready to parse. It throws CommanderError instead of leaving the process. */
export function relayProgram(terminal: Terminal, finish: Finish): Command {
  const program = new Command('dkim2-relay')
    .description('A DKIM2 forwarding relay for mailing lists and aliases')
    .version(programVersion(), '--version', 'print the version')
    .exitOverride()
    .configureOutput({ writeOut: text => terminal.out(text), writeErr: text => terminal.note(text) })
    .showHelpAfterError('(--help lists what there is)')
    .helpCommand(false)
  for (const add of commands) add(program, terminal, finish)
  return program
}
