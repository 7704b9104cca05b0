/** verify: one message, against the envelope it came in, if that is known. */
import type { Command } from 'commander'
import { addedOnTheWay } from '../dkim2/added-on-the-way.ts'
import type { RevisionComparison, RuleChange } from '../dkim2/compare-revisions.ts'
import { compareRevisions, ruleText } from '../dkim2/compare-revisions.ts'
import type { Revision } from '../dkim2/profile.ts'
import type { Verdict } from '../dkim2/verdict.ts'
import { verdictText } from '../dkim2/verdict.ts'
import { verifyChain } from '../dkim2/verify.ts'
import { hopText } from '../hoplog/text.ts'
import type { VerdictReport } from '../hoplog/verdict-report.ts'
import { verdictReport } from '../hoplog/verdict-report.ts'
import type { Message } from '../message/message.ts'
import { printable } from '../message/printable.ts'
import type { DnsOptions } from './dns-source.ts'
import { chosenResolver, withDns } from './dns-source.ts'
import { readMessageFile } from './message-file.ts'
import type { JsonOption } from './options.ts'
import { addressArgument, collectAddress, unixSeconds, withJson } from './options.ts'
import type { ReadingOptions, RevisionChoice } from './reading.ts'
import { chosenRevisions, comparingRevisionOption, readingOf, withLenient } from './reading.ts'
import type { Finish, Style, Terminal } from './terminal.ts'
import { jsonText, styled, UsageError } from './terminal.ts'

export interface VerifyOptions extends JsonOption, DnsOptions, ReadingOptions {
  readonly mailFrom?: string
  readonly rcptTo?: readonly string[]
  readonly now?: number
}

/** Of the command itself: it can also compare the revisions. */
type VerifyCommandOptions = Omit<VerifyOptions, 'revision'> & { readonly revision?: RevisionChoice }

/** A message with what was found out about it. */
export interface Verified {
  readonly message: Message
  readonly verdict: Verdict
  readonly envelopeChecked: boolean
  /** What mail software added on the way, without which the chain passes; undefined where that is not what is wrong. */
  readonly addedOnTheWay?: readonly string[] | undefined
}

/** Adds `verify`. */
export function verifyCommand(program: Command, terminal: Terminal, finish: Finish): void {
  withVerification(withJson(program.command('verify')))
    .description('verify the DKIM2 chain of a message; the exit status is 0 only on pass')
    .argument('<file>', 'message; - is standard input')
    .addOption(comparingRevisionOption())
    .action(async (file: string, { revision, ...others }: VerifyCommandOptions) => {
      const { compared, ...reading } = chosenRevisions(revision)
      const options: VerifyOptions = { ...others, ...reading }
      if (compared !== undefined) {
        const { comparison, envelopeChecked } = await compareFile(file, options, compared, terminal)
        const text = () => comparisonText(comparison, terminal) + envelopeRemark(envelopeChecked)
        terminal.out(options.json ? jsonText(comparisonJson(comparison, envelopeChecked)) : text())
        finish(comparison.revisions.every(one => one.verdict.state === 'pass') ? 0 : 1)
        return
      }
      const verified = await verifyFile(file, options, terminal)
      terminal.out(options.json ? jsonText(verifiedJson(verified)) : verifiedText(verified, terminal))
      finish(verified.verdict.state === 'pass' ? 0 : 1)
    })
}

/** The options of every command that verifies. */
export function withVerification(command: Command): Command {
  return withLenient(withDns(command))
    .option(
      '--mail-from <address>',
      'MAIL FROM of the transaction; <> is the null reverse-path',
      addressArgument,
    )
    .option('--rcpt-to <address>', 'RCPT TO of the transaction; may be given several times', collectAddress)
    .option('--now <seconds>', 'Unix time of the verification; without it now', unixSeconds)
}

/** Reads and verifies; without an envelope that part of the check is left out. */
export async function verifyFile(
  file: string,
  options: VerifyOptions,
  terminal: Terminal,
): Promise<Verified> {
  const { message, settings } = await readForVerification(file, options, terminal)
  terminal.progress(`verifying ${file}`)
  const verdict = await verifyChain(message, settings)
  const passes = async (candidate: Message) => (await verifyChain(candidate, settings)).state === 'pass'
  const added = verdict.state === 'fail' ? await addedOnTheWay(message, passes) : undefined
  terminal.progress('')
  return { message, verdict, envelopeChecked: settings.envelope !== undefined, addedOnTheWay: added }
}

