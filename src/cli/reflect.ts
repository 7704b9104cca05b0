/** interop reflect: what a reflector of this relay would send back for a message, without a network. */
import type { Command } from 'commander'
import { loadConfig } from '../config/load.ts'
import type { RelayConfig } from '../config/schema.ts'
import { asciiDomain, asciiDomainOf, parseMailbox } from '../message/mailbox.ts'
import type { Message } from '../message/message.ts'
import type { Reflector } from '../record/reflection-record.ts'
import { reflectors } from '../record/reflection-record.ts'
import type { ReflectedMessage } from '../reflect/reflect-message.ts'
import { reflectMessage } from '../reflect/reflect-message.ts'
import { reflectionText } from '../reflect/reflection-report.ts'
import { reflectorOf } from '../reflect/reflectors.ts'
import type { ReflectingHop } from '../reflect/sign-reflection.ts'
import { loadKeyring } from '../sign/keyring.ts'
import type { DnsOptions } from './dns-source.ts'
import { chosenResolver, withDns } from './dns-source.ts'
import { readMessageFile } from './message-file.ts'
import type { ConfigOption, JsonOption } from './options.ts'
import { addressArgument, unixSeconds, withConfig, withJson } from './options.ts'
import type { Finish, Terminal } from './terminal.ts'
import { jsonText, OperationFailed, UsageError } from './terminal.ts'

interface ReflectOptions extends ConfigOption, JsonOption, DnsOptions {
  readonly mailFrom: string
  readonly rcptTo: string
  readonly now?: number
  readonly report?: true
}

/** Adds `interop reflect`. */
export function reflectCommand(interop: Command, terminal: Terminal, finish: Finish): void {
  withDns(withJson(withConfig(interop.command('reflect'))))
    .description('write what a reflector would send back for a signed message; nothing is sent')
    .argument('<file>', 'message as it is sent to the reflector; - is standard input')
    .requiredOption('--mail-from <address>', 'MAIL FROM: who gets it back', addressArgument)
    .requiredOption('--rcpt-to <address>', 'the reflector: reflect-raw@DOMAIN and its like', addressArgument)
    .option('--now <seconds>', 'Unix time of verification and signature; without it now', unixSeconds)
    .option('--report', 'write the text of the report in place of what comes back')
    .action(async (file: string, options: ReflectOptions) => {
      const config = await loadConfig(options.config)
      const { report, octets } = await reflect(
        await readMessageFile(file, terminal),
        options,
        config,
        terminal,
      )
      if (options.json) terminal.out(jsonText({ ...report, message: octets?.toString('base64') ?? null }))
      else if (options.report) terminal.out(reflectionText(report))
      else if (octets === undefined) throw new OperationFailed(`nothing comes back: ${report.notReturned}`)
      else terminal.out(octets)
      finish(octets === undefined ? 1 : 0)
    })
}

async function reflect(
  message: Message,
  options: ReflectOptions,
  config: RelayConfig,
  terminal: Terminal,
): Promise<ReflectedMessage & { readonly kind: 'reflected' }> {
  if (options.mailFrom === '')
    throw new UsageError('--mail-from <>: nothing is ever sent back to the null reverse-path')
  const hop = await reflectingHop(options, config, terminal)
  const resolver = await chosenResolver(options, config.resolver)
  const reflected = await reflectMessage(message, {
    reflector: reflectorIn(options.rcptTo),
    hop,
    lookup: name => resolver.txt(name),
    relay: {
      reportingMta: config.hostname,
      returnBodyMaxBytes: config.bounces.returnBodyMaxBytes,
      triedUntilMilliseconds: (hop.timestampSeconds + config.queue.lifetimeSeconds) * 1000,
    },
  })
  if (reflected.kind === 'refused')
    throw new OperationFailed(`the reflector would refuse it: ${reflected.reason}`)
  return reflected
}

function reflectorIn(address: string): Reflector {
  const mailbox = parseMailbox(address)
  const reflector = mailbox && reflectorOf(mailbox.localPart)
  if (reflector !== undefined) return reflector
  const names = reflectors.map(name => `reflect-${name}`).join(', ')
  throw new UsageError(
    `--rcpt-to ${address}: expected the address of a reflector, one of ${names}, and a domain`,
  )
}

/** The reverse-path is the reflector itself: the bounce address of a running relay is made for one delivery. */
async function reflectingHop(
  { mailFrom, rcptTo, now }: ReflectOptions,
  config: RelayConfig,
  terminal: Terminal,
): Promise<ReflectingHop> {
  const domain = asciiDomain(asciiDomainOf(rcptTo))
  const settings = config.domains[domain]
  if (settings === undefined)
    throw new UsageError(`--rcpt-to ${rcptTo}: ${domain} is not a domain of the configuration`)
  const keyring = await loadKeyring(config.keysDirectory)
  const destination = asciiDomainOf(mailFrom)
  return {
    address: rcptTo,
    domain,
    reversePath: rcptTo,
    forwardPath: mailFrom,
    profile: config.profiles[destination] ?? config.profile,
    revision: config.revisions[destination] ?? config.revision,
    timestampSeconds: now ?? Math.floor(terminal.clock() / 1000),
    signers: profile => keyring.signers(domain, { ...settings.signing, profile }),
  }
}
