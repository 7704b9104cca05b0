/**
 * Masking of what must not stand in a log. Tokens of lists, in addresses and in links, become `...`. The address of a bounce is `b+<queue id>-<ordinal>-<day>-<mac>@<domain>`: its
 * first three parts help to follow a message, the last one proves the address genuine and becomes `...`.
 */

import { printable, withoutPassword } from '../message/printable.ts'

const bounceMac = /(b\+[0-9a-z]+-[0-9a-z]+-[0-9a-z]+-)[0-9a-z]+(?=@)/gi
const listToken = /(-(?:confirm|moderate)\+|\/(?:confirm|unsubscribe)\/)[0-9a-z]+/gi
const secretNames = /^(pass|password|secret|token|privateKey|key|pem|octets|body|content)$/i
/** What this relay logs is flat; an object that contains itself must not hang the log. */
const maxDepth = 6

/** What has none of these needs no masking, and that is nearly every text that is logged. */
const suspicious = /[^\x20-\x7e]|\+|:\/\/|\/(?:confirm|unsubscribe)\//i

/** A text without tokens of lists and the proof part of bounce addresses in it, and without control characters. */
export function maskText(text: string): string {
  if (!suspicious.test(text)) return text
  return printable(withoutPassword(text.replace(bounceMac, '$1...').replace(listToken, '$1...')))
}

/**
 * A value fit for the log: texts masked, octets replaced by their number, what is named like a secret left out.
 * Errors become their name, message and code; stacks stay for level debug.
 */
export function maskValue(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return maskText(value)
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Uint8Array) return `(${value.length} octets)`
  if (value instanceof Error) return maskError(value)
  if (depth >= maxDepth) return '(deeper)'
  if (Array.isArray(value)) return value.map(item => maskValue(item, depth + 1))
  return maskFields(value as Record<string, unknown>, depth + 1)
}

/** The fields of a line, masked. */
export function maskFields(fields: Readonly<Record<string, unknown>>, depth = 0): Record<string, unknown> {
  const masked: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(fields)) {
    masked[name] = secretNames.test(name) ? '(not shown)' : maskValue(value, depth)
  }
  return masked
}

function maskError(error: Error): Record<string, unknown> {
  const { code } = error as NodeJS.ErrnoException
  return { name: error.name, message: maskText(error.message), ...(code === undefined ? {} : { code }) }
}
