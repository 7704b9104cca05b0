/**
 * Puts the replies of a peer together from the octets in which they come (RFC 5321 section 4.2.1). Pure: octets in, replies out,
 * the same ones wherever the octets are cut.
 */

/** What some octets have completed. */
export interface RepliesRead {
  /**
   * Whole replies in their order, each octet a character. Every line begins with the code of the last one, the lines are separated by
   * line feeds: `250-first\n250 last`.
   */
  readonly replies: readonly string[]
  /** Why nothing more is read: what came is no reply, or has no end. It comes after the replies. */
  readonly fault?: string
}

/** The code stands alone, or a space or hyphen separates it from the text (RFC 5321 section 4.2). */
const codeLine = /^([2-5][0-9]{2})(?:([ -])|$)/

/** What a line with a code may begin with. */
const codeBegun = /^[2-5](?:$|[0-9](?:$|[0-9](?:$|[ -])))/

/** Characters of a line that is no reply that a fault quotes. */
const maxQuotedCharacters = 200

export class ReplyReader {
  readonly #maxOctets: number
  /** Lines with a code of the reply that has begun. */
  #lines: string[] = []
  /** Of a line whose end has not come. */
  #rest = ''
  /** Octets since the end of the last reply, whole lines only. */
  #octets = 0
  /** Nothing of a reply has come since something was asked. */
  #isAwaiting = true
  #fault: string | undefined

  /** @param maxOctets of one reply, with everything that is passed over in it */
  constructor(maxOctets: number) {
    this.#maxOctets = maxOctets
  }

  /** True when octets of a reply have come whose end has not. */
  get hasBegun(): boolean {
    return this.#lines.length > 0 || codeBegun.test(this.#rest.trimEnd())
  }

  /** Something was asked: what comes next has to be a reply. */
  expectReply(): void {
    this.#isAwaiting = true
  }

  /** Reads the next octets. After a fault nothing is read any more. */
  read(octets: Uint8Array): RepliesRead {
    const replies: string[] = []
    const text = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString('latin1')
    for (let from = 0; this.#fault === undefined && from < text.length; ) {
      const end = text.indexOf('\n', from)
      const piece = end < 0 ? text.slice(from) : text.slice(from, end + 1)
      const reply = this.#take(piece, end >= 0)
      if (reply !== undefined) replies.push(reply)
      from += piece.length
    }
    return { replies, ...(this.#fault !== undefined && { fault: this.#fault }) }
  }

  /** Takes a piece of a line, or its end; answers the reply that it completes. */
  #take(piece: string, isEnd: boolean): string | undefined {
    this.#rest += piece
    if (this.#octets + this.#rest.length > this.#maxOctets) {
      this.#fault = `a reply of more than ${this.#maxOctets} octets`
      // How much of the line has come depends on where the octets were cut.
      this.#rest = ''
      return undefined
    }
    if (!isEnd) return undefined
    const line = this.#rest.replace(/\r?\n$/, '')
    this.#octets += this.#rest.length
    this.#rest = ''
    return this.#line(line)
  }

  #line(line: string): string | undefined {
    const [found, code, separator] = codeLine.exec(line) ?? []
    if (found === undefined) {
      // Within a reply, or left over from one, it is passed over: it neither ends it nor means anything.
      if (this.#isAwaiting && line.trim() !== '') this.#fault = noReply(line)
      return undefined
    }
    this.#isAwaiting = false
    this.#lines.push(line)
    if (separator === '-') return undefined
    const whole = withCode(code ?? '', this.#lines)
    this.#lines = []
    this.#octets = 0
    return whole
  }
}

/** The code of the last line counts; a line before it that has another one keeps that as a part of its text. */
function withCode(code: string, lines: readonly string[]): string {
  return lines
    .map((line, at) => {
      const text = line.startsWith(code) ? line.slice(code.length + 1) : line
      return `${code}${at < lines.length - 1 ? '-' : ' '}${text}`
    })
    .join('\n')
}

function noReply(line: string): string {
  return `what is no reply of SMTP: ${line.slice(0, maxQuotedCharacters).replace(/[^\x20-\x7e]/g, '?')}`
}
