/**
 * The settings as data and as text, read from the schema: the reference of the documentation cannot say anything else
 * than what the relay does.
 */
import { z } from 'zod'
import type { KnownSettings } from './problem.ts'
import { relayConfigSchema } from './schema.ts'

/** The part of JSON Schema that the settings use. */
interface SettingSchema {
  readonly description?: string
  readonly type?: string
  readonly default?: unknown
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly minimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, SettingSchema>>
  readonly additionalProperties?: SettingSchema | false
  readonly items?: SettingSchema
  readonly anyOf?: readonly SettingSchema[]
}

/** One setting of the reference. */
export interface Setting {
  /** Path with placeholders: `domains["<name>"].aliases`, `listeners[].port`. */
  readonly path: string
  readonly type: string
  /** As JSON; undefined where the setting must be given, '' where it may be left out and then means nothing. */
  readonly defaultText: string | undefined
  readonly description: string
}

/** Settings as they are written, before defaults. */
const root = inputSchema(relayConfigSchema)

function inputSchema(schema: z.ZodType): SettingSchema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as SettingSchema
}

/** Names of the settings at a path of a configuration. */
export function knownSettings(path: readonly PropertyKey[]): string[] {
  return namesAt(root, path)
}

/** The same for settings of another schema. */
export function knownSettingsOf(schema: z.ZodType): KnownSettings {
  const settings = inputSchema(schema)
  return path => namesAt(settings, path)
}

function namesAt(settings: SettingSchema, path: readonly PropertyKey[]): string[] {
  let schemas: readonly SettingSchema[] = [settings]
  for (const part of path) schemas = schemas.flatMap(schema => inner(schema, part))
  return schemas.flatMap(schema => Object.keys(schema.properties ?? {}))
}

function inner(schema: SettingSchema, part: PropertyKey): SettingSchema[] {
  const next =
    typeof part === 'number'
      ? schema.items
      : (schema.properties?.[String(part)] ?? schema.additionalProperties)
  return next ? [next, ...(next.anyOf ?? [])] : []
}

/** Every setting in the order of the schema; without one, those of the relay. */
export function allSettings(schema?: z.ZodType): Setting[] {
  return settingsOf(schema === undefined ? root : inputSchema(schema), '')
}

function settingsOf(schema: SettingSchema, path: string): Setting[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, child]) =>
    withInner(child, path === '' ? name : `${path}.${name}`, schema.required?.includes(name) === true),
  )
}

/** A setting, and below it those of its object, of its entries or of its kinds. */
function withInner(schema: SettingSchema, path: string, required: boolean): Setting[] {
  const own = {
    path,
    type: typeText(schema),
    defaultText: required ? undefined : defaultText(schema),
    description: schema.description ?? '',
  }
  const below = [
    ...settingsOf(schema, path),
    ...entries(schema.items, `${path}[]`),
    ...entries(schema.additionalProperties || undefined, `${path}["<name>"]`),
  ]
  return [own, ...below]
}

function entries(schema: SettingSchema | undefined, path: string): Setting[] {
  if (schema === undefined) return []
  const own = schema.additionalProperties || schema.items ? [] : settingsOf(schema, path)
  return [...own, ...(schema.anyOf ?? []).flatMap(kind => settingsOf(kind, path))]
}

function defaultText(schema: SettingSchema): string {
  const isSection = schema.properties !== undefined
  return schema.default === undefined || isSection ? '' : JSON.stringify(schema.default)
}

function typeText(schema: SettingSchema): string {
  if (schema.const !== undefined) return valueText(schema.const)
  if (schema.enum !== undefined) return schema.enum.map(valueText).join(', ')
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(typeText))].join(' or ')
  if (schema.items !== undefined) return `list of ${typeText(schema.items)}`
  if (schema.additionalProperties) return `object by name: ${typeText(schema.additionalProperties)}`
  if (schema.type === 'integer') return `whole number${rangeText(schema)}`
  return schema.type === 'string' ? 'text' : (schema.type ?? 'text')
}

function valueText(value: unknown): string {
  return `\`'${String(value)}'\``
}

function rangeText({ minimum, maximum }: SettingSchema): string {
  if (maximum === undefined || maximum === Number.MAX_SAFE_INTEGER) return ` from ${minimum ?? 0}`
  return ` from ${minimum ?? 0} to ${maximum}`
}

/** The settings as Markdown: those at the top, then a table for each section. */
export function referenceText(): string {
  const sections = Map.groupBy(allSettings(), sectionOf)
  return [introduction, ...[...sections].map(([title, settings]) => sectionText(title, settings))].join('\n')
}

const introduction = `# Configuration

The relay reads one file, \`relay.config.ts\` in the current folder or the one named with \`--config\` or \`DKIM2_RELAY_CONFIG\`. Its
default export is what \`defineConfig\` of \`dkim2-relay/config\` returns, so an editor completes and checks every setting;
\`dkim2-relay init\` writes a first one, and \`examples/\` has one to look at. A file whose name ends in \`.json\` holds the same
settings as JSON; \`relay.config.json\` is read where there is no \`relay.config.ts\`, and \`relay.config.schema.json\` of the package,
named in it as \`$schema\`, has editors complete and check that one. At the start, and by \`dkim2-relay check\`, the file is validated: an unknown setting, a
wrong type or a file that cannot be read stops the start with exit status 2, and the message names the path of the
setting, what was expected and what was found.

Relative folders and files are meant from the folder of the configuration file. The unit stands in the name of a setting:
\`Seconds\`, \`Milliseconds\`, \`Bytes\`. \`[]\` in a path stands for each entry of a list, \`["<name>"]\` for each name.
This page is made from the descriptions in \`src/config/\`, and a test keeps the two together.
`

const topSection = 'General'

function sectionOf({ path }: Setting): string {
  const section = /^(\w+)[.[]/.exec(path)?.[1]
  return section === undefined ? topSection : `\`${section}\``
}

function sectionText(title: string, settings: readonly Setting[]): string {
  return `## ${title}\n\n${settingsTable(settings)}`
}

/** Settings as a table in Markdown. */
export function settingsTable(settings: readonly Setting[]): string {
  const rows = settings.map(one => `| \`${one.path}\` | ${cell(factsText(one))} | ${cell(one.description)} |`)
  return ['| setting | type and default | meaning |', '| --- | --- | --- |', ...rows, ''].join('\n')
}

function factsText({ type, defaultText: text }: Setting): string {
  if (text === undefined) return `${type}; required`
  return text === '' ? `${type}; optional` : `${type}; default \`${text}\``
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
