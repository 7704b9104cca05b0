/** Names of keys: selector and signing domain, as in the name of the file and of the TXT record. */

export interface KeyName {
  readonly selector: string
  /** Lower-case. */
  readonly domain: string
}

const separator = '._domainkey.'
const fileEnd = '.pem'
const noteEnd = '.json'
const selectorPattern = /^[A-Za-z0-9]([A-Za-z0-9.-]{0,61}[A-Za-z0-9])?$/
const domainPattern = /^[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?$/

/** Name of the file in the keys folder. */
export function keyFileName(name: KeyName): string {
  return `${name.selector}${separator}${name.domain}${fileEnd}`
}

/** Name of the file with what is known of the key (key-note.ts). */
export function noteFileName(name: KeyName): string {
  return `${name.selector}${separator}${name.domain}${noteEnd}`
}

/** Selector and domain of a file of the keys folder; undefined for files that are no signing key. */
export function parseKeyFileName(file: string): KeyName | undefined {
  return parseName(file, fileEnd)
}

/** Selector and domain of a note; undefined for other files. */
export function parseNoteFileName(file: string): KeyName | undefined {
  return parseName(file, noteEnd)
}

function parseName(file: string, end: string): KeyName | undefined {
  const at = file.indexOf(separator)
  if (at <= 0 || !file.endsWith(end)) return undefined
  const selector = file.slice(0, at)
  const domain = file.slice(at + separator.length, -end.length).toLowerCase()
  return isKeyName({ selector, domain }) ? { selector, domain } : undefined
}

export function isSameName(a: KeyName, b: KeyName): boolean {
  return a.selector === b.selector && a.domain === b.domain
}

/** True when both parts can stand in a DNS name and in a file name: no path leads out of the folder. */
export function isKeyName(name: KeyName): boolean {
  return selectorPattern.test(name.selector) && domainPattern.test(name.domain) && !name.domain.includes('..')
}
