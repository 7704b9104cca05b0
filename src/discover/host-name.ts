/**
 * Names of hosts and domains as DNS knows them (RFC 1123 section 2.1, RFC 5890).
 */
import { domainToASCII } from 'node:url'
import { isAsciiText } from '../message/header-field.ts'

/** Underscores are no part of host names, but hosts of that kind exist and take mail. */
const label = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/

/**
 * The name in lower case with A-labels and without a final dot.
 *
 * @returns undefined when it is not a name that DNS can hold, or when it is an IPv4 address
 */
export function readHostName(text: string): string | undefined {
  const withoutDot = text.endsWith('.') ? text.slice(0, -1) : text
  const name = isAsciiText(withoutDot) ? withoutDot.toLowerCase() : domainToASCII(withoutDot)
  if (name.length === 0 || name.length > 253) return undefined
  const labels = name.split('.')
  // An all-numeric last label is an address or a typing error, never a top-level domain (RFC 3696 section 2).
  if (/^\d+$/.test(labels.at(-1) ?? '')) return undefined
  return labels.every(part => label.test(part)) ? name : undefined
}
