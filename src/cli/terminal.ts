/** What a command has of the world: where it writes, what time it is, and how it says that it did not work. */
import type { Readable } from 'node:stream'
import { styleText } from 'node:util'

/** 0: done, or the verdict is good; 1: the verdict or operation is negative; 2: usage or configuration. */
export type ExitStatus = 0 | 1 | 2

/** Told once by the command that ran. */
export type Finish = (status: ExitStatus) => void

/** UsageError gives exit status 2, OperationFailed 1; the text of both is shown as it is, without a stack. */
export { OperationFailed, UsageError } from '../operator/problems.ts'

export interface Terminal {
  /** Results: text, or the octets of a message. */
  out(output: string | Buffer): void
  /** Remarks and errors, so that results can be piped. */
  note(text: string): void
  /** What is being done, in one line that the next one replaces; '' takes it away. Shown only on a terminal. */
  progress(text: string): void
  /** True when results go to a terminal and nobody asked for no colours (NO_COLOR). */
  readonly colors: boolean
  /** Show the stack of an error that nobody expected (DKIM2_RELAY_DEBUG). */
  readonly debug: boolean
  readonly stdin: Readable
  /** Unix milliseconds. */
  clock(): number
  /** That many random octets. */
  random(octets: number): Buffer
}

export type Style = 'green' | 'red' | 'yellow' | 'bold' | 'dim'

/** Text in a style where colours are shown, and as it is elsewhere. */
export function styled(terminal: Pick<Terminal, 'colors'>, style: Style, text: string): string {
  return terminal.colors ? styleText(style, text, { validateStream: false }) : text
}

/** One JSON value, indented, with a final line end. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}

/**
 * Rows in columns as wide as their widest cell, two spaces apart; the last column is not padded.
 *
 * @param head titles, in capitals by custom
 * @param rows cells already made printable
 */
export function tableText(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...all.map(row => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
  return `${all.map(line).join('\n')}\n`
}
