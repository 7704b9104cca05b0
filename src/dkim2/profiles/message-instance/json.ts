/**
 * JSON (RFC 8259) read strictly from octets. The language's own reader lets the last of two equal members win, makes
 * objects on which `__proto__` is special, and nests as deep as the text does; here members keep their order and
 * repetitions, strings are octets, and depth is bounded. Time and memory are linear in the text.
 */

import { isUtf8 } from 'node:buffer'

export type JsonValue =
  | { readonly kind: 'object'; readonly members: readonly JsonMember[] }
  | { readonly kind: 'array'; readonly items: readonly JsonValue[] }
  /** UTF-8. */
  | { readonly kind: 'string'; readonly octets: Buffer }
  /** As written. */
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'true' | 'false' | 'null' }

export interface JsonMember {
  readonly name: string
  readonly value: JsonValue
}

/** Recipes are five deep; members that nobody here knows may be somewhat deeper. */
const maxDepth = 20

/** Reads a text; undefined where it is not JSON in UTF-8, or nests too deep. */
export function readJson(octets: Buffer): JsonValue | undefined {
  if (!isUtf8(octets)) return undefined
  const reader = new Reader(octets.toString('latin1'))
  const value = reader.value(0)
  return value && reader.isAtEnd() ? value : undefined
}

const space = /[ \t\n\r]*/y
const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
const word = /true|false|null/y
/** What stands in a string as it is; the text is latin1, and known to be UTF-8. */
const plain = /[^"\\\x00-\x1f]*/y
const escaped = /\\(?:u([0-9a-fA-F]{4})|(["\\/bfnrt]))/y
const escapes: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }

/** Every method reads from where it stands and gives undefined for what is not JSON. */
class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  isAtEnd(): boolean {
    this.#match(space)
    return this.#at === this.#text.length
  }

  value(depth: number): JsonValue | undefined {
    if (depth > maxDepth) return undefined
    this.#match(space)
    const first = this.#text[this.#at]
    if (first === '{') return this.#object(depth)
    if (first === '[') return this.#array(depth)
    if (first === '"') {
      const octets = this.#string()
      return octets && { kind: 'string', octets }
    }
    const literal = this.#match(word)
    if (literal) return { kind: literal[0] as 'true' | 'false' | 'null' }
    const digits = this.#match(number)
    return digits ? { kind: 'number', text: digits[0] } : undefined
  }

  #object(depth: number): JsonValue | undefined {
    const members: JsonMember[] = []
    this.#at++
    if (this.#takes('}')) return { kind: 'object', members }
    do {
      this.#match(space)
      const name = this.#text[this.#at] === '"' ? this.#string() : undefined
      const value = name && this.#takes(':') ? this.value(depth + 1) : undefined
      if (!name || !value) return undefined
      members.push({ name: name.toString('utf8'), value })
    } while (this.#takes(','))
    return this.#takes('}') ? { kind: 'object', members } : undefined
  }

  #array(depth: number): JsonValue | undefined {
    const items: JsonValue[] = []
    this.#at++
    if (this.#takes(']')) return { kind: 'array', items }
    do {
      const value = this.value(depth + 1)
      if (!value) return undefined
      items.push(value)
    } while (this.#takes(','))
    return this.#takes(']') ? { kind: 'array', items } : undefined
  }

  /** A string as UTF-8; undefined for half of a surrogate pair, which no UTF-8 can hold. */
  #string(): Buffer | undefined {
    this.#at++
    const start = this.#at
    this.#match(plain)
    if (this.#text[this.#at] === '"') return Buffer.from(this.#text.slice(start, this.#at++), 'latin1')
    const pieces = [Buffer.from(this.#text.slice(start, this.#at), 'latin1')]
    for (;;) {
      const run = this.#escapedRun()
      if (run === undefined || !run.isWellFormed()) return undefined
      pieces.push(Buffer.from(run, 'utf8'))
      const text = this.#match(plain)
      if (text) pieces.push(Buffer.from(text[0], 'latin1'))
      if (this.#text[this.#at] === '"') {
        this.#at++
        return Buffer.concat(pieces)
      }
    }
  }

  /** Escapes that follow each other, as the two halves of a surrogate pair do; at least one. */
  #escapedRun(): string | undefined {
    const run: string[] = []
    for (let found = this.#match(escaped); found; found = this.#match(escaped)) {
      const [, unit, letter = ''] = found
      run.push(
        unit === undefined ? (escapes[letter] ?? letter) : String.fromCharCode(Number.parseInt(unit, 16)),
      )
    }
    return run.length === 0 ? undefined : run.join('')
  }

  #takes(character: string): boolean {
    this.#match(space)
    if (this.#text[this.#at] !== character) return false
    this.#at++
    return true
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)
    if (found) this.#at = pattern.lastIndex
    return found
  }
}
