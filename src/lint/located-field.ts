/** Header fields with their places, so that a finding can point at the octet. */
import { readMessage } from '../message/message.ts'

export interface LocatedField {
  /** As spelled; empty for a line that is no header field. */
  readonly name: string
  /** The name in lower case. */
  readonly key: string
  /** Offset of the field. */
  readonly start: number
  /** The whole field with its folds and its line end, latin1. */
  readonly text: string
  /** What stands behind the colon, with its folds, latin1; without the final CRLF. */
  readonly value: string
  /** Offset of the value. */
  readonly valueStart: number
}

export interface HeaderSection {
  readonly fields: readonly LocatedField[]
  /** Offset of the body. */
  readonly bodyStart: number
}

/** What of one field is looked at; the longest list of recipients that a server takes is shorter. */
export const maxLookedAtOctets = 262_144

/**
 * Reads the header section that begins at `start` and ends at `end` or with an empty line.
 *
 * @param octets of the whole file
 */
export function headerSection(octets: Buffer, start: number, end: number): HeaderSection {
  const message = readMessage(octets.subarray(start, end))
  let at = start
  const fields = message.fields.map(field => {
    const located = locate(field.name, at, field.octets)
    at += field.octets.length
    return located
  })
  return { fields, bodyStart: at + message.separator.length }
}

function locate(name: string, start: number, octets: Buffer): LocatedField {
  const text = octets.toString('latin1', 0, maxLookedAtOctets)
  const colon = text.indexOf(':') + 1
  const value = text.slice(colon, text.endsWith('\r\n') ? -2 : undefined)
  return { name, key: name.toLowerCase(), start, text, value, valueStart: start + colon }
}
