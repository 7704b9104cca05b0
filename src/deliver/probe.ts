/**
 * Looks at a next hop without sending mail: opens a session exactly as delivery would, tells what the peer said, and ends it.
 */
import type { SmtpHop } from '../discover/next-hop.ts'
import type { CertificateFacts } from './certificate-facts.ts'
import type { Failure } from './host-attempt.ts'
import { openSession } from './open-session.ts'
import type { Phase, TlsSession } from './outcome.ts'
import type { DeliverSettings } from './settings.ts'
import type { OutgoingConnection } from './smtp-connection.ts'

export interface ProbeReport {
  /** A session opened, with the TLS that is demanded: the peer would be given mail. */
  readonly takesMail: boolean
  /** Where and why it would not; null where it would. */
  readonly phase: Phase | null
  readonly reason: string | null
  /** What the peer said where it refused; null where it said nothing. */
  readonly reply: string | null
  readonly greeting: string | null
  /** Lines of the last EHLO reply: the name of the host, then its extensions. */
  readonly announced: readonly string[]
  readonly tls: TlsSession | null
  /** Also of a peer whose certificate was not accepted. */
  readonly certificate: CertificateFacts | null
  /** Why delivery would go on in plaintext; null where it would not, or where TLS was never tried. */
  readonly plaintextBecause: string | null
}

/**
 * Probes one next hop. Never rejects for what a peer does; ends in bounded time, which the settings and the signal set.
 *
 * @param signal gives up
 */
export async function probe(
  hop: SmtpHop,
  settings: DeliverSettings,
  signal: AbortSignal,
): Promise<ProbeReport> {
  let seen: OutgoingConnection | undefined
  let plaintextBecause: string | null = null
  const { session, failed } = await openSession([hop], settings, {
    signal,
    observe: connection => {
      seen = connection
    },
    fellBack: (_hop, { reason }) => {
      plaintextBecause = reason
    },
  })
  const failure = session === undefined ? failed.at(-1)?.failure : undefined
  const report = reportOf(seen, failure, plaintextBecause)
  await session?.quit()
  if (failure?.phase !== 'starttls' || report.certificate !== null) return report
  const shown = await shownAnyway(hop, settings, signal)
  // Its verdict is that of the session that counts: here nothing was demanded.
  const certificate = shown.certificate && { ...shown.certificate, problem: failure.reason }
  return { ...report, ...shown, certificate: certificate ?? null }
}

function reportOf(
  connection: OutgoingConnection | undefined,
  failure: Failure | undefined,
  plaintextBecause: string | null,
): ProbeReport {
  return {
    takesMail: failure === undefined,
    phase: failure?.phase ?? null,
    reason: failure?.reason ?? null,
    reply: failure?.response ?? null,
    greeting: connection?.heard.greeting ?? null,
    announced: connection?.heard.announced ?? [],
    tls: connection?.tls ?? null,
    certificate: connection?.certificate ?? null,
    plaintextBecause,
  }
}

/** What a peer whose TLS was not accepted shows to somebody who asks for encryption only. Nothing is concluded from it. */
async function shownAnyway(
  hop: SmtpHop,
  settings: DeliverSettings,
  signal: AbortSignal,
): Promise<Partial<ProbeReport>> {
  const { certificateNames: _, policy: __, ...undemanding } = hop
  const fellBack = () => undefined
  const { session } = await openSession([undemanding], settings, { signal, fellBack })
  if (session === undefined) return {}
  const { heard, tls = null, certificate = null } = session
  const greeting = heard.greeting ?? null
  await session.quit()
  return { greeting, announced: heard.announced, tls, certificate }
}
