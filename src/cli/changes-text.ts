/** Changes as a diff for people: `-` was there before, `+` stands there now. */

import type { VersionChange } from '../dkim2/version-changes.ts'
import { printable } from '../message/printable.ts'
import type { Terminal } from './terminal.ts'
import { styled } from './terminal.ts'

/** Lines shown of one side of one change: a replaced page would hide everything else. */
const maxShownLines = 20

/** One paragraph for each version that changed something; '' where none did. */
export function changesText(changes: readonly VersionChange[], terminal: Pick<Terminal, 'colors'>): string {
  return changes.map(change => `\n${versionLines(change, terminal).join('\n')}\n`).join('')
}

function versionLines(change: VersionChange, terminal: Pick<Terminal, 'colors'>): string[] {
  const { version, i, headers, body, obstacle } = change
  const by = i === null ? 'signed by no hop' : `by i=${i}`
  const lines = [styled(terminal, 'bold', `version ${version}, ${by}`)]
  for (const { name, before, now } of headers) {
    lines.push(...sideLines('-', before, terminal, name), ...sideLines('+', now, terminal, name))
  }
  for (const { line, before, now } of body) {
    lines.push(styled(terminal, 'dim', `body, line ${line}`))
    lines.push(...sideLines('-', before, terminal), ...sideLines('+', now, terminal))
  }
  if (obstacle !== null) lines.push(styled(terminal, 'yellow', obstacle))
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
