/** What `lint` has found, for people in 80 columns and for programs. */
import type { Finding } from '../../lint/findings.ts'
import type { LintReport } from '../../lint/lint.ts'
import type { Severity } from '../../lint/rules.ts'
import { printable } from '../../message/printable.ts'
import { wrapped } from '../columns.ts'
import type { Style, Terminal } from '../terminal.ts'
import { styled } from '../terminal.ts'

const severities: readonly Severity[] = ['error', 'warning', 'remark']
const styles: Readonly<Record<Severity, Style>> = { error: 'red', warning: 'yellow', remark: 'dim' }

/** The worst that was found, if anything was. */
export function worstOf({ findings }: LintReport): Severity | undefined {
  return severities.find(one => findings.some(({ severity }) => severity === one))
}

export function lintJson(file: string, { findings, leftOut }: LintReport): unknown {
  const isGood = !findings.some(({ severity }) => severity === 'error')
  return { ok: isGood, file, counts: countsOf(findings), findings, leftOut }
}

function countsOf(findings: readonly Finding[]): Record<Severity, number> {
  const count = (wanted: Severity) => findings.filter(({ severity }) => severity === wanted).length
  return { error: count('error'), warning: count('warning'), remark: count('remark') }
}

export function lintText(
  file: string,
  { findings, leftOut }: LintReport,
  terminal: Pick<Terminal, 'colors'>,
): string {
  if (findings.length === 0) return `${printable(file)}: nothing to find fault with\n`
  const counts = countsOf(findings)
  const parts = severities
    .filter(one => counts[one] > 0)
    .map(one => `${counts[one]} ${plural(one, counts[one])}`)
  const more = Object.entries(leftOut).map(([rule, count]) => `and ${count} more of ${rule}\n`)
  return [
    ...findings.map(finding => findingText(finding, terminal)),
    ...more,
    `${printable(file)}: ${parts.join(', ')}\n`,
  ].join('\n')
}

function plural(word: string, count: number): string {
  return count === 1 ? word : `${word}s`
}

function findingText(finding: Finding, terminal: Pick<Terminal, 'colors'>): string {
  const { line, column, severity, rule, section, what, found, instead } = finding
  const head = `${line}:${column}  ${styled(terminal, styles[severity], severity)}  ${rule}  (${section})`
  const said = found === '' ? what : `${what}: ${found}`
  return [head, ...wrapped(said, '  '), ...wrapped(`-> ${instead}`, '  '), ''].join('\n')
}
