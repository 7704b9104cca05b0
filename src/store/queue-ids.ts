/**
 * Queue ids: 11 characters that sort by time and never repeat. Nine carry the milliseconds (enough until the year
 * 3084), two a counter within the millisecond. Of relays that share a store each has counters of its own: the last character
 * tells them apart. The alphabet is Crockford's base 32: digits and upper-case letters
 * without I, L, O and U, in ASCII order, so that the order of the strings is the order of the numbers.
 */
import { maxRelays } from './relay-records.ts'

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const timeCharacters = 9
const counterCharacters = 2
const countersPerMillisecond = 32 ** counterCharacters

export interface QueueIdSettings {
  /** Unix milliseconds. */
  readonly clock: () => number
  /** The highest id that was given out before, from `Store.lastQueueId`. */
  readonly last?: string | undefined
  /** Which of the relays that share the store this is, from 0 to 31. Absent: no other relay gives out ids in it. */
  readonly relay?: number
}

/** Gives out queue ids. */
export interface QueueIds {
  /** An id above every one before it, whatever the clock does. */
  next(): string
}

/**
 * A generator of queue ids. When the clock stands still or went back it counts on from the highest id it knows; a
 * counter that runs over borrows from the next millisecond. Throws a RangeError if `last` is not a queue id, or `relay` no
 * number of a relay.
 */
export function queueIds({ clock, last, relay }: QueueIdSettings): QueueIds {
  if (relay !== undefined && !(Number.isInteger(relay) && relay >= 0 && relay < maxRelays))
    throw new RangeError(`not the number of a relay, 0 to ${maxRelays - 1}: ${relay}`)
  const first = relay ?? 0
  const step = relay === undefined ? 1 : maxRelays
  let time = -1
  let counter = 0
  if (last !== undefined) {
    time = decode(last, 0, timeCharacters)
    counter = decode(last, timeCharacters, timeCharacters + counterCharacters)
  }
  return {
    next() {
      const now = Math.max(0, Math.floor(clock()))
      if (now > time) {
        time = now
        counter = first
      } else {
        counter = nextCounter(counter, first, step)
        if (counter >= countersPerMillisecond) {
          time += 1
          counter = first
        }
      }
      return encode(time, timeCharacters) + encode(counter, counterCharacters)
    },
  }
}

/** The least counter above another one that is of this relay; the other may be of any. */
function nextCounter(counter: number, first: number, step: number): number {
  return counter < first ? first : counter + step - ((counter - first) % step)
}

/** The lowest queue id of a millisecond. */
export function queueIdAt(milliseconds: number): string {
  return encode(Math.max(0, Math.floor(milliseconds)), timeCharacters) + encode(0, counterCharacters)
}

/** Whether a text has the form of a queue id. */
export function isQueueId(text: string): boolean {
  return /^[0-9A-HJKMNP-TV-Z]{11}$/.test(text)
}

function encode(value: number, characters: number): string {
  let text = ''
  let rest = value
  for (let i = 0; i < characters; i++) {
    text = alphabet.charAt(rest % 32) + text
    rest = Math.floor(rest / 32)
  }
  return text
}

function decode(id: string, from: number, to: number): number {
  if (!isQueueId(id)) throw new RangeError(`not a queue id: ${JSON.stringify(id)}`)
  let value = 0
  for (const character of id.slice(from, to)) value = value * 32 + alphabet.indexOf(character)
  return value
}
