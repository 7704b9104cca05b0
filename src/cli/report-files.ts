/** Reading the daily reports that others have sent: files and folders of them, and how they go over time. */
import { readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readReports as bounds } from '../limits.ts'
import { asciiDomain } from '../message/mailbox.ts'
import { printable } from '../message/printable.ts'
import type { Period } from '../report-file/days.ts'
import { openReportFile } from '../report-file/open-report-file.ts'
import { readOctets } from './message-file.ts'
import type { Terminal } from './terminal.ts'
import { tableText, UsageError } from './terminal.ts'

export interface TakenFiles {
  readonly files: number
  /** What is no report, with the reason. */
  readonly refused: readonly { readonly file: string; readonly reason: string }[]
}

/**
 * Shows every document in a file, or in the files of a folder and those in it, to `take`. What is no report is noted and passed over.
 *
 * @param take answers why a document is no report; undefined: it is one
 * @throws UsageError where the path cannot be read
 */
export async function readReportFiles(
  path: string,
  terminal: Terminal,
  take: (document: Buffer) => string | undefined,
): Promise<TakenFiles> {
  const refused: { file: string; reason: string }[] = []
  let files = 0
  for await (const file of filesOf(path)) {
    if (files === bounds.maxFiles) throw new UsageError(`${path}: holds more than ${bounds.maxFiles} files`)
    files += 1
    terminal.progress(`${files} files`)
    const reason = await takeFile(file, terminal, take)
    if (reason === undefined) continue
    refused.push({ file, reason })
    terminal.note(`${printable(file)}: ${printable(reason)}\n`)
  }
  terminal.progress('')
  return { files, refused }
}

async function takeFile(
  file: string,
  terminal: Terminal,
  take: (document: Buffer) => string | undefined,
): Promise<string | undefined> {
  try {
    const octets = await readOctets(file, terminal, bounds.maxFileOctets)
    const opened = await openReportFile(octets, bounds.maxUnpackedOctets)
    if (opened.kind === 'refused') return opened.reason
    if (opened.documents.length === 0) return 'there is nothing in it'
    return opened.documents.map(take).find(reason => reason !== undefined)
  } catch (error) {
    if (error instanceof UsageError) return error.message.slice(file.length + 2)
    throw error
  }
}

/** In the order of their names; links are not followed, so that none leads in a circle. */
async function* filesOf(path: string, depth = 0): AsyncGenerator<string> {
  if (depth === 0 && (path === '-' || !(await isFolder(path)))) {
    yield path
    return
  }
  const entries = await readdir(path, { withFileTypes: true })
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.isFile()) yield join(path, entry.name)
    else if (entry.isDirectory() && depth < bounds.maxDepth) yield* filesOf(join(path, entry.name), depth + 1)
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (cause) {
    throw new UsageError(`${path}: cannot be read (${(cause as Error).message})`, { cause })
  }
}

/** Whether a domain is this one or below it; every one where none is asked for. */
export function domainFilter(domain: string | undefined): (other: string) => boolean {
  if (domain === undefined) return () => true
  const wanted = asciiDomain(domain.toLowerCase())
  return other => other === wanted || other.endsWith(`.${wanted}`)
}

/** @param head what passed and what failed are called */
export function periodsText(periods: readonly Period[], head: readonly [string, string]): string {
  return tableText(
    ['PERIOD', ...head],
    periods.map(({ period, passed, failed }) => [period, String(passed), String(failed)]),
  )
}

/**
 * Writes a page for a browser to a file that only its user can read, or to standard output for `-`.
 *
 * @throws UsageError where the file cannot be written
 */
export async function writePage(file: string, page: string, terminal: Terminal): Promise<void> {
  if (file === '-') return terminal.out(page)
  try {
    await writeFile(file, page, { mode: 0o600 })
  } catch (cause) {
    throw new UsageError(`${file}: cannot be written (${(cause as Error).message})`, { cause })
  }
  terminal.note(`${printable(file)}: open it in a browser\n`)
}
