/** The first configuration as settings, and as the text of its file. */
import type { RelayConfigInput } from '../../config/schema.ts'
import type { Answers } from './answers.ts'

export interface Places {
  /** As they stand in the configuration. */
  readonly dataDirectory: string
  readonly keysDirectory: string
  readonly certificate?: { readonly certificateFile: string; readonly keyFile: string }
}

/** The settings that follow from the answers; everything else keeps its default. */
export function firstSettings(
  answers: Answers,
  { dataDirectory, keysDirectory, certificate }: Places,
): RelayConfigInput {
  const { hostname, address, port, tlsPort, postmaster } = answers
  const shown = certificate === undefined ? {} : { certificate }
  return {
    hostname,
    dataDirectory,
    keysDirectory,
    ...(postmaster === '' ? {} : { postmaster }),
    listeners: [
      { name: 'mx', address, port, tls: 'starttls', ...shown },
      ...(tlsPort === 0
        ? []
        : [{ name: 'smtps', address, port: tlsPort, tls: 'implicit' as const, ...shown }]),
    ],
    domains: Object.fromEntries(
      answers.domains.map(domain => [domain, { aliases: aliasesOf(answers, domain) }]),
    ),
  }
}

function aliasesOf({ aliases }: Answers, domain: string): Record<string, string[]> {
  const own = aliases.filter(alias => alias.domain === domain)
  return Object.fromEntries(own.map(({ localPart, targets }) => [localPart, [...targets]]))
}

/** As JSON that names its schema, for editors. */
export function jsonConfigText(settings: RelayConfigInput, schema: string): string {
  return `${JSON.stringify({ $schema: schema, ...settings }, undefined, 2)}\n`
}

const remarks: Readonly<Record<string, string>> = {
  hostname:
    'Name of this host in its greeting and in the fields that it adds; it resolves to the address that mail comes from.',
  dataDirectory:
    'The queue, the messages and the hop log; the private keys. Both folders are for the user of the relay alone.',
  postmaster: 'Who reads the mail for postmaster of the domains below (RFC 5321 demands that somebody does).',
  listeners:
    "Without a certificate: { certificateFile: '...', keyFile: '...' } a self-signed one is shown, which is for development.",
  domains: "Each alias leads to one or more addresses; '*' takes what has no alias of its own.",
}

/** As a TypeScript module with a remark above what an operator changes first. */
export function moduleConfigText(settings: RelayConfigInput): string {
  const lines = Object.entries(settings).map(([name, value]) => {
    const remark = remarks[name]
    return `${remark === undefined ? '' : `  // ${remark}\n`}  ${name}: ${literal(value, '  ')},\n`
  })
  return `/**
 * The configuration of this relay. \`dkim2-relay check\` looks it over; every setting, with its meaning, unit and default, stands in
 * docs/configuration.md of the package.
 */
import { defineConfig } from 'dkim2-relay/config'

export default defineConfig({
${lines.join('')}})
`
}

/** A value as source text. Lists and objects of single values stay on one line where they are short. */
function literal(value: unknown, indent: string): string {
  if (typeof value === 'string') return quoted(value)
  if (typeof value !== 'object' || value === null) return String(value)
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}']
  const inner = Array.isArray(value)
    ? value.map(item => literal(item, `${indent}  `))
    : Object.entries(value).map(([name, item]) => `${nameText(name)}: ${literal(item, `${indent}  `)}`)
  const pad = Array.isArray(value) || inner.length === 0 ? '' : ' '
  const line = `${open}${pad}${inner.join(', ')}${pad}${close}`
  if (line.length + indent.length <= 100 && !line.includes('\n')) return line
  return `${open}\n${inner.map(item => `${indent}  ${item},\n`).join('')}${indent}${close}`
}

function quoted(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}

/** Written as it is, `__proto__` would be no property. */
function nameText(name: string): string {
  if (name === '__proto__') return "['__proto__']"
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name)
}
