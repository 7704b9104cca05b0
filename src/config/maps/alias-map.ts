/** Aliases as lines: `team@alias.example  first@destination.example, second@other.example`; `@alias.example` takes all other addresses of it. */
import { AliasEntries } from '../../expand/outside-aliases.ts'
import { asciiDomain, foldedLocalPart, parseMailbox } from '../../message/mailbox.ts'
import { printable } from '../../message/printable.ts'
import { type BadLine, type MapLine, mapLinesInTurns } from './lines.ts'

export interface AliasMap {
  readonly entries: AliasEntries
  readonly bad: readonly BadLine[]
}

/** An alias by what it is compared by. */
export interface AliasKey {
  readonly localPart: string
  readonly domain: string
}

/** What is wrong, in words that say what would be right. */
export interface Problem {
  readonly problem: string
}

/**
 * @param isOwnDomain whether this relay is responsible for a domain: nobody can reach an alias of another one
 */
export async function readAliasMap(
  text: string,
  isOwnDomain: (domain: string) => boolean,
): Promise<AliasMap> {
  const entries = new AliasEntries()
  const bad: BadLine[] = []
  for await (const lines of mapLinesInTurns(text)) {
    for (const one of lines) {
      const problem = addLine(entries, one, isOwnDomain)
      if (problem !== undefined) bad.push({ line: one.line, problem })
    }
  }
  return { entries, bad }
}

function addLine(
  entries: AliasEntries,
  { key, value }: MapLine,
  isOwnDomain: (domain: string) => boolean,
): string | undefined {
  const alias = readAliasKey(key, isOwnDomain)
  if ('problem' in alias) return alias.problem
  const targets = readTargets(value.includes(',') ? value.split(',') : [value])
  if ('problem' in targets) return targets.problem
  if (entries.has(alias.localPart, alias.domain)) return `expected each alias once, found ${shown(key)} again`
  entries.set(alias.localPart, alias.domain, targets.targets)
  return undefined
}

/** Nearly every address of a large map: short, lower case, nothing to fold or to quote. Whatever is of this form is a mailbox as it stands. */
const plainAddress =
  /^(?=.{3,63}$)[a-z0-9]+(?:[._-][a-z0-9]+)*@[a-z0-9]+(?:-+[a-z0-9]+)*(?:\.[a-z0-9]+(?:-+[a-z0-9]+)*)*$/

/** The name of an alias as a person writes it; `@domain` and `*@domain` are the catch-all. */
export function readAliasKey(text: string, isOwnDomain: (domain: string) => boolean): AliasKey | Problem {
  if (plainAddress.test(text)) {
    const at = text.indexOf('@')
    const domain = text.slice(at + 1)
    if (isOwnDomain(domain)) return { localPart: text.slice(0, at), domain }
  }
  const mailbox = parseMailbox(text.startsWith('@') ? `*${text}` : text)
  if (mailbox === undefined)
    return { problem: `expected an address such as team@alias.example, found ${shown(text)}` }
  const domain = asciiDomain(mailbox.domain)
  if (!isOwnDomain(domain))
    return { problem: `expected an address in a domain of the configuration, found ${shown(text)}` }
  const localPart = foldedLocalPart(mailbox.localPart)
  if (localPart.startsWith('b+'))
    return {
      problem: `expected a local part that does not begin with 'b+', as bounce addresses do, found ${shown(text)}`,
    }
  return { localPart, domain }
}

/** Addresses that an alias leads to, each once, with commas between them. */
export function readTargets(texts: readonly string[]): { readonly targets: string } | Problem {
  const targets = texts.length === 1 ? texts : new Set(texts.map(text => text.trim()))
  for (const target of targets)
    if (!plainAddress.test(target) && (parseMailbox(target) === undefined || /[;,\s]/.test(target)))
      return { problem: `expected addresses such as someone@destination.example, found ${shown(target)}` }
  return { targets: [...targets].join(',') }
}

/** A line of a map, as `readAliasMap` reads it. */
export function aliasLine({ localPart, domain }: AliasKey, targets: readonly string[]): string {
  return `${aliasAddress({ localPart, domain })} ${targets.join(', ')}\n`
}

/** An alias as an address; a catch-all is `@domain`. */
export function aliasAddress({ localPart, domain }: AliasKey): string {
  return localPart === '*' ? `@${domain}` : `${localPart}@${domain}`
}

function shown(text: string): string {
  return text === '' ? 'nothing' : `'${printable(text.slice(0, 100))}'`
}
