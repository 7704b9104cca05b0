/** Times as this profile writes them: UTC, `YYYY-MM-DDThh:mm:ss`. */

const form = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?(?:Z|([+-])(\d\d):(\d\d))?$/i

/**
 * Unix seconds of a time of RFC 3339; without an offset it is UTC. Fractions are cut off, a leap second is the second
 * after.
 *
 * @returns undefined for what is no such time
 */
export function readTimestamp(text: string): number | undefined {
  const match = form.exec(text)
  if (!match) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number)
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate()
  if (year < 1970 || month < 1 || month > 12 || day < 1 || day > days) return undefined
  if (hour > 23 || minute > 59 || second > 60) return undefined
  const [offsetHours, offsetMinutes] = [Number(match[8] ?? 0), Number(match[9] ?? 0)]
  if (offsetHours > 23 || offsetMinutes > 59) return undefined
  const offset = (offsetHours * 60 + offsetMinutes) * 60 * (match[7] === '-' ? -1 : 1)
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000 - offset
}

/** @throws RangeError for a time that four digits of year cannot hold */
export function writeTimestamp(seconds: number): string {
  const text = new Date(seconds * 1000).toISOString()
  if (!/^\d{4}-/.test(text)) throw new RangeError(`a time of ${seconds} s cannot be written`)
  return text.slice(0, 19)
}
