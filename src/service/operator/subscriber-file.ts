/**
 * Subscribers in a CSV file (RFC 4180, or with semicolons or tabs as spreadsheets write it): a column of addresses, or several
 * with a header line that names them. What `lists export` wrote is read back as it was.
 */
import { isUtf8 } from 'node:buffer'
import { finished } from 'node:stream/promises'
import { CsvError, parse } from 'csv-parse'
import { newSubscriber, subscriberProblem } from '../../lists/subscriber-address.ts'
import { addressArgument } from '../../operator/address-argument.ts'
import type { NewSubscriber } from '../../store/list-records.ts'

/** A line that cannot be imported. */
export interface BadLine {
  /** From 1, as editors count. */
  readonly line: number
  /** What was wrong and what would be right. */
  readonly problem: string
}

/** What a file holds. */
export interface SubscriberFile {
  /** Each address once, in the order of the file. */
  readonly subscribers: readonly NewSubscriber[]
  /** Addresses that had stood in an earlier line. */
  readonly repeated: number
  readonly bad: readonly BadLine[]
  /** False: from the last of the bad lines on, nothing could be read. */
  readonly isWhole: boolean
}

/** The columns that are read; the others are passed over. */
interface Columns {
  readonly address: number
  readonly state?: number
  readonly reason?: number
  readonly subscribedAt?: number
}

const columnNames: Readonly<Record<string, keyof Columns>> = {
  address: 'address',
  email: 'address',
  'e-mail': 'address',
  mail: 'address',
  state: 'state',
  reason: 'reason',
  subscribed_at: 'subscribedAt',
}

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])
/** Longer than any address with its columns; a file without line ends must not become one record. */
const maxRecordCharacters = 10_000

/**
 * Reads a file.
 *
 * @param octets the file as it is
 * @param listAddress of the list that they are for
 * @param now what counts as the time of a suspension
 * @param progress told how many lines were read, now and then
 * @returns lines that are wrong among the others; `bad` alone when it is not UTF-8
 */
export async function readSubscribers(
  octets: Buffer,
  listAddress: string,
  now: number,
  progress: (lines: number) => void,
): Promise<SubscriberFile> {
  if (!isUtf8(octets)) return { subscribers: [], repeated: 0, bad: [notUtf8(octets)], isWhole: false }
  const found = new Map<string, NewSubscriber>()
  const bad: BadLine[] = []
  let repeated = 0
  let columns: Columns | undefined
  const unread = await eachRecord(octets, (record, line) => {
    if (line % 1_000 === 0) progress(line)
    if (columns === undefined) {
      const header = headerColumns(record)
      columns = header ?? { address: 0 }
      if (header !== undefined) return
    }
    const reading = readRecord(record, columns, listAddress, now)
    if ('problem' in reading) bad.push({ line, problem: reading.problem })
    else if (found.has(reading.addressKey)) repeated++
    else found.set(reading.addressKey, reading)
  })
  if (unread !== undefined) bad.push(unread)
  return { subscribers: [...found.values()], repeated, bad, isWhole: unread === undefined }
}

/**
 * Tells every record with the number of the line that it ends in.
 *
 * @returns where the file stops being CSV: a quotation mark that is not what it should be may swallow any number of lines, so
 *   that nothing behind it is read; undefined when the file was read to its end
 */
async function eachRecord(
  octets: Buffer,
  tell: (record: readonly string[], line: number) => void,
): Promise<BadLine | undefined> {
  const start = octets.subarray(0, 3).equals(byteOrderMark) ? 3 : 0
  const endsWithin = lineCounter(octets, start)
  const parser = parse({
    delimiter: [',', ';', '\t'],
    record_delimiter: ['\r\n', '\n', '\r'],
    max_record_size: maxRecordCharacters,
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
    on_record(record: readonly string[], { bytes }) {
      tell(record, endsWithin(bytes - 1) + 1)
      // Nothing is kept for a reader of the stream.
      return null
    },
  })
  try {
    parser.resume().end(octets.subarray(start))
    await finished(parser)
    return undefined
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    return { line: endsWithin(Number(error.bytes ?? 0)) + 1, problem: csvProblem(error) }
  }
}

/** Tells how many lines end within so many octets; asked in the order of the file. A line ends with CR LF, LF or CR. */
function lineCounter(octets: Buffer, start: number): (bytes: number) => number {
  let at = start
  let ends = 0
  return bytes => {
    for (; at < start + bytes; at++) {
      if (octets[at] === 10 || (octets[at] === 13 && octets[at + 1] !== 10)) ends++
    }
    return ends
  }
}

function csvProblem(error: CsvError): string {
  if (error.code === 'CSV_MAX_RECORD_SIZE')
    return 'expected a line with one subscriber, found one without end'
  if (error.code === 'CSV_QUOTE_NOT_CLOSED')
    return 'expected a second quotation mark: everything behind the first was taken for one field'
  return 'expected quotation marks around a whole field, and doubled inside it'
}

/** Undefined for a line that has an address in it: then the first column holds the addresses. */
function headerColumns(record: readonly string[]): Columns | undefined {
  const places = new Map<keyof Columns, number>()
  record.forEach((cell, index) => {
    const name = cell.toLowerCase()
    const column = Object.hasOwn(columnNames, name) ? columnNames[name] : undefined
    if (column !== undefined && !places.has(column)) places.set(column, index)
  })
  const address = places.get('address')
  return address === undefined ? undefined : { ...Object.fromEntries(places), address }
}

function readRecord(
  record: readonly string[],
  columns: Columns,
  listAddress: string,
  now: number,
): NewSubscriber | { readonly problem: string } {
  const cell = (column: keyof Columns): string => {
    const place = columns[column]
    return place === undefined ? '' : (record[place] ?? '')
  }
  const address = addressArgument(cell('address'))
  const problem = subscriberProblem(address, listAddress)
  if (problem !== undefined) return { problem: `expected ${problem}, found '${address.slice(0, 80)}'` }
  const state = cell('state').toLowerCase()
  if (!['', 'active', 'suspended'].includes(state))
    return { problem: `state: expected active or suspended, found '${state.slice(0, 80)}'` }
  const subscribedAt = Date.parse(cell('subscribedAt'))
  return {
    ...newSubscriber(address),
    ...(Number.isNaN(subscribedAt) || subscribedAt > now ? {} : { subscribedAt }),
    ...(state === 'suspended'
      ? {
          suspension: {
            at: now,
            by: 'operator',
            reason: cell('reason').slice(0, 500) || 'imported as suspended',
          },
        }
      : {}),
  }
}

function notUtf8(octets: Buffer): BadLine {
  let line = 1
  let start = 0
  for (let end = octets.indexOf(10); end >= 0; end = octets.indexOf(10, start)) {
    if (!isUtf8(octets.subarray(start, end))) break
    line++
    start = end + 1
  }
  return { line, problem: 'expected UTF-8; save the file as UTF-8 in the program that made it' }
}
