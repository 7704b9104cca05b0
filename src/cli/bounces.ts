/** bounces show: what a message to a bounce address is, whether it is believed, and what would be passed on. */
import type { Command } from 'commander'
import type { ReportExplanation } from '../bounce/explain-report.ts'
import { explainReport, reportExplanationText } from '../bounce/explain-report.ts'
import { loadConfig } from '../config/load.ts'
import { printable } from '../message/printable.ts'
import type { BounceAnswer } from './bounce-findings.ts'
import { bounceFindings } from './bounce-findings.ts'
import type { DnsOptions } from './dns-source.ts'
import { chosenResolver, withDns } from './dns-source.ts'
import { readMessageFile } from './message-file.ts'
import type { ConfigOption, JsonOption } from './options.ts'
import { addressArgument, unixSeconds, withConfig, withJson } from './options.ts'
import type { Finish, Terminal } from './terminal.ts'
import { jsonText } from './terminal.ts'

interface ShowOptions extends ConfigOption, JsonOption, DnsOptions {
  readonly mailFrom: string
  readonly rcptTo?: string
  readonly now?: number
}

/** Adds `bounces` with its subcommand. */
export function bouncesCommand(program: Command, terminal: Terminal, finish: Finish): void {
  const bounces = program.command('bounces').description('what comes to the bounce addresses')
  withDns(withJson(withConfig(bounces.command('show'))))
    .description('explain a DSN and what would become of it; the exit status is 0 if it would be passed on')
    .argument('<file>', 'DSN; - is standard input')
    .option('--mail-from <address>', 'MAIL FROM of the transaction', addressArgument, '')
    .option(
      '--rcpt-to <address>',
      'bounce address that it came to; without it the one in To',
      addressArgument,
    )
    .option('--now <seconds>', 'Unix time of the judgement; without it now', unixSeconds)
    .action(async (file: string, options: ShowOptions) => {
      const { findings, remarks } = await judgeFile(file, options, terminal)
      for (const remark of remarks) terminal.note(`${printable(remark)}\n`)
      const explanation = explainReport(findings)
      terminal.out(
        options.json
          ? jsonText(explanationJson(explanation, findings.address))
          : reportExplanationText(explanation),
      )
      finish(explanation.goesTo === undefined ? 1 : 0)
    })
}

async function judgeFile(file: string, options: ShowOptions, terminal: Terminal): Promise<BounceAnswer> {
  const config = await loadConfig(options.config)
  const resolver = await chosenResolver(options, config.resolver)
  const message = await readMessageFile(file, terminal)
  terminal.progress(`judging ${file}`)
  const answer = await bounceFindings({
    message,
    reversePath: options.mailFrom,
    ...(options.rcptTo === undefined ? {} : { forwardPath: options.rcptTo }),
    config,
    lookup: name => resolver.txt(name),
    nowSeconds: options.now ?? Math.floor(terminal.clock() / 1000),
  })
  terminal.progress('')
  return answer
}

/** With every member there, so that a reader needs no case for what is absent. */
function explanationJson(
  explanation: ReportExplanation,
  address: BounceAnswer['findings']['address'],
): Record<keyof ReportExplanation | 'delivery', unknown> {
  const { what, recipients, goesTo, preview } = explanation
  const isGenuine = address?.kind === 'genuine'
  return {
    what,
    recipients,
    address: explanation.address,
    delivery: isGenuine ? { queueId: address.queueId, ordinal: address.ordinal } : null,
    signature: explanation.signature ?? null,
    returned: explanation.returned ?? null,
    judgement: explanation.judgement ?? null,
    reason: explanation.reason ?? null,
    goesTo: goesTo ?? null,
    whyNot: explanation.whyNot ?? null,
    returns: explanation.returns ?? null,
    preview: preview ?? null,
  }
}
