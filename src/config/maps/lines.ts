/** Maps: text files with one entry a line, as other mail servers have them. `#` begins a comment line; empty lines are nothing. */

/** A line that cannot be used. */
export interface BadLine {
  /** From 1. */
  readonly line: number
  readonly problem: string
}

/** A line with something on it: its key and what follows it. */
export interface MapLine {
  readonly line: number
  readonly key: string
  readonly value: string
}

/** The entries of a map. The key ends at the first white space; a colon behind it is left out. */
export function* mapLines(text: string): Generator<MapLine> {
  let number = 0
  for (let at = 0; at < text.length; ) {
    const found = text.indexOf('\n', at)
    const end = found < 0 ? text.length : found
    number += 1
    const line = text.slice(at, end).trim()
    at = end + 1
    if (line === '' || line.startsWith('#')) continue
    const space = line.search(/\s/)
    const key = space < 0 ? line : line.slice(0, space)
    yield { line: number, key: key.replace(/:$/, ''), value: space < 0 ? '' : line.slice(space).trim() }
  }
}

/** Lines that are read before others get their turn. */
const linesInOneGo = 2_000

/** As `mapLines`; every so often everything else gets its turn. */
export async function* mapLinesInTurns(text: string): AsyncGenerator<MapLine[]> {
  let lines: MapLine[] = []
  for (const line of mapLines(text)) {
    lines.push(line)
    if (lines.length < linesInOneGo) continue
    yield lines
    lines = []
    await new Promise(resolve => setImmediate(resolve))
  }
  yield lines
}
