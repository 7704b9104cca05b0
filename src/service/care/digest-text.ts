/** The daily digest in words: what the one who runs this relay should know, and would hear from nobody else. Pure. */

import type { Notice } from '../../lists/compose-notice.ts'
import { dateOf } from '../../lists/notice-text.ts'
import { oneLine } from '../../message/printable.ts'
import type { AliasTarget } from '../../store/alias-target-records.ts'
import type { StuckDestination, UntoldLosses } from '../../store/care-records.ts'

/** A key whose record in DNS is not as it must be. */
export interface FailingKey {
  readonly recordName: string
  /** `pending`: it does not sign before its record is there. */
  readonly isPending: boolean
  readonly state: 'missing' | 'different' | 'unknown'
  /** What was found instead, or why it is not known. */
  readonly found?: string | undefined
}

/** A certificate that ends soon, has ended, or cannot be read. */
export interface EndingCertificate {
  /** Listeners that show it. */
  readonly listeners: readonly string[]
  readonly file: string
  /** Unix milliseconds; undefined: it cannot be read. */
  readonly endsAt: number | undefined
}

/** All that there is to tell. */
export interface Findings {
  readonly losses: readonly UntoldLosses[]
  readonly stuck: readonly StuckDestination[]
  /** Deliveries that wait for the operator. */
  readonly held: number
  readonly keys: readonly FailingKey[]
  readonly certificates: readonly EndingCertificate[]
  /** Targets of aliases that were suspended or resumed since the last look. */
  readonly targets: readonly AliasTarget[]
}

/** Whom it goes to and from whom it comes. */
export interface DigestFrame {
  readonly hostname: string
  /** Of an own domain. */
  readonly from: string
  readonly to: string
  /** Unix milliseconds. */
  readonly at: number
  /** Of each section as many lines are shown. */
  readonly most: number
}

interface Section {
  /** A few words for the subject; undefined: there is nothing to tell. */
  readonly subject: string | undefined
  readonly lines: readonly string[]
}

/** The digest; undefined where there is nothing to tell. */
export function digestNotice(findings: Findings, frame: DigestFrame): Notice | undefined {
  const { hostname, from, to, at } = frame
  const told = sectionsOf(findings, frame).filter(({ subject }) => subject !== undefined)
  if (told.length === 0) return undefined
  const lines = [
    `What ${hostname} has to tell its postmaster, ${dateOf(at)}. Nobody else is told of this.`,
    ...told.flatMap(section => ['', ...section.lines]),
    '',
    'This mail comes once a day at most, and only where there is something to tell.',
  ]
  return {
    from: { name: `Mail relay ${hostname}`, address: from },
    to,
    subject: `${hostname}: ${told.map(({ subject }) => subject).join(', ')}`,
    text: lines.join('\n'),
    autoSubmitted: 'auto-generated',
  }
}

function sectionsOf(findings: Findings, frame: DigestFrame): readonly Section[] {
  return [
    lossesSection(findings.losses, frame),
    stuckSection(findings, frame),
    targetsSection(findings.targets, frame),
    keysSection(findings.keys, frame),
    certificatesSection(findings.certificates, frame),
  ]
}

function lossesSection(losses: readonly UntoldLosses[], { most }: DigestFrame): Section {
  const total = losses.reduce((sum, { count }) => sum + count, 0)
  return section(total, 'failure that nobody was told of', 'failures that nobody was told of', losses, {
    before: `${total === 1 ? 'One failure was' : `${total} failures were`} told to nobody:`,
    most,
    lines: lossLines,
    after: 'A single message: dkim2-relay hops show QUEUE-ID',
  })
}

function lossLines({ kind, why, about, said, queueId, count, lastAt }: UntoldLosses): string[] {
  const where = about === '' ? '' : ` for ${oneLine(about)}`
  const what = kind === 'failure' ? 'delivery failed' : 'came back'
  return [
    `    ${count} x ${what}${where}: ${oneLine(why)}`,
    ...(said === null ? [] : [`        ${oneLine(said)}`]),
    `        last: ${queueId}, ${dateOf(lastAt)}`,
  ]
}

