/** Policies of MTA-STS for one look at a domain; those that cannot be fetched are remarked upon. */
import type { RelayConfig } from '../config/schema.ts'
import type { StsLookup } from '../discover/discover-step.ts'
import type { Resolver } from '../dns/resolver.ts'
import type { LogFields, Logger } from '../log/log.ts'
import { printable } from '../message/printable.ts'
import { stsOnce } from '../service/tls/sts-once.ts'
import type { Terminal } from './terminal.ts'

/** What discovery may ask of policies. */
export function stsSource(
  config: RelayConfig,
  resolver: Resolver,
  authorities: readonly string[] | undefined,
  terminal: Terminal,
): StsLookup {
  return stsOnce(config, resolver, authorities, { clock: () => terminal.clock(), log: remarks(terminal) })
}

/** Warnings and errors as lines beside the output. */
function remarks(terminal: Terminal): Logger {
  const log: Logger = {
    debug: () => undefined,
    info: () => undefined,
    warn: ({ reason }: LogFields, text: string) => terminal.note(`${text}: ${printable(String(reason))}\n`),
    error: (_fields: LogFields, text: string) => terminal.note(`${text}\n`),
    child: () => log,
  }
  return log
}
