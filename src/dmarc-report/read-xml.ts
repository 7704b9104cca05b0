/**
 * An aggregate report that somebody has sent, read from its XML: that of RFC 9990 and of RFC 7489 before it, with or without a
 * namespace. Elements are known by their names and where they stand; what is not known, extensions included, is passed over.
 * Document types, and with them entities, are refused, and everything that can be long is bounded (RFC 9990 section 8.1).
 */
import { SaxesParser } from 'saxes'

export interface ReadRecord {
  /** IP address, as written. */
  readonly source: string
  readonly messages: number
  readonly disposition: string
  readonly dkim: string
  readonly spf: string
  readonly headerFrom: string
  readonly envelopeFrom: string
  /** `d=` and result of each signature. */
  readonly signatures: readonly { readonly domain: string; readonly result: string }[]
  /** Domain and result of SPF. */
  readonly senders: readonly { readonly domain: string; readonly result: string }[]
  /** Types of the reasons why the policy was not applied. */
  readonly reasons: readonly string[]
}

export interface ReadReport {
  readonly organization: string
  readonly reportId: string
  /** Unix seconds. */
  readonly begin: number
  readonly end: number
  readonly policyDomain: string
  readonly policy: string
  readonly records: readonly ReadRecord[]
}

export interface ReadBounds {
  readonly maxElementDepth: number
  readonly maxTextCharacters: number
  readonly maxRecords: number
}

/** Why a document is no report, in words. */
export class UnreadableReport extends Error {
  override readonly name = 'UnreadableReport'
}

/** @throws UnreadableReport */
export function readAggregateReport(octets: Buffer, bounds: ReadBounds): ReadReport {
  const reader = new ReportReader(bounds)
  // UTF-16 is no encoding that reports come in; anything else is ASCII where it matters.
  const text = new TextDecoder('utf-8').decode(octets)
  return reader.read(text)
}

/** Elements whose content is read, by where they stand below `feedback`. */
type Fields = Map<string, string[]>

class ReportReader {
  readonly #bounds: ReadBounds
  readonly #path: string[] = []
  readonly #report: Fields = new Map()
  readonly #records: ReadRecord[] = []
  #record: Fields = new Map()
  #text = ''

  constructor(bounds: ReadBounds) {
    this.#bounds = bounds
  }

  read(text: string): ReadReport {
    const parser = new SaxesParser({ position: false })
    parser.on('error', error => fail(`it is no well-formed XML: ${error.message}`))
    parser.on('doctype', () => fail('it has a document type (DOCTYPE), which reports have not'))
    parser.on('opentagstart', ({ name }) => this.#open(localName(name)))
    parser.on('text', content => this.#add(content))
    parser.on('cdata', content => this.#add(content))
    parser.on('closetag', () => this.#close())
    parser.write(text).close()
    return this.#finished()
  }

  #open(name: string): void {
    if (this.#path.length === 0 && name !== 'feedback') fail('its first element is not feedback')
    if (this.#path.length >= this.#bounds.maxElementDepth) {
      fail(`elements stand more than ${this.#bounds.maxElementDepth} deep in each other`)
    }
    this.#path.push(name)
    this.#text = ''
  }

  #add(content: string): void {
    if (this.#text.length + content.length > this.#bounds.maxTextCharacters) {
      fail(
        `the content of ${this.#path.at(-1) ?? ''} is longer than ${this.#bounds.maxTextCharacters} characters`,
      )
    }
    this.#text += content
  }

  #close(): void {
    const [, first = '', ...below] = this.#path
    const isRecord = first === 'record'
    if (isRecord && below.length === 0) this.#finishRecord()
    else if (isRecord) this.#keep(this.#record, below.join('/'))
    else this.#keep(this.#report, [first, ...below].join('/'))
    this.#path.pop()
    this.#text = ''
  }

  #keep(fields: Fields, place: string): void {
    if (!knownPlaces.has(place)) return
    const values = fields.get(place)
    if (values === undefined) fields.set(place, [this.#text.trim()])
    else values.push(this.#text.trim())
  }

  #finishRecord(): void {
    if (this.#records.length >= this.#bounds.maxRecords) {
      fail(`it has more than ${this.#bounds.maxRecords} records`)
    }
    this.#records.push(recordOf(this.#record))
    this.#record = new Map()
  }

  #finished(): ReadReport {
    const field = (place: string) => this.#report.get(place)?.[0] ?? ''
    const policyDomain = field('policy_published/domain').toLowerCase()
    if (policyDomain === '') fail('it names no domain in policy_published')
    return {
      organization: field('report_metadata/org_name'),
      reportId: field('report_metadata/report_id'),
      begin: wholeNumber(field('report_metadata/date_range/begin'), 'begin'),
      end: wholeNumber(field('report_metadata/date_range/end'), 'end'),
      policyDomain,
      policy: field('policy_published/p'),
      records: this.#records,
    }
  }
}

const knownPlaces: ReadonlySet<string> = new Set([
  'report_metadata/org_name',
  'report_metadata/report_id',
  'report_metadata/date_range/begin',
  'report_metadata/date_range/end',
  'policy_published/domain',
  'policy_published/p',
  'row/source_ip',
  'row/count',
  'row/policy_evaluated/disposition',
  'row/policy_evaluated/dkim',
  'row/policy_evaluated/spf',
  'row/policy_evaluated/reason/type',
  'identifiers/header_from',
  'identifiers/envelope_from',
  'auth_results/dkim/domain',
  'auth_results/dkim/result',
  'auth_results/spf/domain',
  'auth_results/spf/result',
])

function recordOf(fields: Fields): ReadRecord {
  const field = (place: string) => fields.get(place)?.[0] ?? ''
  const results = (of: string) => {
    const words = fields.get(`auth_results/${of}/result`) ?? []
    const domains = fields.get(`auth_results/${of}/domain`) ?? []
    return domains.map((domain, at) => ({ domain: domain.toLowerCase(), result: words[at] ?? '' }))
  }
  return {
    source: field('row/source_ip'),
    messages: wholeNumber(field('row/count'), 'count'),
    disposition: field('row/policy_evaluated/disposition'),
    dkim: field('row/policy_evaluated/dkim'),
    spf: field('row/policy_evaluated/spf'),
    headerFrom: field('identifiers/header_from').toLowerCase(),
    envelopeFrom: field('identifiers/envelope_from').toLowerCase(),
    signatures: results('dkim'),
    senders: results('spf'),
    reasons: fields.get('row/policy_evaluated/reason/type') ?? [],
  }
}

function wholeNumber(text: string, name: string): number {
  if (!/^[0-9]{1,15}$/.test(text)) fail(`its ${name} is ${text === '' ? 'missing' : 'no whole number'}`)
  return Number(text)
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}

function fail(reason: string): never {
  throw new UnreadableReport(reason)
}
