/** MTA-STS for one look at a domain: policies are fetched as the relay does it, and nothing is kept. */
import type { RelayConfig } from '../config/schema.ts'
import type { StsLookup } from '../discover/discover-step.ts'
import type { Resolver } from '../dns/resolver.ts'
import type { LogFields, Logger } from '../log/log.ts'
import { printable } from '../message/printable.ts'
import { openStsPolicies } from '../service/tls/sts.ts'
import { TlsCounting } from '../service/tls/tls-counting.ts'
import type { Terminal } from './terminal.ts'

/** What discovery may ask of policies; a policy that cannot be fetched is remarked upon. */
export function stsOnce(
  config: RelayConfig,
  resolver: Resolver,
  authorities: readonly string[] | undefined,
  terminal: Terminal,
): StsLookup {
  const clock = () => terminal.clock()
  const log = remarks(terminal)
  const store = {
    stsPolicy: async () => undefined,
    keepStsPolicy: async () => undefined,
    stsPoliciesToRefresh: async () => [],
    countTlsSession: async () => undefined,
  }
  const counting = new TlsCounting({ store, log, clock })
  const policies = openStsPolicies({
    config,
    dependencies: { clock, log },
    store,
    resolver,
    counting,
    authorities,
  })
  return { policyFor: domain => policies.policyFor(domain), refused: () => undefined }
}

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
