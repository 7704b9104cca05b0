/** Runs one command line and turns whatever comes of it into an exit status. */
import { CommanderError } from 'commander'
import { ConfigError } from '../config/problem.ts'
import { maskText } from '../log/mask.ts'
import { KeyError } from '../sign/key-file.ts'
import { StoreError } from '../store/store-error.ts'
import { relayProgram } from './program.ts'
import type { ExitStatus, Terminal } from './terminal.ts'
import { OperationFailed, UsageError } from './terminal.ts'

/**
 * Never rejects: a mistake of a person is told without a stack and gives 2, anything else that goes wrong gives 1.
 *
 * @param args what stands behind the name of the program
 */
export async function runCommand(args: readonly string[], terminal: Terminal): Promise<ExitStatus> {
  let status: ExitStatus = 0
  try {
    const program = await relayProgram(args, terminal, finished => {
      status = finished
    })
    await program.parseAsync(args, { from: 'user' })
    return status
  } catch (error) {
    terminal.progress('')
    return statusOf(error, terminal)
  }
}

/** What a person has to mend first. */
function isMistake(error: unknown): boolean {
  if (error instanceof StoreError) return error.code === 'open-to-others'
  return error instanceof UsageError || error instanceof ConfigError || error instanceof KeyError
}

function statusOf(error: unknown, terminal: Terminal): ExitStatus {
  // commander has said what was wrong already; help comes this way too.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  const { message, stack } = error as Error
  if (isMistake(error)) {
    terminal.note(`${message}\n`)
    return 2
  }
  if (error instanceof OperationFailed) {
    terminal.note(`${message}\n`)
    return 1
  }
  terminal.note(`dkim2-relay: ${maskText(message)}\n`)
  if (terminal.debug) terminal.note(`${stack}\n`)
  return 1
}