function stuckSection({ stuck, held }: Findings, { most }: DigestFrame): Section {
  const waiting = section(stuck.length, 'stuck destination', 'stuck destinations', stuck, {
    before: 'Mail for these destinations does not get on:',
    most,
    lines: ({ destination, count, expiresAt, said }) => [
      `    ${oneLine(destination)}: ${count} ${count === 1 ? 'delivery' : 'deliveries'}, given up from ${dateOf(expiresAt)} on`,
      ...(said === null ? [] : [`        ${oneLine(said)}`]),
    ],
    after: 'More of one: dkim2-relay queue list --destination NAME, dkim2-relay discover --probe NAME',
  })
  if (held === 0) return waiting
  const text = `${held} held ${held === 1 ? 'delivery' : 'deliveries'}`
  return {
    subject: waiting.subject === undefined ? text : `${waiting.subject}, ${text}`,
    lines: [
      ...waiting.lines,
      ...(waiting.lines.length > 0 ? [''] : []),
      `${text} will not be attempted before somebody decides: dkim2-relay queue list --state held`,
    ],
  }
}

function targetsSection(targets: readonly AliasTarget[], { most }: DigestFrame): Section {
  return section(targets.length, 'target of an alias', 'targets of aliases', targets, {
    before: 'What became of addresses that aliases lead to:',
    most,
    lines: ({ address, alias, state, suspendedAt, resumedAt, reason }) => [
      state === 'suspended'
        ? `    ${oneLine(address)}: gets no more mail since ${dateOf(suspendedAt ?? 0)}`
        : `    ${oneLine(address)}: gets mail again since ${dateOf(resumedAt ?? 0)}`,
      `        of ${oneLine(alias)}${reason === null ? '' : `: ${oneLine(reason)}`}`,
    ],
    after: 'All of them: dkim2-relay aliases list --suspended; at once: dkim2-relay aliases resume ADDRESS',
  })
}

function keysSection(keys: readonly FailingKey[], { most }: DigestFrame): Section {
  return section(keys.length, 'key record to mend', 'key records to mend', keys, {
    before: 'The records of these keys are not as they must be:',
    most,
    lines: ({ recordName, isPending, state, found }) => [
      `    ${recordName}: ${keyWords[state]}${isPending ? ' (the key does not sign before it is there)' : ''}`,
      ...(found === undefined ? [] : [`        ${oneLine(found)}`]),
    ],
    after: 'What is to be published: dkim2-relay keys dns; all records: dkim2-relay check',
  })
}

const keyWords: Readonly<Record<FailingKey['state'], string>> = {
  missing: 'there is none',
  different: 'it is not that of the key; what the key signs fails',
  unknown: 'it could not be looked up',
}

function certificatesSection(certificates: readonly EndingCertificate[], { most, at }: DigestFrame): Section {
  return section(certificates.length, 'certificate to renew', 'certificates to renew', certificates, {
    before: 'These certificates must be renewed:',
    most,
    lines: ({ listeners, file, endsAt }) => [
      `    ${listeners.join(', ')}: ${endWords(endsAt, at)}`,
      `        ${oneLine(file)}`,
    ],
    after: 'A renewed file is read within a minute, without a restart.',
  })
}

function endWords(endsAt: number | undefined, now: number): string {
  if (endsAt === undefined) return 'it cannot be read'
  return `${endsAt < now ? 'has ended' : 'ends'} on ${dateOf(endsAt)}`
}

interface SectionText<Finding> {
  readonly before: string
  readonly most: number
  readonly lines: (finding: Finding) => readonly string[]
  readonly after: string
}

function section<Finding>(
  count: number,
  one: string,
  several: string,
  found: readonly Finding[],
  { before, most, lines, after }: SectionText<Finding>,
): Section {
  if (found.length === 0) return { subject: undefined, lines: [] }
  return {
    subject: `${count} ${count === 1 ? one : several}`,
    lines: [
      before,
      '',
      ...found.slice(0, most).flatMap(lines),
      ...(found.length > most ? [`    and ${found.length - most} more`] : []),
      '',
      after,
    ],
  }
}
