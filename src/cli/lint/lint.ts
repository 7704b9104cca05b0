/** lint: what is wrong with a message, for people who write programs that send mail. */
import type { Command } from 'commander'
import { type LintPlace, lintMessage } from '../../lint/lint.ts'
import { readOctets } from '../message-file.ts'
import type { JsonOption } from '../options.ts'
import { withJson } from '../options.ts'
import { savedMessage, withCrlf } from '../saved-message.ts'
import type { Finish, Terminal } from '../terminal.ts'
import { jsonText, UsageError } from '../terminal.ts'
import { lintJson, lintText, worstOf } from './lint-text.ts'

interface LintOptions extends JsonOption {
  readonly strict?: true
}

/** Adds `lint`. */
export function lintCommand(program: Command, terminal: Terminal, finish: Finish): void {
  withJson(program.command('lint'))
    .description('tell what is wrong with a message: where, by which section, and how it should be')
    .argument('<file>', 'message; - is standard input')
    .option('--strict', 'warnings too make the exit status 1')
    .action(async (file: string, options: LintOptions) => {
      const octets = await readOctets(file, terminal)
      if (octets.length === 0) throw new UsageError(`${file}: is empty; expected a message`)
      const saved = savedMessage(octets)
      for (const remark of saved.remarks) terminal.note(`${file}: ${remark}\n`)
      const report = lintMessage(saved.octets, placeIn(octets))
      terminal.out(options.json ? jsonText(lintJson(file, report)) : lintText(file, report, terminal))
      const worst = worstOf(report)
      finish(worst === 'error' || (worst === 'warning' && options.strict) ? 1 : 0)
    })
}

/** Where the message begins in its file, and what line ends it has. */
function placeIn(file: Buffer): LintPlace {
  const isMbox = file.toString('latin1', 0, 5) === 'From '
  const skipped = isMbox ? file.indexOf('\n') + 1 : 0
  const { kept } = withCrlf(file)
  const bare = kept === 0 ? -1 : bareLineFeed(file)
  return { firstLine: isMbox ? 2 : 1, ...(bare >= skipped && { mixedAt: bare - skipped }) }
}

function bareLineFeed(file: Buffer): number {
  let at = file.indexOf('\n')
  while (at >= 0 && file[at - 1] === 0x0d) at = file.indexOf('\n', at + 1)
  return at
}
