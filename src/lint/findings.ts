/** What was found, with its place in the file: collected by offset, told by line and column. */
import { masked } from '../message/printable.ts'
import { type Rule, type RuleName, rules } from './rules.ts'

export interface Finding extends Rule {
  readonly rule: RuleName
  /** From 1. */
  readonly line: number
  /** From 1, in octets of the line. */
  readonly column: number
  /** The words in question, printable and cut; empty where nothing can be shown. */
  readonly found: string
}

export interface Detail {
  /** Latin1 text of the message, or words of ours. */
  readonly found?: string
  /** Better than what the rule says, where more is known. */
  readonly instead?: string
}

/** Notes that a rule is broken at an offset of the octets. */
export type Note = (rule: RuleName, offset: number, detail?: Detail) => void

/** A program that makes a mistake makes it a thousand times: the first ones tell all. */
const maxFindingsOfRule = 20

/** Longer quotations are cut: the place is told. */
const maxFoundCharacters = 60

interface Noted extends Detail {
  readonly rule: RuleName
  readonly offset: number
}

export class Findings {
  readonly #noted = new Map<RuleName, Noted[]>()
  readonly #counts = new Map<RuleName, number>()

  readonly note: Note = (rule, offset, detail = {}) => {
    const count = (this.#counts.get(rule) ?? 0) + 1
    this.#counts.set(rule, count)
    if (count > maxFindingsOfRule) return
    const noted = this.#noted.get(rule) ?? []
    noted.push({ ...detail, rule, offset })
    this.#noted.set(rule, noted)
  }

  /** In the order of the file. */
  located(octets: Buffer, firstLine: number): Finding[] {
    const all = [...this.#noted.values()].flat().sort((a, b) => a.offset - b.offset)
    let line = firstLine
    let lineStart = 0
    return all.map(({ rule, offset, found = '', instead }) => {
      for (let end = octets.indexOf('\n', lineStart); end >= 0 && end < offset; ) {
        line++
        lineStart = end + 1
        end = octets.indexOf('\n', lineStart)
      }
      const known = instead === undefined ? {} : { instead }
      return { rule, ...rules[rule], ...known, line, column: offset - lineStart + 1, found: shown(found) }
    })
  }

  /** How many of each rule were left out. */
  leftOut(): Partial<Record<RuleName, number>> {
    const beyond = [...this.#counts].filter(([, count]) => count > maxFindingsOfRule)
    return Object.fromEntries(beyond.map(([rule, count]) => [rule, count - maxFindingsOfRule]))
  }
}

/** Octets as UTF-8 where they are that; the rest shows as U+FFFD. */
function shown(found: string): string {
  const start = Buffer.from(found.slice(0, 4 * maxFoundCharacters), 'latin1').toString('utf8')
  const letters = [...masked(start.replace(/\s+/g, ' ').trim())]
  return letters.length <= maxFoundCharacters
    ? letters.join('')
    : `${letters.slice(0, maxFoundCharacters - 3).join('')}...`
}