async function compareFile(
  file: string,
  options: VerifyOptions,
  compared: readonly Revision[],
  terminal: Terminal,
): Promise<{ comparison: RevisionComparison; envelopeChecked: boolean }> {
  const { message, settings } = await readForVerification(file, options, terminal)
  terminal.progress(`verifying ${file} under revisions ${compared.join(', ')}`)
  const comparison = await compareRevisions(message, settings, compared)
  terminal.progress('')
  return { comparison, envelopeChecked: settings.envelope !== undefined }
}

async function readForVerification(
  file: string,
  options: VerifyOptions,
  terminal: Terminal,
): Promise<{ message: Message; settings: Parameters<typeof verifyChain>[1] }> {
  const envelope = envelopeOf(options)
  const resolver = await chosenResolver(options)
  const message = await readMessageFile(file, terminal)
  const settings = {
    lookup: (name: string) => resolver.txt(name),
    nowSeconds: options.now ?? Math.floor(terminal.clock() / 1000),
    ...readingOf(options),
    ...(envelope === undefined ? {} : { envelope }),
  }
  return { message, settings }
}

function envelopeOf(
  options: VerifyOptions,
): { reversePath: string; forwardPaths: readonly string[] } | undefined {
  const { mailFrom, rcptTo } = options
  if (mailFrom === undefined && rcptTo === undefined) return undefined
  if (mailFrom === undefined || rcptTo === undefined) {
    throw new UsageError('--mail-from and --rcpt-to make the envelope together; give both or neither')
  }
  return { reversePath: mailFrom, forwardPaths: rcptTo }
}

function verifiedJson(verified: Verified): VerdictReport & { envelope: string } {
  return {
    ...verdictReport(verified.verdict),
    ...(verified.addedOnTheWay === undefined ? {} : { passesWithout: verified.addedOnTheWay }),
    envelope: verified.envelopeChecked ? 'checked' : 'not checked',
  }
}

function comparisonJson(
  { revisions, rule, differences }: RevisionComparison,
  envelopeChecked: boolean,
): unknown {
  const reports = revisions.map(one => [one.revision, verdictReport(one.verdict)] as const)
  return {
    revisions: Object.fromEntries(reports),
    differ: rule === undefined ? null : ruleJson(rule),
    differences: differences.map(({ from, to, rule }) => ({ from, to, ...ruleJson(rule) })),
    envelope: envelopeChecked ? 'checked' : 'not checked',
  }
}

function ruleJson({ since, section, rule, text }: RuleChange): object {
  return { since, section, rule, text }
}

const stateStyles: Readonly<Record<Verdict['state'], Style>> = {
  pass: 'green',
  fail: 'red',
  permerror: 'red',
  temperror: 'yellow',
  none: 'yellow',
}

function verifiedText(verified: Verified, terminal: Terminal): string {
  const { verdict, envelopeChecked } = verified
  return `${verdictLines(verdict, terminal).join('\n')}\n${addedText(verified)}${envelopeRemark(envelopeChecked)}`
}

/** A line about what was added on the way; '' where that is not what is wrong. */
export function addedText({ addedOnTheWay: added }: Verified): string {
  if (added === undefined) return ''
  return `It passes without ${printable(added.join(', '))}, which mail software on the way adds: docs/known-limitations.md.\n`
}

function verdictLines(verdict: Verdict, terminal: Terminal): string[] {
  const profile = verdict.profile === undefined ? '' : `  (${verdict.profile})`
  const report = verdictReport(verdict)
  const lines = [
    styled(terminal, stateStyles[verdict.state], printable(verdictText(verdict))) + profile,
    ...report.hops.map(hop => `  ${hopText(hop)}`),
  ]
  if (report.responsible !== null) lines.push(`  i=${report.responsible} answers for what is older`)
  return lines
}

function comparisonText({ revisions, differences }: RevisionComparison, terminal: Terminal): string {
  const parts = revisions.flatMap(({ revision, verdict }) => [
    styled(terminal, 'bold', `Revision ${revision}:`),
    ...verdictLines(verdict, terminal).map(line => `  ${line}`),
  ])
  const ends = differences.map(({ from, to, rule }) => `${from} and ${to} differ ${ruleText(rule)}.`)
  return `${[...parts, ...(ends.length === 0 ? ['The revisions agree.'] : ends)].join('\n')}\n`
}

function envelopeRemark(envelopeChecked: boolean): string {
  return envelopeChecked ? '' : 'The envelope was not checked: --mail-from and --rcpt-to give it.\n'
}
