/** A log that a test can read, and wait for. */
import type { LogFields, Logger } from '../../src/log/log.ts'

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly text: string
  readonly fields: LogFields
}

export class RecordingLog implements Logger {
  readonly lines: LogLine[]
  readonly #common: LogFields
  readonly #waiting: Set<() => void>

  constructor(lines: LogLine[] = [], common: LogFields = {}, waiting = new Set<() => void>()) {
    this.lines = lines
    this.#common = common
    this.#waiting = waiting
  }

  debug(fields: LogFields, text: string): void {
    this.#add('debug', fields, text)
  }

  info(fields: LogFields, text: string): void {
    this.#add('info', fields, text)
  }

  warn(fields: LogFields, text: string): void {
    this.#add('warn', fields, text)
  }

  error(fields: LogFields, text: string): void {
    this.#add('error', fields, text)
  }

  child(fields: LogFields): Logger {
    return new RecordingLog(this.lines, { ...this.#common, ...fields }, this.#waiting)
  }

  /** Resolves with the first line, old or new, that the test describes. */
  async until(matches: (line: LogLine) => boolean): Promise<LogLine> {
    for (;;) {
      const found = this.lines.find(matches)
      if (found !== undefined) return found
      await new Promise<void>(resolve => this.#waiting.add(resolve))
    }
  }

  /** Resolves as soon as so many lines have this text. */
  async count(text: string, atLeast: number): Promise<readonly LogLine[]> {
    for (;;) {
      const found = this.lines.filter(line => line.text === text)
      if (found.length >= atLeast) return found
      await new Promise<void>(resolve => this.#waiting.add(resolve))
    }
  }

  #add(level: LogLine['level'], fields: LogFields, text: string): void {
    this.lines.push({ level, text, fields: { ...this.#common, ...fields } })
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const wake of waiting) wake()
  }
}
