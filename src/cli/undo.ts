/** undo: a message as it was at an earlier version. */
import type { Command } from 'commander'
import { highestVersion } from '../dkim2/highest-version.ts'
import type { Undone } from '../dkim2/undo.ts'
import { undo } from '../dkim2/undo.ts'
import type { Message } from '../message/message.ts'
import { messageChunks } from '../message/message.ts'
import { readMessageFile } from './message-file.ts'
import type { JsonOption } from './options.ts'
import { versionNumber, withJson } from './options.ts'
import type { ReadingOptions } from './reading.ts'
import { readingOf, withReading } from './reading.ts'
import type { Finish, Terminal } from './terminal.ts'
import { jsonText } from './terminal.ts'

interface UndoOptions extends JsonOption, ReadingOptions {
  readonly to?: number
}

/** Adds `undo`. */
export function undoCommand(program: Command, terminal: Terminal, finish: Finish): void {
  withReading(withJson(program.command('undo')))
    .description('write a message as it was at an earlier version; nothing is verified')
    .argument('<file>', 'message; - is standard input')
    .option(
      '--to <version>',
      'which version; 0: before the first one; without it the one before',
      versionNumber,
    )
    .action(async (file: string, options: UndoOptions) => {
      const undone = undoTo(await readMessageFile(file, terminal), options)
      if (undone.kind === 'undone') {
        const octets = Buffer.concat(messageChunks(undone.message))
        terminal.out(options.json ? jsonText(undoneJson(undone, octets)) : octets)
      } else if (options.json) terminal.out(jsonText(failureJson(undone)))
      else terminal.note(`${file}: ${failureText(undone)}\n`)
      finish(undone.kind === 'undone' ? 0 : 1)
    })
}

function undoTo(message: Message, options: UndoOptions): Undone {
  const reading = readingOf(options)
  return undo(message, options.to ?? Math.max(0, highestVersion(message, reading) - 1), {}, reading)
}

function undoneJson(undone: Undone & { kind: 'undone' }, octets: Buffer): unknown {
  const { kind, profile, version } = undone
  return { result: kind, profile, version, message: octets.toString('base64') }
}

function failureJson(undone: Undone): unknown {
  return { result: undone.kind, error: failureText(undone) }
}

function failureText(undone: Undone): string {
  switch (undone.kind) {
    case 'undone':
      return ''
    case 'absent':
      return 'the message has no such version'
    case 'unrecoverable':
      return `version ${undone.version} cannot be recreated: the one after it says so`
    case 'malformed':
      return undone.error
  }
}
