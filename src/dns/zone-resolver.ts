/**
 * Answers from data instead of the network: for tests, demos and `verify --dns zone.json`.
 *
 * The format is that of the test vectors, domain to label to a list of [type, value]:
 *   { "origin.example": { "ed._domainkey": [["txt", "v=DKIM1; k=ed25519; p=..."]], "@": [["mx", "10 mail.origin.example"]] } }
 * The label '' or '@' is the domain itself. Types are txt (value: text, or its strings in a list), mx
 * ("preference exchange"), srv ("priority weight port target"), uri ("priority weight target"), a, aaaa, cname, tlsa ("usage selector matching-type
 * hexadecimal"), ptr, smimea and openpgpkey (hexadecimal), and `temporary` (value: the reason), which makes every question for that name fail for now.
 */
import { normalName, withoutFinalDot } from './name.ts'
import { type Answer, type HostAddress, joinFamilies, type SurveyResolver } from './resolver.ts'

export type ZoneEntry = readonly [type: string, value: string | readonly string[]]
export type Zone = Readonly<Record<string, Readonly<Record<string, readonly ZoneEntry[]>>>>

/** A chain of aliases that is longer is taken for a loop, as resolvers do. */
const maxAliases = 8

/**
 * A resolver that knows only the zone: every other name does not exist.
 *
 * @param authentic the answers count as validated with DNSSEC
 * @throws TypeError when the zone is not of that format; the text names the entry
 */
export function zoneResolver(zone: Zone, { authentic = false } = {}): SurveyResolver {
  const names = readZone(zone)
  const existing = withNamesAbove(names.keys())
  const validated = authentic ? ({ authentic: true } as const) : {}

  /** The values of one type of a name, through its aliases. */
  function values(name: string, type: string): Answer<string> {
    let at = normalName(name)
    for (let aliases = 0; aliases <= maxAliases; aliases++) {
      const entries = names.get(at) ?? []
      const temporary = entries.find(entry => entry[0] === 'temporary')
      if (temporary !== undefined)
        return { kind: 'temporary', reason: `DNS ${type.toUpperCase()} ${name}: ${temporary[1]}` }
      const found = entries.filter(entry => entry[0] === type)
      const facts = { ...validated, ...(aliases > 0 && { canonicalName: at }) }
      if (found.length > 0) return { kind: 'records', records: found.map(entry => entry[1]), ...facts }
      const alias = entries.find(entry => entry[0] === 'cname')
      if (alias === undefined) {
        return { kind: 'absent', ...facts, ...(aliases === 0 && !existing.has(at) && { isNoName: true }) }
      }
      at = normalName(alias[1])
    }
    return { kind: 'temporary', reason: `DNS ${type.toUpperCase()} ${name}: too many aliases` }
  }

  function family(name: string, number: 4 | 6): Answer<HostAddress> {
    return mapRecords(values(name, number === 4 ? 'a' : 'aaaa'), address => ({ address, family: number }))
  }

  return {
    txt: async name => values(name, 'txt'),
    mx: async name =>
      mapRecords(values(name, 'mx'), value => {
        const [preference, exchange = ''] = value.split(/ +/)
        return { preference: Number(preference), exchange: withoutFinalDot(exchange) }
      }),
    srv: async name =>
      mapRecords(values(name, 'srv'), value => {
        const [priority, weight, port, target = ''] = value.split(/ +/)
        return {
          priority: Number(priority),
          weight: Number(weight),
          port: Number(port),
          target: withoutFinalDot(target),
        }
      }),
    uri: async name =>
      mapRecords(values(name, 'uri'), value => {
        const [priority, weight, target = ''] = value.split(/ +/)
        return { priority: Number(priority), weight: Number(weight), target }
      }),
    addresses: async name => joinFamilies(family(name, 4), family(name, 6)),
    alias: async name => mapRecords(values(name, 'cname'), withoutFinalDot),
    tlsa: async name =>
      mapRecords(values(name, 'tlsa'), value => {
        const [usage, selector, matchingType, ...hexadecimal] = value.split(/ +/)
        return {
          usage: Number(usage),
          selector: Number(selector),
          matchingType: Number(matchingType),
          association: Buffer.from(hexadecimal.join(''), 'hex'),
        }
      }),
    pointers: async name => mapRecords(values(name, 'ptr'), value => withoutFinalDot(value).toLowerCase()),
    octets: async (name, type) =>
      mapRecords(values(name, type.toLowerCase()), value => Buffer.from(value.replaceAll(' ', ''), 'hex')),
  }
}

/** A name that has only names below it exists too (RFC 8020). */
function withNamesAbove(names: Iterable<string>): ReadonlySet<string> {
  const existing = new Set<string>()
  for (const name of names) {
    const labels = name.split('.')
    for (const index of labels.keys()) existing.add(labels.slice(index).join('.'))
  }
  return existing
}

/** What a value of each type looks like; a type that is not here is unknown. */
const formats: Readonly<Record<string, RegExp>> = {
  txt: /^/,
  mx: /^\d{1,5} +\S+$/,
  srv: /^\d{1,5} +\d{1,5} +\d{1,5} +\S+$/,
  uri: /^\d{1,5} +\d{1,5} +[\x21-\x7e]+$/,
  a: /^[\d.]+$/,
  aaaa: /^[\da-fA-F:.]+$/,
  cname: /^\S+$/,
  tlsa: /^\d{1,3} +\d{1,3} +\d{1,3} +(?:[\da-fA-F]{2} *)+$/,
  ptr: /^\S+$/,
  smimea: /^(?:[\da-fA-F]{2} *)+$/,
  openpgpkey: /^(?:[\da-fA-F]{2} *)+$/,
  temporary: /^/,
}

type Entries = [type: string, value: string][]

/** The zone by full name, every entry checked. */
function readZone(zone: unknown): Map<string, Entries> {
  const names = new Map<string, Entries>()
  for (const [domain, labels] of Object.entries(objectOf(zone, 'a zone'))) {
    for (const [label, entries] of Object.entries(objectOf(labels, domain))) {
      const name = normalName(label === '' || label === '@' ? domain : `${label}.${domain}`)
      if (!Array.isArray(entries)) throw new TypeError(`zone: ${name} must be a list of [type, value]`)
      const known = names.get(name) ?? []
      names.set(name, [...known, ...entries.map(entry => readEntry(entry, name))])
    }
  }
  return names
}

function readEntry(entry: unknown, name: string): [string, string] {
  if (!Array.isArray(entry)) throw new TypeError(`zone: an entry of ${name} must be [type, value]`)
  const type = String(entry[0]).toLowerCase()
  const value: unknown = Array.isArray(entry[1]) ? entry[1].join('') : entry[1]
  const format = Object.hasOwn(formats, type) ? formats[type] : undefined
  if (format === undefined) throw new TypeError(`zone: ${name} has the unknown type ${type}`)
  if (typeof value !== 'string' || !format.test(value))
    throw new TypeError(`zone: ${name} has a malformed ${type} value`)
  // The file is UTF-8 text; what DNS carries are octets.
  return [type, type === 'txt' ? Buffer.from(value, 'utf8').toString('latin1') : value]
}

function objectOf(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError(`zone: ${what} must be an object`)
  }
  return value as Record<string, unknown>
}

function mapRecords<T>(answer: Answer<string>, read: (value: string) => T): Answer<T> {
  return answer.kind === 'records' ? { ...answer, records: answer.records.map(read) } : answer
}
