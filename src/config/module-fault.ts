/** Why a configuration module could not be imported, and where it is wrong. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Reading one module takes a fraction of that; a file system that hangs must not hold the start. */
const checkMilliseconds = 10_000

interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
  /** The line itself with a mark below it, where it is known. */
  readonly shown: string
}

/**
 * The fault in words that begin with the file: `FILE:LINE:COLUMN: cannot be read: ...`, for a fault of syntax with the line and a mark.
 *
 * @param file what was to be imported; the fault may be in another one that it imports
 */
export async function describeFault(file: string, error: Error): Promise<string> {
  const place = syntaxPlace(error.stack ?? '') ?? (await placeOf(file, error))
  if (place === undefined) return `${file}: cannot be read: ${error.message}`
  return `${place.file}:${place.line}:${place.column}: cannot be read: ${error.message}${place.shown}`
}

async function placeOf(file: string, error: Error): Promise<Place | undefined> {
  if (error.name === 'SyntaxError') return syntaxPlace(await syntaxReport(file))
  return callPlace(error.stack ?? '')
}

/** Node begins a report of a fault of syntax with file and line, the line itself and a mark below it. */
function syntaxPlace(report: string): Place | undefined {
  const found = /^(\S.*):(\d+)\n([\s\S]*?)^\S*Error\b/m.exec(report)
  if (found === null) return undefined
  const [, file = '', line = '', text = ''] = found
  const { source, pointer } = markedLine(text)
  return {
    file: fileNameOf(file),
    line: Number(line),
    column: pointer.indexOf('^') + 1,
    shown: `\n  ${source}\n  ${pointer}`,
  }
}

/** There is no mark where the file ends too early: it stands at the end then. */
function markedLine(text: string): { readonly source: string; readonly pointer: string } {
  const lines = text.split('\n').filter(line => line.trim() !== '')
  const mark = lines.findIndex(line => /^\s*\^+\s*$/.test(line))
  const source = lines.at(mark < 0 ? -1 : mark - 1) ?? ''
  return { source, pointer: lines[mark] ?? `${' '.repeat(source.length)}^` }
}

/** The innermost call that stands in a file. */
function callPlace(stack: string): Place | undefined {
  const call = /^\s+at (?:.*\()?(file:\/\/\S+?):(\d+):(\d+)\)?$/m.exec(stack)
  if (call === null) return undefined
  return { file: fileNameOf(call[1] ?? ''), line: Number(call[2]), column: Number(call[3]), shown: '' }
}

function fileNameOf(text: string): string {
  return text.startsWith('file:') ? fileURLToPath(text) : text
}

/** What Node itself says of the syntax of a file: an error that was caught no longer tells the place. */
function syntaxReport(file: string): Promise<string> {
  return new Promise(resolve => {
    execFile(process.execPath, ['--check', file], { timeout: checkMilliseconds }, (_, __, notes) =>
      resolve(notes),
    )
  })
}
