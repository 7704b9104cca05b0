/** discover: the plan that delivery would follow for a domain; with --probe also what its hosts say. */
import type { Command } from 'commander'
import type { RelayConfig } from '../config/schema.ts'
import { leavingFrom } from '../deliver/outgoing-source.ts'
import { type ProbeReport, probe } from '../deliver/probe.ts'
import { planDelivery } from '../discover/find-next-hops.ts'
import type { Discovery } from '../discover/next-hop.ts'
import type { Plan, TraceNote } from '../discover/trace.ts'
import { tracingResolver } from '../discover/tracing-resolver.ts'
import { probing } from '../limits.ts'
import { asciiDomain } from '../message/mailbox.ts'
import { type LeavesFrom, leavesFor } from '../service/leaves-from.ts'
import { openOutside } from '../service/outside/outside.ts'
import { planReport } from '../service/plan-report.ts'
import { authoritiesOf, discoverSettings, probeSettings } from '../service/settings.ts'
import { configOrDefaults } from './config-or-defaults.ts'
import type { DnsOptions } from './dns-source.ts'
import { chosenResolver, withDns } from './dns-source.ts'
import type { ConfigOption, JsonOption } from './options.ts'
import { withConfig, withJson } from './options.ts'
import { planText } from './plan-text.ts'
import { stsSource } from './sts-source.ts'
import type { Finish, Terminal } from './terminal.ts'
import { jsonText } from './terminal.ts'

interface DiscoverOptions extends ConfigOption, JsonOption, DnsOptions {
  readonly probe?: true
}

/** Adds `discover`. */
export function discoverCommand(program: Command, terminal: Terminal, finish: Finish): void {
  withDns(withJson(withConfig(program.command('discover'))))
    .description('show where the mail for a domain would go, and why')
    .argument('<domain>', 'domain, or an address in it')
    .option('--probe', 'connect to each candidate and show what it says; no mail is sent')
    .action(async (domain: string, options: DiscoverOptions) => {
      const config = await configOrDefaults(options.config, terminal)
      const plan = await planFor(domain.slice(domain.lastIndexOf('@') + 1), options, config, terminal)
      const probes = options.probe
        ? await probeAll(plan.discovery, leaving(domain, config), config, terminal)
        : []
      const report = planReport(plan, probes)
      terminal.out(options.json ? jsonText(report) : planText(report, terminal))
      finish(wouldDeliver(plan.discovery, options, probes) ? 0 : 1)
    })
}

async function planFor(
  domain: string,
  options: DiscoverOptions,
  config: RelayConfig,
  terminal: Terminal,
): Promise<Plan> {
  const resolver = await chosenResolver(options, config.resolver)
  const notes: TraceNote[] = []
  const traced = tracingResolver(resolver, note => void notes.push(note))
  const plan = await planDelivery(domain, {
    settings: {
      ...discoverSettings((await openOutside(config, undefined)).config, config.listeners),
      addressOrder: leaving(domain, config).addressOrder,
    },
    resolver,
    random: () => terminal.random(4).readUInt32BE() / 2 ** 32,
    ...(config.delivery.mtaSts && { sts: stsSource(config, traced, await authoritiesOf(config), terminal) }),
  })
  return { ...plan, trace: [...plan.trace, ...notes] }
}

/** Where mail for a domain leaves from, whoever sends it. */
function leaving(domain: string, config: RelayConfig): LeavesFrom {
  return leavesFor(
    { destination: asciiDomain(domain.slice(domain.lastIndexOf('@') + 1).toLowerCase()) },
    config,
  )
}

/** One after the other, as delivery would; those for which no time is left stay out. */
async function probeAll(
  discovery: Discovery,
  { source }: LeavesFrom,
  config: RelayConfig,
  terminal: Terminal,
): Promise<(ProbeReport | undefined)[]> {
  if (discovery.kind !== 'hops') return []
  const usual = probeSettings(config, () => Date.now(), await authoritiesOf(config))
  const settings = leavingFrom(usual, source)
  const timeIsUp = AbortSignal.timeout(probing.totalMilliseconds)
  const reports: (ProbeReport | undefined)[] = []
  for (const hop of discovery.hops) {
    if (hop.kind !== 'smtp' || timeIsUp.aborted) {
      reports.push(undefined)
      continue
    }
    terminal.progress(`probing ${hop.host} [${hop.address}]:${hop.port}`)
    const signal = AbortSignal.any([timeIsUp, AbortSignal.timeout(probing.candidateMilliseconds)])
    reports.push(await probe(hop, settings, signal))
  }
  terminal.progress('')
  return reports
}

function wouldDeliver(
  discovery: Discovery,
  options: DiscoverOptions,
  probes: readonly (ProbeReport | undefined)[],
): boolean {
  if (discovery.kind !== 'hops') return false
  if (options.probe !== true) return true
  return discovery.hops.some((hop, at) => hop.kind !== 'smtp' || probes[at]?.takesMail === true)
}
