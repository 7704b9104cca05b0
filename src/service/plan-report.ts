/** The plan of delivery for one domain, as programs read it. */
import type { ProbeReport } from '../deliver/probe.ts'
import { gatewayTls, tlsDemand, whyGateway, whyHere } from '../discover/explain-hop.ts'
import type { BatchHop } from '../discover/gateway.ts'
import type { NextHop, SmtpHop, TlsMode } from '../discover/next-hop.ts'
import { leftOutText, type Plan } from '../discover/trace.ts'

export interface PlanReport {
  readonly domain: string
  /** `hops`: there are candidates; `temporary`: a message would be deferred; `permanent`: it would be returned. */
  readonly result: 'hops' | 'temporary' | 'permanent'
  /** Enhanced status code of a permanent failure. */
  readonly status: string | null
  readonly reason: string | null
  /** In the order in which they are tried. */
  readonly candidates: readonly CandidateReport[]
  readonly leftOut: readonly LeftOutReport[]
  readonly questions: readonly QuestionReport[]
  readonly policies: readonly { readonly name: string; readonly text: string }[]
}

export interface CandidateReport {
  /** A folder of a route to a folder; null otherwise. */
  readonly folder: string | null
  readonly host: string | null
  readonly address: string | null
  readonly port: number | null
  readonly source: NextHop['source']
  readonly preference: number | null
  readonly why: string
  readonly tls: TlsReport | null
  /** What the host itself said; only with --probe. */
  readonly probe?: ProbeReport
}

export interface TlsReport {
  readonly mode: TlsMode
  /** The certificate must be valid for one of them; null: it is not checked. */
  readonly names: readonly string[] | null
  /** All of it in words. */
  readonly text: string
}

export interface LeftOutReport {
  readonly host: string
  readonly address: string | null
  readonly port: number | null
  readonly source: string
  /** A fixed word. */
  readonly why: string
  readonly text: string
}

export interface QuestionReport {
  readonly type: string
  readonly name: string
  readonly answer: 'records' | 'absent' | 'temporary'
  readonly records: readonly string[]
  /** Validated with DNSSEC by a resolver that is trusted to. */
  readonly authentic: boolean
  readonly reason: string | null
}

/**
 * @param probes by the place of the candidate; absent where nothing was probed
 */
export function planReport(
  { domain, discovery, trace }: Plan,
  probes: readonly (ProbeReport | undefined)[] = [],
): PlanReport {
  const hops = discovery.kind === 'hops' ? discovery.hops : []
  return {
    domain,
    result: discovery.kind,
    status: discovery.kind === 'permanent' ? discovery.status : null,
    reason: discovery.kind === 'hops' ? null : discovery.reason,
    candidates: hops.map((hop, at) => candidateReport(hop, probes[at])),
    leftOut: trace.flatMap(note =>
      note.kind !== 'left-out'
        ? []
        : {
            host: note.host,
            address: note.address ?? null,
            port: note.port ?? null,
            source: note.source,
            why: note.why,
            text: leftOutText(note),
          },
    ),
    questions: trace.flatMap(note => {
      if (note.kind !== 'question') return []
      const { type, name, answer, records, authentic, reason = null } = note
      return { type, name, answer, records, authentic, reason }
    }),
    policies: trace.flatMap(note => (note.kind === 'policy' ? { name: note.name, text: note.text } : [])),
  }
}

function candidateReport(hop: NextHop, probe: ProbeReport | undefined): CandidateReport {
  if (hop.kind === 'file') {
    const nowhere = { host: null, address: null, port: null, preference: null, tls: null }
    return { folder: hop.folder, ...nowhere, source: hop.source, why: 'configured route to a folder' }
  }
  if (hop.kind === 'batch') return gatewayReport(hop)
  const { host, address, port, source, preference = null } = hop
  return {
    folder: null,
    host,
    address,
    port,
    source,
    preference,
    why: whyHere(hop),
    tls: tlsReport(hop),
    ...(probe !== undefined && { probe }),
  }
}

function gatewayReport(hop: BatchHop): CandidateReport {
  const { hostname: host, port } = new URL(hop.url)
  return {
    folder: null,
    host,
    address: hop.addresses[0] ?? null,
    port: port === '' ? 443 : Number(port),
    source: hop.source,
    preference: null,
    why: `${whyGateway(hop)}, Batch SMTP to ${hop.url}`,
    tls: { mode: 'implicit', names: [host], text: gatewayTls(hop) },
  }
}

function tlsReport(hop: SmtpHop): TlsReport {
  return { mode: hop.tls, names: hop.certificateNames ?? null, text: tlsDemand(hop) }
}
