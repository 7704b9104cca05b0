/** An address list in pieces with their places: RFC 5322 section 3.4, without a judgement of the pieces. */
import { tokenEnd } from '../message/address-list.ts'

export interface AddressItem {
  /** As spelled, with folds and comments. */
  readonly text: string
  /** Where it begins in the value. */
  readonly start: number
  /** Nothing may stand there: between the colon and the semicolon of a group, and behind that. */
  readonly mayBeEmpty: boolean
}

export interface AddressToken {
  readonly text: string
  readonly start: number
  readonly kind: 'quoted' | 'comment' | 'angle' | 'separator' | 'words'
}

/** A value is not looked at beyond so many addresses: servers take a hundred, large lists have thousands. */
const maxItems = 20_000

const kinds: Readonly<Record<string, AddressToken['kind']>> = {
  '"': 'quoted',
  '(': 'comment',
  '<': 'angle',
  ',': 'separator',
  ';': 'separator',
  ':': 'separator',
}

/** Every octet of the value is in one of them. */
export function* addressTokens(value: string): Generator<AddressToken> {
  for (let start = 0; start < value.length; ) {
    const end = tokenEnd(value, start)
    yield { text: value.slice(start, end), start, kind: kinds[value[start] ?? ''] ?? 'words' }
    start = end
  }
}

export function addressItems(value: string): AddressItem[] {
  const items: AddressItem[] = []
  let start = 0
  let isGroup = false
  let isBehindGroup = false
  const add = (end: number) => {
    items.push({ text: value.slice(start, end), start, mayBeEmpty: isGroup || isBehindGroup })
    isBehindGroup = false
  }
  for (const token of addressTokens(value)) {
    if (items.length >= maxItems) return items
    if (token.kind !== 'separator') continue
    if (token.text === ':') isGroup = true
    else add(token.start)
    if (token.text === ';') {
      isBehindGroup = isGroup
      isGroup = false
    }
    start = token.start + 1
  }
  add(value.length)
  return items
}
