/**
 * The domains of which a From field may be taken to speak. What a message claims must be found however it is written: groups
 * (RFC 6854), several mailboxes, comments and folds within an address (RFC 5322 section 4.4), and text that no reader agrees on.
 * So this reads too much rather than too little; whether an address is well-formed is asked elsewhere (from-field.ts).
 */
import type { HeaderField } from './header-field.ts'
import { asciiDomain } from './mailbox.ts'

/** A fold may stand before the colon for some readers; for the others it is no field, and harms nobody. */
const fromField = /^from[ \t\r\n]*:/i

const domainAfterAt = /@\.?([^\s@<>()[\],;:"\\]+)/g

/** From fields, also those that only lenient readers know. */
export function fromFieldsOf(fields: readonly HeaderField[]): readonly HeaderField[] {
  return fields.filter(({ octets }) => fromField.test(octets.toString('latin1', 0, 64)))
}

/** Lower case, A-labels, without a final dot; each once. */
export function domainsInFrom(fields: readonly HeaderField[]): readonly string[] {
  return [...new Set(fromFieldsOf(fields).flatMap(field => domainsIn(textOf(field))))]
}

/** As text, since a domain may be in U-labels; what is no UTF-8 cannot be part of one. */
function textOf({ octets }: HeaderField): string {
  const text = octets.toString('utf8')
  return text.slice(text.indexOf(':') + 1)
}

function domainsIn(value: string): string[] {
  const joined = withoutQuotes(value)
    .replace(/\s+/g, ' ')
    .replace(/ ?([@.]) ?/g, '$1')
  return [...joined.matchAll(domainAfterAt)].map(([, domain = '']) =>
    asciiDomain(domain.toLowerCase().replace(/\.$/, '')),
  )
}

/**
 * The text without comments, and with a letter in place of each quoted string: neither holds an address. One that is not closed
 * is text for some readers, and so it is here. One pass: what is not closed is looked for once.
 */
function withoutQuotes(value: string): string {
  const open = new Set(['"', '('])
  let kept = ''
  for (let at = 0; at < value.length; ) {
    const character = value.charAt(at)
    const end = open.has(character) ? closing(value, at, character) : undefined
    if (end !== undefined) {
      if (character === '"') kept += 'x'
      at = end
      continue
    }
    open.delete(character)
    kept += character
    at++
  }
  return kept
}

/** Where a quoted string or a comment (which nest) ends; undefined where it does not. */
function closing(value: string, start: number, first: string): number | undefined {
  let depth = 0
  for (let at = start; at < value.length; at++) {
    const character = value.charAt(at)
    if (character === '\\') at++
    else if (first === '"' && character === '"' && at > start) return at + 1
    else if (first === '(' && character === '(') depth++
    else if (first === '(' && character === ')' && --depth === 0) return at + 1
  }
  return undefined
}
