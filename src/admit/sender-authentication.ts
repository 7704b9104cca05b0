/**
 * Who vouches for the sender of a message without DKIM2: SPF (RFC 7208) or a DKIM signature (RFC 6376) aligned with the
 * domain of the reverse-path. It decides nothing about acceptance; it decides whether a failure later may be reported to
 * that sender at all (docs/design/bounces.md, "Where a bounce goes"). The work is mailauth's.
 */
import { authenticate } from 'mailauth'
import { domainOf } from '../message/mailbox.ts'

export interface SenderAuthentication {
  /** SPF result word, `none` where it was not asked for. */
  readonly spf: string
  /** Domains of the DKIM signatures that passed. */
  readonly dkimDomains: readonly string[]
  /** The reverse-path is vouched for. */
  readonly authenticated: boolean
}

/** Answers DNS questions in the form that mailauth asks them: throws errors with a `code` as node:dns does. */
export type RecordResolver = (name: string, type: string) => Promise<unknown[]>

export interface SenderAuthenticationInput {
  readonly octets: Buffer
  /** Lines of its header section. */
  readonly headerLines: number
  readonly reversePath: string
  readonly peerAddress: string
  readonly helo: string
  readonly hostname: string
  readonly resolver: RecordResolver
}

const nobody: SenderAuthentication = { spf: 'none', dkimDomains: [], authenticated: false }

/**
 * Never throws: what cannot be found out does not vouch.
 *
 * @param maxHeaderLines of messages that are looked at: mailauth's work grows with the square of their number
 */
export async function authenticateSender(
  input: SenderAuthenticationInput,
  maxHeaderLines: number,
): Promise<SenderAuthentication> {
  if (input.reversePath === '' || input.headerLines > maxHeaderLines) return nobody
  try {
    return judge(input.reversePath, await askMailauth(input))
  } catch {
    return nobody
  }
}

interface MailauthAnswer {
  readonly spf?: { readonly status?: { readonly result?: string } } | false
  readonly dkim?: {
    readonly results?: readonly {
      readonly signingDomain?: string
      readonly status?: { readonly result?: string }
    }[]
  }
}

async function askMailauth(input: SenderAuthenticationInput): Promise<MailauthAnswer> {
  return (await authenticate(input.octets, {
    sender: input.reversePath,
    ip: input.peerAddress,
    helo: input.helo,
    mta: input.hostname,
    // Its types know TXT and addresses only; SPF asks for MX too.
    resolver: input.resolver as NonNullable<Parameters<typeof authenticate>[1]>['resolver'] & {},
    disableArc: true,
    disableDmarc: true,
    disableBimi: true,
  })) as MailauthAnswer
}

function judge(reversePath: string, answer: MailauthAnswer): SenderAuthentication {
  const spf = (answer.spf ? answer.spf.status?.result : undefined) ?? 'none'
  const dkimDomains = (answer.dkim?.results ?? [])
    .filter(result => result.status?.result === 'pass')
    .map(result => (result.signingDomain ?? '').toLowerCase())
  const domain = domainOf(reversePath)
  const aligned = dkimDomains.some(
    signer => signer !== '' && (domain === signer || domain.endsWith(`.${signer}`)),
  )
  return { spf, dkimDomains, authenticated: spf === 'pass' || aligned }
}
