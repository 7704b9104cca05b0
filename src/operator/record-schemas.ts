/** What is told of a message, as schemas: the same records that `--json` prints (hoplog/). */
import { z } from 'zod'
import type { AdmissionReport, BounceReport } from '../hoplog/admission-report.ts'
import type { AttemptRecord, HopRecord, SentRecord } from '../hoplog/record.ts'
import type { VerdictReport } from '../hoplog/verdict-report.ts'
import type { AddedSignatures } from '../record/added-signatures.ts'
import { listOf, maybe, named, orNull, text, texts, time, whole } from './fields.ts'

export const verdict: z.ZodType<VerdictReport> = named(
  'Verdict',
  z.object({
    result: text.describe('pass, fail, permerror, temperror or none (RFC 8601).'),
    error: orNull(text).describe('In the words of the drafts; null on pass.'),
    profile: orNull(text),
    revision: orNull(text),
    fullyVerified: z.boolean(),
    failedAt: orNull(whole),
    responsible: orNull(whole),
    hops: listOf(
      z.object({
        i: whole,
        d: text,
        mf: text,
        rt: texts,
        t: whole.describe('Unix seconds, as on the wire.'),
        s: texts,
        a: texts,
        f: texts,
        result: text,
        error: orNull(text),
      }),
    ),
  }),
)

const dmarc = named(
  'Dmarc',
  z.object({
    result: text,
    domain: text,
    policy: orNull(text),
    published: orNull(text),
    tag: orNull(text),
    policyDomain: orNull(text),
    organizationalDomain: orNull(text),
    record: orNull(text),
    aligned: z.object({ spf: orNull(text), dkim: orNull(text) }),
    reason: orNull(text),
    asked: listOf(z.object({ name: text, found: text })),
  }),
)

const filter = z.object({
  filter: text,
  action: z.enum(['accept', 'mark', 'defer', 'refuse', 'skipped', 'unavailable']),
  word: maybe(text),
  score: maybe(z.number()),
  requiredScore: maybe(z.number()),
  symbols: texts,
  isMarked: maybe(z.boolean()),
})

const handled = orNull(z.enum(['removed', 'kept']))

/** Who vouches for the sender, and what was made of it. */
const admissionShape = {
  sender: orNull(z.object({ spf: text, dkim: texts, authenticated: z.boolean() })),
  senderAuthenticated: orNull(z.boolean()),
  addHop: orNull(z.boolean()),
  foreignList: orNull(z.object({ domain: text, from: texts })),
  duplicateOf: orNull(text),
  alreadyHad: texts,
  bcc: handled,
  bimi: handled,
  dmarc: orNull(dmarc),
  arc: orNull(z.object({ result: text, sealers: texts, vouching: orNull(text), reason: orNull(text) })),
  lookedAt: texts,
  marked: orNull(text),
  filter: orNull(filter),
}

export const admission: z.ZodType<AdmissionReport & { readonly verdict: VerdictReport }> = z.object({
  ...admissionShape,
  verdict,
})

export const bounce: z.ZodType<BounceReport> = named(
  'Bounce',
  z.object({
    about: orNull(z.object({ queueId: text, ordinal: whole })),
    judgement: text,
    reason: orNull(text),
    isVerified: orNull(z.boolean()),
  }),
)

export const added: z.ZodType<AddedSignatures> = named(
  'AddedSignatures',
  z.object({
    dkim: maybe(z.object({ domain: text, selectors: texts })),
    arc: maybe(
      z.object({
        instance: whole,
        status: z.enum(['none', 'pass', 'fail']),
        domain: text,
        selector: text,
      }),
    ),
    missing: maybe(texts),
  }),
)

export const attempt: z.ZodType<AttemptRecord> = named(
  'Attempt',
  z.object({
    number: whole,
    startedAt: time,
    endedAt: time,
    nextHop: text,
    tls: orNull(
      z.object({
        version: maybe(text),
        cipher: maybe(text),
        authorized: maybe(z.boolean()),
        certificate: maybe(text),
        certificateError: maybe(text),
      }),
    ),
    choice: orNull(
      z.object({ why: maybe(text), tls: maybe(text), policy: maybe(text), before: maybe(texts) }),
    ),
    reply: orNull(z.object({ code: whole, enhanced: text, text })),
    phase: text,
    outcome: text,
    reason: orNull(text),
  }),
)

const peer = z.object({
  address: text,
  port: whole,
  hostname: maybe(text),
  helo: text,
  protocol: z.enum([
    'SMTP',
    'ESMTP',
    'ESMTPS',
    'ESMTPA',
    'ESMTPSA',
    'UTF8SMTP',
    'UTF8SMTPS',
    'UTF8SMTPA',
    'UTF8SMTPSA',
  ]),
  tls: maybe(z.object({ version: text, cipher: text })),
  account: maybe(text),
  clientKey: maybe(text),
})

const sent: z.ZodType<SentRecord> = named(
  'Sent',
  z.object({
    ordinal: whole,
    kind: text,
    recipient: text,
    mf: text,
    rt: text,
    state: text,
    reason: orNull(text),
    hop: orNull(z.object({ i: whole, d: text, s: texts, t: whole, profile: text, revision: maybe(text) })),
    added: orNull(added),
    attempts: listOf(attempt),
    nextAttemptAt: orNull(time),
    finishedAt: orNull(time),
    dsn: z.enum(['none', 'due', 'sent', 'skipped', 'counted']),
    dsnQueueId: orNull(text),
    successDsn: z.enum(['none', 'wanted', 'due', 'sent', 'skipped']),
  }),
)

export const journey: z.ZodType<HopRecord> = named(
  'Journey',
  z.object({
    queueId: text,
    direction: text,
    state: text,
    reason: orNull(text),
    reportsOn: orNull(text),
    bounce: orNull(bounce),
    received: z.object({
      at: time,
      listener: orNull(text),
      peer: orNull(peer),
      mf: text,
      rt: texts,
      sizeBytes: whole,
      messageId: orNull(text),
      subjectHash: orNull(text),
      verdict: orNull(verdict),
      ...admissionShape,
    }),
    sent: listOf(sent),
  }),
)
