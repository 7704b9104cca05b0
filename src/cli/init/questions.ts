/** Questions at the keyboard, or to whatever is piped into the command. */
import { createInterface, type Interface } from 'node:readline'
import type { z } from 'zod'
import type { Terminal } from '../terminal.ts'
import { UsageError } from '../terminal.ts'

/** Lines of standard input that are read at most: a pipe may have no end. */
const maxAnswers = 10_000

export interface Question<T> {
  /** The option that answers it. */
  readonly flag: string
  readonly text: string
  /** What an empty answer means; without it there must be one. */
  readonly usual?: string
  /** Says what was expected where an answer does not fit. */
  readonly form: z.ZodType<T, string>
}

/** Asks on standard error and reads standard input; with `isSilent` every answer is the usual one. */
export class Questions implements Disposable {
  readonly #terminal: Pick<Terminal, 'note' | 'stdin'>
  readonly #isSilent: boolean
  /** Opened by the first question: where nothing is asked, standard input stays as it is. */
  #input: Interface | undefined
  #lines: AsyncIterator<string> | undefined
  #answers = 0

  constructor(terminal: Pick<Terminal, 'note' | 'stdin'>, isSilent: boolean) {
    this.#terminal = terminal
    this.#isSilent = isSilent
  }

  /**
   * The answer that an option gives, or that is given now; asked again while it does not fit.
   *
   * @throws UsageError for an option that does not fit, or where the input ends
   */
  async answer<T>(question: Question<T>, option?: string): Promise<T> {
    if (option !== undefined) return this.#fixed(question, option)
    if (this.#isSilent) return this.#fixed(question, question.usual ?? this.#missing(question))
    for (;;) {
      const said = await this.#ask(question)
      const parsed = question.form.safeParse(said === '' ? (question.usual ?? '') : said)
      if (parsed.success) return parsed.data
      this.#terminal.note(`  expected ${expectation(parsed.error)}\n`)
    }
  }

  [Symbol.dispose](): void {
    this.#input?.close()
  }

  #fixed<T>({ flag, form }: Question<T>, text: string): T {
    const parsed = form.safeParse(text)
    if (parsed.success) return parsed.data
    throw new UsageError(`${flag} ${text}: expected ${expectation(parsed.error)}`)
  }

  async #ask<T>(question: Question<T>): Promise<string> {
    this.#input ??= createInterface({ input: this.#terminal.stdin })
    this.#lines ??= this.#input[Symbol.asyncIterator]()
    this.#terminal.note(`${question.text}${question.usual ? ` [${question.usual}]` : ''}: `)
    this.#answers += 1
    if (this.#answers > maxAnswers) throw new UsageError(`more than ${maxAnswers} answers: use the options`)
    const { value, done } = await this.#lines.next()
    if (done === true) this.#missing(question)
    return String(value).trim()
  }

  #missing({ flag, text }: Question<unknown>): never {
    throw new UsageError(`no answer: give it with ${flag} (${text})`)
  }
}

/** The innermost complaint: of an answer that may be empty, that about what is not. */
function expectation(error: z.ZodError): string {
  const [issue] = error.issues
  if (issue?.code !== 'invalid_union') return issue?.message ?? 'something else'
  return issue.errors.at(-1)?.[0]?.message ?? 'something else'
}
