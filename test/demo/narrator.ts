/** Tells the demo on a terminal: chapters, what happens, and checks that decide about its exit status. */
import type { WriteStream } from 'node:tty'
import { styleText } from 'node:util'
import type { LogFields, Logger } from '../../src/log/log.ts'

/** Columns of a terminal as people have it. */
const columns = 80

type Style = 'bold' | 'dim' | 'green' | 'red' | 'cyan'

export class Narrator {
  readonly #out: NodeJS.WritableStream & Partial<WriteStream>
  readonly #partyColumns: number
  readonly #startedAt = Date.now()
  #checks = 0
  #failures = 0

  constructor(out: NodeJS.WritableStream & Partial<WriteStream>, partyColumns = 20) {
    this.#out = out
    this.#partyColumns = partyColumns
  }

  chapter(title: string): void {
    this.#line(`\n${this.#style('bold', wrapped(`== ${title}`, 3))}`)
  }

  tell(text: string): void {
    for (const line of text.split('\n')) this.#line(wrapped(line, 0))
  }

  /** Something that a party did just now. */
  event(party: string, text: string): void {
    const seconds = ((Date.now() - this.#startedAt) / 1000).toFixed(2).padStart(5)
    const before = `${seconds}s  ${party.padEnd(this.#partyColumns)} `
    const told = wrapped(before + text, before.length).slice(before.length)
    this.#line(
      `${this.#style('dim', `${seconds}s`)}  ${this.#style('cyan', party.padEnd(this.#partyColumns))} ${told}`,
    )
  }

  /** Text of many lines, indented. */
  block(text: string): void {
    for (const line of text.trimEnd().split(/\r?\n/)) this.#line(line === '' ? '' : `    ${line}`)
  }

  check(what: string, holds: boolean): void {
    this.#checks++
    if (holds) this.#line(`  ${this.#style('green', 'ok')}   ${wrapped(`       ${what}`, 7).slice(7)}`)
    else this.failed(what)
  }

  failed(what: string): void {
    this.#failures++
    this.#line(`  ${this.#style('red', 'FAIL')} ${what}`)
  }

  /** The exit status. */
  summary(): 0 | 1 {
    const seconds = ((Date.now() - this.#startedAt) / 1000).toFixed(1)
    const good = this.#failures === 0 && this.#checks > 0
    const text = good ? `All ${this.#checks} checks hold` : `${this.#failures} of the checks failed`
    this.#line(`\n${this.#style(good ? 'green' : 'red', text)} (${seconds} s).`)
    return good ? 0 : 1
  }

  /** A log of a relay in which the steps of the message path are told as they happen. */
  logOf(party: string, tellLine: (text: string, fields: LogFields) => string | undefined): Logger {
    const write = (fields: LogFields, text: string) => {
      const told = tellLine(text, fields)
      if (told !== undefined) this.event(party, told)
    }
    const log: Logger = {
      debug: write,
      info: write,
      warn: write,
      error: write,
      child: common => this.logOf(party, (text, fields) => tellLine(text, { ...common, ...fields })),
    }
    return log
  }

  #line(text: string): void {
    this.#out.write(`${text}\n`)
  }

  #style(style: Style, text: string): string {
    return this.#out.isTTY === true ? styleText(style, text, { validateStream: false }) : text
  }
}

/** Lines of at most 80 columns, broken between words; those after the first are indented. A word that is longer stays whole. */
function wrapped(text: string, indent: number): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.slice(indent).split(' ')) {
    if (line !== '' && indent + line.length + 1 + word.length > columns) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return text.slice(0, indent) + [...lines, line].join(`\n${' '.repeat(indent)}`)
}
