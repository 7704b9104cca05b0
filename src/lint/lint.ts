/** Everything that is wrong with a message, for a person who writes programs that make such messages. Pure, and linear in the message. */
import { checkAddresses } from './check-addresses.ts'
import { checkBulk } from './check-bulk.ts'
import { checkContent } from './check-content.ts'
import { checkDates, checkIdentifiers } from './check-date.ts'
import { checkEncodedWords } from './check-encoded-words.ts'
import { checkFieldShapes, checkPresence } from './check-header.ts'
import { checkLines } from './check-lines.ts'
import { checkMimeFields, checkMimeVersion } from './check-parameters.ts'
import { checkTextFields } from './check-text-fields.ts'
import { type Entity, entitiesOf } from './entities.ts'
import { type Finding, Findings, type Note } from './findings.ts'
import { type LocatedField, maxLookedAtOctets } from './located-field.ts'
import type { RuleName } from './rules.ts'

export interface LintReport {
  /** In the order of the message. */
  readonly findings: readonly Finding[]
  /** How many more there are of a rule than are told. */
  readonly leftOut: Partial<Record<RuleName, number>>
}

export interface LintPlace {
  /** The line of the file at which the message begins, from 1. */
  readonly firstLine?: number
  /** Offset of a line feed without CR that the file had among lines with CRLF. */
  readonly mixedAt?: number
}

/** @param octets of a message whose lines end with CRLF */
export function lintMessage(octets: Buffer, { firstLine = 1, mixedAt }: LintPlace = {}): LintReport {
  const findings = new Findings()
  const { note } = findings
  if (mixedAt !== undefined) note('mixed-line-ends', mixedAt)
  const entities = entitiesOf(octets, note)
  const [root] = entities
  if (root !== undefined) checkRoot(octets, root, note)
  for (const entity of entities) {
    checkHeader(entity.fields, note)
    checkMimeFields(entity, note)
    checkContent(octets, entity, note)
  }
  return { findings: findings.located(octets, firstLine), leftOut: findings.leftOut() }
}

/** What the message has and parts have not. */
function checkRoot(octets: Buffer, root: Entity, note: Note): void {
  checkLines(octets, root.bodyStart, note)
  checkPresence(root.fields, note)
  checkDates(root.fields, note)
  checkIdentifiers(root.fields, note)
  checkAddresses(root.fields, note)
  checkMimeVersion(root, note)
  checkBulk(root.fields, note)
}

function checkHeader(fields: readonly LocatedField[], note: Note): void {
  checkFieldShapes(fields, note)
  checkEncodedWords(fields, note)
  checkTextFields(fields, note)
  for (const { start, name, text } of fields) {
    if (text.length >= maxLookedAtOctets) note('not-looked-at', start, { found: `the whole of ${name}` })
  }
}
