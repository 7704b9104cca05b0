/** domain: what a domain publishes for mail, and how good it is. */
import type { Command } from 'commander'
import { webFetch } from '../../brand/web-fetch.ts'
import { probing } from '../../limits.ts'
import { asciiDomain, isDomain } from '../../message/mailbox.ts'
import { authoritiesOf } from '../../service/settings.ts'
import { configOrDefaults } from '../config-or-defaults.ts'
import type { DnsOptions } from '../dns-source.ts'
import { chosenResolver, withDns } from '../dns-source.ts'
import { readMessageFile } from '../message-file.ts'
import type { ConfigOption, JsonOption } from '../options.ts'
import { addressArgument, collect, withConfig, withJson } from '../options.ts'
import type { Finish, Terminal } from '../terminal.ts'
import { jsonText, UsageError } from '../terminal.ts'
import { domainJson, domainText, isSound } from './domain-text.ts'
import type { DomainFacts } from './finding.ts'
import { surveyDomain } from './survey.ts'

interface DomainOptions extends ConfigOption, JsonOption, DnsOptions {
  readonly selector?: readonly string[]
  readonly message?: string
  readonly address?: string
  readonly fetch: boolean
}

/** Adds `domain`. */
export function domainCommand(program: Command, terminal: Terminal, finish: Finish): void {
  withDns(withJson(withConfig(program.command('domain'))))
    .description('look over what a domain publishes for mail, and how good it is')
    .argument('<domain>', 'domain, or an address in it')
    .option('--selector <selector>', 'selector of a signing key; may be given several times', collect)
    .option('--message <file>', 'message whose signatures name keys; - is standard input')
    .option('--address <address>', 'person whose keys are looked for', addressArgument)
    .option('--dnssec', 'the name server validates with DNSSEC: believe what it says of that')
    .option('--no-fetch', 'ask nothing but DNS: no policy, image or certificate from the web')
    .action(async (name: string, options: DomainOptions) => {
      const config = await configOrDefaults(options.config, terminal)
      const facts = await factsFor(name, options, config, terminal)
      terminal.progress(`DNS: records of ${facts.domain}`)
      const isDnssecAsked = options.dnssec === true || config.resolver.validates
      const findings = await surveyDomain(facts, isDnssecAsked)
      terminal.progress('')
      terminal.out(
        options.json ? jsonText(domainJson(facts.domain, findings)) : domainText(findings, terminal),
      )
      finish(isSound(findings) ? 0 : 1)
    })
}

async function factsFor(
  name: string,
  options: DomainOptions,
  config: Awaited<ReturnType<typeof configOrDefaults>>,
  terminal: Terminal,
): Promise<DomainFacts> {
  const domain = domainArgument(name)
  const resolver = await chosenResolver(options, config.resolver)
  const { selector: selectors = [], message, fetch } = options
  const address = options.address ?? (name.includes('@') ? name : undefined)
  if (address !== undefined && !address.includes('@')) {
    throw new UsageError(`--address ${address}: expected an address such as someone@${domain}`)
  }
  const authorities = await authoritiesOf(config)
  const https = {
    timeoutMilliseconds: probing.connectMilliseconds,
    ...(authorities !== undefined && { certificateAuthorities: authorities }),
  }
  const { allowPrivateAddresses, stsPolicyPort: policyPort } = config.delivery
  return {
    domain,
    resolver,
    fetch: fetch ? webFetch({ resolver, allowPrivateAddresses, https }) : undefined,
    policyPort,
    selectors,
    ...(message !== undefined && { message: await readMessageFile(message, terminal) }),
    ...(address !== undefined && { address }),
    now: terminal.clock(),
  }
}

function domainArgument(name: string): string {
  const text = name
    .slice(name.lastIndexOf('@') + 1)
    .toLowerCase()
    .replace(/\.$/, '')
  const domain = asciiDomain(text)
  if (!isDomain(domain)) throw new UsageError(`${name}: expected a domain such as destination.example`)
  return domain
}
