/** preview: what this relay would do with a message, and why. Nothing is written, sent or changed. */
import { isIP } from 'node:net'
import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'
import { loadConfig } from '../config/load.ts'
import type { RelayConfig } from '../config/schema.ts'
import { silentLog } from '../log/log.ts'
import { nobodysAddress, previewMessage } from '../service/preview/preview-message.ts'
import type { PreviewReport } from '../service/preview/preview-report.ts'
import { previewText } from '../service/preview/preview-text.ts'
import { authoritiesOf } from '../service/settings.ts'
import type { DeskOptions } from './desk/desk-options.ts'
import { withDesk } from './desk/desk-options.ts'
import { useDesk } from './desk/use-desk.ts'
import type { DnsOptions } from './dns-source.ts'
import { chosenResolver, withDns } from './dns-source.ts'
import { readMessageOctets } from './message-file.ts'
import type { JsonOption } from './options.ts'
import { addressArgument, collectAddress, positiveNumber, withJson } from './options.ts'
import { stsSource } from './sts-source.ts'
import type { Finish, Terminal } from './terminal.ts'
import { jsonText, styled, UsageError } from './terminal.ts'

interface PreviewOptions extends DeskOptions, JsonOption, DnsOptions {
  readonly mailFrom: string
  readonly rcptTo: readonly string[]
  readonly client: string
  readonly helo: string
  readonly listener?: string
  readonly copies: number
}

/** Adds `preview`. */
export function previewCommand(program: Command, terminal: Terminal, finish: Finish): void {
  withDns(withJson(withDesk(program.command('preview'))))
    .description('tell what this relay would do with a message, and why; nothing is sent or changed')
    .argument('<file>', 'message as a client would send it; - is standard input')
    .requiredOption('--mail-from <address>', 'MAIL FROM; <> is the null reverse-path', addressArgument)
    .requiredOption('--rcpt-to <address>', 'RCPT TO; may be given several times', collectAddress)
    .option(
      '--client <address>',
      'IP address of the client, for SPF and trusted networks',
      ipArgument,
      nobodysAddress,
    )
    .option('--helo <name>', 'what the client says in EHLO', 'client.invalid')
    .option('--listener <name>', 'the listener that it connects to; without it the first')
    .option('--copies <number>', 'how many copies of a post are shown', positiveNumber, 2)
    .action(async (file: string, options: PreviewOptions) => {
      const report =
        options.server === undefined
          ? await previewHere(file, options, terminal)
          : await previewThere(file, options, terminal)
      terminal.out(
        options.json ? jsonText(report) : previewText(report, (style, text) => styled(terminal, style, text)),
      )
      finish(report.result === 'taken' ? 0 : 1)
    })
}

function ipArgument(text: string): string {
  if (isIP(text) === 0) throw new InvalidArgumentError('expected an IP address such as 192.0.2.1.')
  return text
}

/** The relay asks its own name servers, and fetches policies with its own eyes. */
async function previewThere(
  file: string,
  options: PreviewOptions,
  terminal: Terminal,
): Promise<PreviewReport> {
  if (options.dns !== undefined || options.resolver !== undefined)
    throw new UsageError('--dns and --resolver do not go with --server: the relay asks its own name servers')
  const { mailFrom, rcptTo, client, helo, listener, copies } = options
  const octets = await readMessageOctets(file, terminal)
  const named = listener === undefined ? {} : { listener }
  const asked = { octets, mailFrom, rcptTo, client, helo, copies, ...named }
  return useDesk(options, terminal, desk => desk.ask('preview', asked))
}

async function previewHere(
  file: string,
  options: PreviewOptions,
  terminal: Terminal,
): Promise<PreviewReport> {
  const config = await loadConfig(options.config)
  const octets = await readMessageOctets(file, terminal)
  const { mailFrom, rcptTo, client, helo, listener, copies } = options
  const named = listener === undefined ? {} : { listener: listenerOf(listener, config) }
  const resolver = await chosenResolver(options, config.resolver)
  return previewMessage({ octets, mailFrom, rcptTo, client, helo, copies, ...named }, config, {
    clock: () => terminal.clock(),
    random: size => terminal.random(size),
    log: silentLog,
    resolver,
    sts: stsSource(config, resolver, await authoritiesOf(config), terminal),
  })
}

function listenerOf(name: string, { listeners }: RelayConfig): string {
  if (listeners.some(listener => listener.name === name)) return name
  const names = listeners.map(listener => listener.name).join(', ')
  throw new UsageError(`--listener ${name}: there is none of that name; the configuration has ${names}`)
}
