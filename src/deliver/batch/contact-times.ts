/** When a gateway can be reached. Pure; all times are Unix milliseconds. */
import type { Contact } from '../../discover/gateway.ts'

/**
 * The first moment from `now` on in which a contact is open: `now` itself where one is; undefined where none comes any more.
 *
 * @param contacts absent: always open
 */
export function nextContact(now: number, contacts: readonly Contact[] | undefined): number | undefined {
  if (contacts === undefined) return now
  const openings = contacts.map(contact => openingOf(now, contact)).filter(at => at !== undefined)
  return openings.length === 0 ? undefined : Math.min(...openings)
}

function openingOf(now: number, { from, lastsSeconds, everySeconds }: Contact): number | undefined {
  const first = Date.parse(from)
  const lasts = lastsSeconds * 1000
  if (now < first) return first
  if (everySeconds === undefined) return now < first + lasts ? now : undefined
  const every = everySeconds * 1000
  const into = (now - first) % every
  return into < lasts ? now : now - into + every
}
