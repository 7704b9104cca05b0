/** Changes as a diff for people: `-` was there before, `+` stands there now. */

import type { Changes, VersionChange } from '../dkim2/version-changes.ts'
import type { OwnChange } from '../hoplog/own-change.ts'
import { printable } from '../message/printable.ts'
import type { Terminal } from './terminal.ts'
import { styled } from './terminal.ts'

/** Lines shown of one side of one change: a replaced page would hide everything else. */
const maxShownLines = 20

/** One paragraph for each version that changed something; '' where none did. */
export function changesText(changes: readonly VersionChange[], terminal: Pick<Terminal, 'colors'>): string {
  return changes.map(change => `\n${versionLines(change, terminal).join('\n')}\n`).join('')
}

/** What this relay changed itself, a paragraph for each list and one for what every copy lost. */
export function ownChangesText(own: readonly OwnChange[], terminal: Pick<Terminal, 'colors'>): string {
  if (own.length === 0) return '\nThis relay changed nothing.\n'
  return own.map(change => `\n${ownLines(change, terminal).join('\n')}\n`).join('')
}

function ownLines(change: OwnChange, terminal: Pick<Terminal, 'colors'>): string[] {
  const where = change.list === null ? 'in every copy' : `for the list ${printable(change.list)}`
  const by = change.i === null ? '' : `, by i=${change.i}`
  const { headers, body, obstacle, remarks } = change
  const isNothing = headers.length + body.length === 0 && obstacle === null
  return [
    styled(terminal, 'bold', `this relay, ${where}${by}`),
    ...(isNothing ? ['nothing that is signed'] : diffLines(change, terminal, obstacle !== null)),
    ...[obstacle, ...remarks].flatMap(text =>
      text === null ? [] : [styled(terminal, 'yellow', printable(text))],
    ),
  ]
}

function versionLines(change: VersionChange, terminal: Pick<Terminal, 'colors'>): string[] {
  const { version, i, obstacle } = change
  const by = i === null ? 'signed by no hop' : `by i=${i}`
  const lines = [styled(terminal, 'bold', `version ${version}, ${by}`), ...diffLines(change, terminal)]
  if (obstacle !== null) lines.push(styled(terminal, 'yellow', obstacle))
  return lines
}

/** @param isPartial what stands there now is not known */
function diffLines(
  { headers, body }: Changes,
  terminal: Pick<Terminal, 'colors'>,
  isPartial = false,
): string[] {
  const unknown = isPartial ? ['…'] : []
  const lines: string[] = []
  for (const { name, before, now } of headers) {
    lines.push(
      ...sideLines('-', before, terminal, name),
      ...sideLines('+', [...now, ...unknown], terminal, name),
    )
  }
  for (const { line, before, now } of body) {
    lines.push(styled(terminal, 'dim', `body, line ${line}`))
    lines.push(...sideLines('-', before, terminal), ...sideLines('+', [...now, ...unknown], terminal))
  }
  return lines
}

function sideLines(
  mark: '-' | '+',
  texts: readonly string[],
  terminal: Pick<Terminal, 'colors'>,
  name?: string,
): string[] {
  const style = mark === '-' ? 'red' : 'green'
  const start = name === undefined ? `${mark} ` : `${mark} ${name}: `
  const shown = texts.slice(0, maxShownLines).map(text => styled(terminal, style, printable(start + text)))
  const left = texts.length - shown.length
  return left === 0 ? shown : [...shown, styled(terminal, 'dim', `${mark} and ${left} lines more`)]
}
