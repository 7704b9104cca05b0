/** Dates and message identifiers. RFC 5322 sections 3.3, 3.6.4 and 4.3. */
import type { Note } from './findings.ts'
import type { LocatedField } from './located-field.ts'

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

const dateTime =
  /^(?:([a-z]{3}) ?, ?)?(\d{1,2}) ([a-z]{3}) (\d{2,}) (\d{2}):(\d{2})(?::(\d{2}))? ?([+-]\d{4}|[a-z]{1,4})$/i
const identifier = /^<(?:[^\s<>()@"\\[\]]+|"(?:[^"\\]|\\.)*")@(?:[^\s<>()@"\\[\]]+|\[[^\s<>[\]\\]*\])>$/

/** Longer values are none of these. */
const maxDateLength = 200
/** RFC 5322 section 2.1.1: an identifier stands in one line. */
const maxIdentifierLength = 998

export function checkDates(fields: readonly LocatedField[], note: Note): void {
  for (const field of fields) if (field.key === 'date') checkDate(field, note)
}

function checkDate({ value, valueStart }: LocatedField, note: Note): void {
  const found = { found: value }
  const text = value
    .slice(0, maxDateLength)
    .replace(/\([^()]*\)/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  const match = dateTime.exec(text)
  if (match === null) return note('bad-date', valueStart, found)
  const [, weekday, day = '', month = '', year = '', hour = '', minute = '', second = '0', zone = ''] = match
  const at = Date.UTC(fullYear(year), months.indexOf(month.toLowerCase()), Number(day))
  const isReal = months.includes(month.toLowerCase()) && new Date(at).getUTCDate() === Number(day)
  if (!isReal || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) {
    return note('bad-date', valueStart, found)
  }
  if (year.length < 4 || !/^[+-]/.test(zone)) note('obsolete-date', valueStart, found)
  const rightDay = days[new Date(at).getUTCDay()] ?? ''
  if (weekday !== undefined && weekday.toLowerCase() !== rightDay.toLowerCase()) {
    note('wrong-weekday', valueStart, { ...found, instead: `write ${rightDay}, or no day` })
  }
}

/** RFC 5322 section 4.3: two digits are a year from 1950 to 2049, three are counted from 1900. */
function fullYear(year: string): number {
  const number = Number(year)
  if (year.length >= 4) return number
  return year.length === 2 && number < 50 ? 2000 + number : 1900 + number
}

export function checkIdentifiers(fields: readonly LocatedField[], note: Note): void {
  for (const field of fields) {
    if (field.key === 'message-id') checkList(field, 1, note)
    if (field.key === 'in-reply-to' || field.key === 'references') checkList(field, Infinity, note)
  }
}

function checkList({ value, valueStart }: LocatedField, most: number, note: Note): void {
  let count = 0
  for (const { index, 0: word } of value.matchAll(/[^\s<>]+|<[^<>\s]*>?|>/g)) {
    count++
    if (count <= most && word.length <= maxIdentifierLength && identifier.test(word)) continue
    note('bad-message-id', valueStart + index, { found: word })
    if (most === 1) return
  }
  if (count === 0) note('bad-message-id', valueStart)
}
