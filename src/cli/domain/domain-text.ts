/** What `domain` has found, for people in 80 columns and for programs. */
import { printable } from '../../message/printable.ts'
import { wrapped } from '../columns.ts'
import type { Style, Terminal } from '../terminal.ts'
import { styled } from '../terminal.ts'
import type { DomainFinding, Grade } from './finding.ts'

const styles: Readonly<Record<Grade, Style>> = {
  good: 'green',
  weak: 'yellow',
  bad: 'red',
  absent: 'dim',
  unknown: 'yellow',
}

export function isSound(findings: readonly DomainFinding[]): boolean {
  return findings.every(({ grade }) => grade !== 'bad')
}

export function domainJson(domain: string, findings: readonly DomainFinding[]): unknown {
  return { ok: isSound(findings), domain, findings }
}

export function domainText(findings: readonly DomainFinding[], terminal: Pick<Terminal, 'colors'>): string {
  const lines = findings.flatMap(({ zoneLines }) => zoneLines)
  const publish = lines.length === 0 ? [] : ['Worth publishing:', ...lines, '']
  return [...findings.flatMap(one => findingLines(one, terminal)), ...publish].join('\n')
}

function findingLines(one: DomainFinding, terminal: Pick<Terminal, 'colors'>): string[] {
  const { kind, name, grade, isAuthentic, found, text, details } = one
  const dnssec = isAuthentic ? '  (DNSSEC)' : ''
  return [
    `${styled(terminal, styles[grade], grade.padEnd(7))}  ${kind}  ${printable(name)}${dnssec}`,
    ...wrapped(printable(text), '  '),
    ...found.flatMap(record => wrapped(printable(record), '    ')),
    ...details.flatMap(line =>
      wrapped(printable(line.trimStart()), `    ${line.slice(0, line.length - line.trimStart().length)}`),
    ),
    '',
  ]
}
