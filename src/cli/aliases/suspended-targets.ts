/** aliases show | resume: where an alias leads, and what of it gets no mail because it refuses it for good. */
import type { Command } from 'commander'
import { printable } from '../../message/printable.ts'
import { addressArgument } from '../../operator/address-argument.ts'
import type { Answer } from '../../operator/operations.ts'
import type { DeskOptions } from '../desk/desk-options.ts'
import { withDesk } from '../desk/desk-options.ts'
import { useDesk } from '../desk/use-desk.ts'
import type { JsonOption } from '../options.ts'
import { withJson } from '../options.ts'
import type { Finish, Terminal } from '../terminal.ts'
import { jsonText, tableText } from '../terminal.ts'

type Options = DeskOptions & JsonOption

/** Adds `aliases show`. */
export function addShow(aliases: Command, terminal: Terminal, finish: Finish): void {
  withJson(withDesk(aliases.command('show')))
    .description('show where an alias leads, and how the mail to it fares')
    .argument('<alias>', 'its address, wherever it stands; @alias.example is the catch-all')
    .action(async (alias: string, options: Options) => {
      const shown = await useDesk(options, terminal, desk => desk.ask('showAlias', { alias }))
      terminal.out(options.json ? jsonText(shown) : aliasText(shown))
      finish(0)
    })
}

function aliasText({ alias, source, targets }: Answer<'showAlias'>): string {
  const rows = targets.map(({ address, state, failures, suspendedAt, nextProbeAt, reason }) => [
    printable(address),
    state === 'suspended' ? `suspended since ${day(suspendedAt)}` : state,
    String(failures),
    nextProbeAt === null ? '-' : day(nextProbeAt),
    printable(reason ?? '-'),
  ])
  const table = tableText(['LEADS TO', 'STATE', 'FAILURES', 'PROBE', 'LAST FAILURE'], rows)
  return `${printable(alias)} (${printable(source)})\n\n${table}`
}

function day(time: string | null): string {
  return time?.slice(0, 10) ?? '-'
}

/** Adds `aliases resume`. */
export function addResume(aliases: Command, terminal: Terminal, finish: Finish): void {
  withJson(withDesk(aliases.command('resume')))
    .description('let suspended addresses get mail again, without waiting for a probe')
    .argument('<addresses...>', 'addresses that aliases lead to')
    .action(async (texts: readonly string[], options: Options) => {
      const addresses = texts.map(addressArgument)
      const { resumed } = await useDesk(options, terminal, desk => desk.ask('resumeTargets', { addresses }))
      terminal.out(options.json ? jsonText({ resumed }) : `${resumed} resumed.\n`)
      finish(resumed === 0 ? 1 : 0)
    })
}
