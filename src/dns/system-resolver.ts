/**
 * Asks DNS over the network with node:dns, which turns to TCP by itself when an answer is truncated.
 */
import { promises as dns } from 'node:dns'
import { type Answer, type HostAddress, joinFamilies, type Resolver } from './resolver.ts'

export interface SystemResolverSettings {
  /** Name servers as 'address', 'address:port' or '[address]:port'; without it those of the operating system. */
  readonly servers?: readonly string[]
  /** How long one question waits for its answer. */
  readonly timeoutMilliseconds: number
  /** How often one question is asked before it counts as a temporary failure. */
  readonly tries: number
  /** Records of one answer that are looked at; the rest is dropped. */
  readonly maxRecords: number
  /** A TXT record that is longer is dropped. */
  readonly maxTxtOctets: number
}

/** No such name, no record of this type, or a name that cannot exist (RFC 2308; RFC 1035 section 2.3.4). */
const absentCodes = new Set<string>(['ENOTFOUND', 'ENODATA', 'EBADNAME'])

/** What the codes of node:dns mean in words. */
const causes = new Map<string, string>([
  ['ESERVFAIL', 'server failure'],
  ['EREFUSED', 'query refused'],
  ['ETIMEOUT', 'no answer in time'],
  ['ECONNREFUSED', 'no name server listens'],
  ['EFORMERR', 'the server did not understand the query'],
  ['ENOTIMP', 'the server does not implement the query'],
  ['EBADRESP', 'malformed answer'],
])

/** A resolver for the given servers, or for those of the operating system. */
export function systemResolver(settings: SystemResolverSettings): Resolver {
  const resolver = new dns.Resolver({ timeout: settings.timeoutMilliseconds, tries: settings.tries })
  if (settings.servers !== undefined) resolver.setServers([...settings.servers])

  /** Runs one query; its records, cut to the bound, or why there are none. */
  async function ask<T>(type: string, name: string, query: () => Promise<readonly T[]>): Promise<Answer<T>> {
    try {
      const records = await query()
      if (records.length === 0) return { kind: 'absent' }
      return { kind: 'records', records: records.slice(0, settings.maxRecords) }
    } catch (error) {
      return withoutRecords(error, `${type} ${name}`, resolver.getServers())
    }
  }

  async function family(name: string, number: 4 | 6): Promise<Answer<HostAddress>> {
    const answer = await ask(number === 4 ? 'A' : 'AAAA', name, () =>
      number === 4 ? resolver.resolve4(name, { ttl: true }) : resolver.resolve6(name, { ttl: true }),
    )
    if (answer.kind !== 'records') return answer
    return {
      kind: 'records',
      records: answer.records.map(record => ({ address: record.address, family: number })),
      ttlSeconds: Math.min(...answer.records.map(record => record.ttl)),
    }
  }

  return {
    txt: name =>
      ask('TXT', name, async () => {
        const records = await resolver.resolveTxt(name)
        return records.map(strings => strings.join('')).filter(text => text.length <= settings.maxTxtOctets)
      }),
    mx: name =>
      ask('MX', name, async () =>
        (await resolver.resolveMx(name)).map(({ priority, exchange }) => ({
          preference: priority,
          exchange: withoutFinalDot(exchange),
        })),
      ),
    srv: name =>
      ask('SRV', name, async () =>
        (await resolver.resolveSrv(name)).map(({ priority, weight, port, name: target }) => ({
          priority,
          weight,
          port,
          target: withoutFinalDot(target),
        })),
      ),
    addresses: async name => joinFamilies(...(await Promise.all([family(name, 4), family(name, 6)]))),
  }
}

/** Sorts an error of node:dns: absent, or temporary with a reason; what is unknown is temporary. */
function withoutRecords(error: unknown, question: string, servers: readonly string[]): Answer<never> {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (absentCodes.has(code)) return { kind: 'absent' }
  const cause = causes.get(code) ?? (error instanceof Error ? error.message : String(error))
  return { kind: 'temporary', reason: `DNS ${question}: ${cause} (asked ${servers.join(', ') || 'nobody'})` }
}

function withoutFinalDot(name: string): string {
  return name.endsWith('.') ? name.slice(0, -1) : name
}
