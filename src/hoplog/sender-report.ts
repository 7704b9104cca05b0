/** What was found out about the sender of a message by DMARC and ARC, and what the policy of the domain made of it. */
import type { AdmissionRecord } from '../record/admission-record.ts'

/** DMARC (RFC 9989). */
export interface DmarcReport {
  /** pass, fail, none, temperror or permerror. */
  readonly result: string
  /** In From. */
  readonly domain: string
  /** What is to be applied; null where there is none or it is not known. */
  readonly policy: string | null
  /** What the record says in `tag`, without regard to `t=y`. */
  readonly published: string | null
  readonly tag: string | null
  /** Where the record stands. */
  readonly policyDomain: string | null
  readonly organizationalDomain: string | null
  /** The record that was used. */
  readonly record: string | null
  /** Domains that align with the author's. */
  readonly aligned: { readonly spf: string | null; readonly dkim: string | null }
  readonly reason: string | null
  /** What was asked for the policy, in order. */
  readonly asked: readonly { readonly name: string; readonly found: string }[]
}

/** The ARC chain as it came (RFC 8617). */
export interface ArcReport {
  readonly result: string
  /** The oldest first. */
  readonly sealers: readonly string[]
  /** The trusted sealer that says that DMARC had passed. */
  readonly vouching: string | null
  readonly reason: string | null
}

export interface SenderPolicyReport {
  /** null: nobody asked, because a chain vouches for From or the client is one of ours. */
  readonly dmarc: DmarcReport | null
  /** null: there is no chain, or nobody asked. */
  readonly arc: ArcReport | null
  /** What else was looked at and let pass. */
  readonly lookedAt: readonly string[]
  /** What its readers are told in X-DMARC-Failure; null where nothing. */
  readonly marked: string | null
}

export function senderPolicyReport(admission: AdmissionRecord | null): SenderPolicyReport {
  return {
    dmarc: dmarcReport(admission?.dmarc),
    arc: arcReport(admission?.arc),
    lookedAt: admission?.lookedAt ?? [],
    marked: admission?.marked ?? null,
  }
}

function dmarcReport(dmarc: AdmissionRecord['dmarc']): DmarcReport | null {
  if (dmarc === undefined) return null
  return {
    result: dmarc.result,
    domain: dmarc.domain,
    policy: dmarc.policy ?? null,
    published: dmarc.published ?? null,
    tag: dmarc.tag ?? null,
    policyDomain: dmarc.policyDomain ?? null,
    organizationalDomain: dmarc.organizationalDomain ?? null,
    record: dmarc.record ?? null,
    aligned: { spf: dmarc.aligned?.spf ?? null, dkim: dmarc.aligned?.dkim ?? null },
    reason: dmarc.reason ?? null,
    asked: dmarc.steps,
  }
}

function arcReport(arc: AdmissionRecord['arc']): ArcReport | null {
  if (arc === undefined) return null
  const { result, sealers, vouching = null, reason = null } = arc
  return { result, sealers, vouching, reason }
}
