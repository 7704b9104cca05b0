/**
 * Records are kept of every message for weeks, and the names of their members were a third of them. So those that most records have are
 * kept as one or two capital letters; the others, and records of earlier versions, stand as they are.
 */

/** In this order for good: a name's place is what is kept. New ones come at the end. */
const names = [
  'state',
  'profile',
  'fullyVerified',
  'originator',
  'hops',
  'sequence',
  'domain',
  'reversePath',
  'forwardPaths',
  'timestampSeconds',
  'selectors',
  'algorithms',
  'flags',
  'addHop',
  'senderAuthenticated',
  'lookedAt',
  'address',
  'port',
  'helo',
  'protocol',
  'smtpUtf8',
  'version',
  'added',
  'instance',
  'status',
  'selector',
  'hostname',
  'cipher',
  'bodyType',
  'revision',
  'sender',
  'authenticated',
  'dkimDomains',
  'covers',
  'isWhole',
  'dmarc',
  'result',
  'sealers',
] as const

const shortNames: ReadonlyMap<string, string> = new Map(names.map((name, place) => [name, letters(place)]))
const longNames: ReadonlyMap<string, string> = new Map(names.map((name, place) => [letters(place), name]))

/** A, B, ... Z, AA, AB, ... */
function letters(place: number): string {
  const last = String.fromCharCode(65 + (place % 26))
  return place < 26 ? last : letters(Math.floor(place / 26) - 1) + last
}

/** As a member is called in what is kept. */
export function shortName(name: (typeof names)[number]): string {
  return shortNames.get(name) ?? name
}

/**
 * As JSON with short names. Members whose names come from messages must not be capital letters alone: they are forward-paths, which have
 * an `@`, and names of header fields in lower case.
 */
export function stringifyShort(record: object): string {
  return JSON.stringify(renamed(record, shortNames))
}

/** @throws SyntaxError: it is no JSON */
export function parseShort(json: string): unknown {
  return renamed(JSON.parse(json), longNames)
}

function renamed(value: unknown, others: ReadonlyMap<string, string>): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(one => renamed(one, others))
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [others.get(name) ?? name, renamed(member, others)]),
  )
}
