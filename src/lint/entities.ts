/** The message and its MIME parts with their places: RFC 2046 section 5.1. One pass over the octets, whatever they are. */
import type { Note } from './findings.ts'
import { type HeaderSection, headerSection, type LocatedField } from './located-field.ts'
import { type ParameterField, readParameters } from './parameters.ts'

export interface Entity {
  readonly fields: readonly LocatedField[]
  /** Offset of its header. */
  readonly start: number
  readonly bodyStart: number
  /** Without the line end that belongs to a boundary. */
  readonly bodyEnd: number
  readonly isRoot: boolean
  /** The Content-Type field, where there is one. */
  readonly typeField: LocatedField | undefined
  readonly type: ParameterField
  /** `type/subtype` in lower case, as spelled; text/plain without a field. */
  readonly mediaType: string
  /** Content-Transfer-Encoding in lower case; 7bit without a field. */
  readonly encoding: string
  readonly boundary: string | undefined
}

/** Deeper ones are attacks: no mail program makes more than a dozen. */
const maxDepth = 100
/** More than any mail program shows. */
const maxParts = 10_000
/** Two hyphens on each side of the longest boundary, and some space at the end. */
const maxBoundaryLineOctets = 300
/** Lines of one part's header. */
const maxPartHeaderLines = 10_000

interface Draft extends Omit<Entity, 'bodyEnd'> {
  bodyEnd: number
}

interface OpenMultipart {
  readonly entity: Draft
  readonly boundary: string
  delimiters: number
}

/** @param note is told what is wrong with the boundaries */
export function entitiesOf(octets: Buffer, note: Note): readonly Entity[] {
  const walk = new Walk(octets, note)
  walk.run()
  return walk.entities
}

class Walk {
  readonly entities: Draft[] = []
  readonly #octets: Buffer
  readonly #note: Note
  readonly #open: OpenMultipart[] = []
  /** Places in `#open` by boundary. */
  readonly #places = new Map<string, number>()
  #leaf: Draft | undefined

  constructor(octets: Buffer, note: Note) {
    this.#octets = octets
    this.#note = note
  }

  run(): void {
    const header = headerSection(this.#octets, 0, this.#octets.length)
    this.#enter(entityOf(header, { start: 0, bodyEnd: this.#octets.length, isRoot: true }))
    for (let at = this.#nextDashes(header.bodyStart); at >= 0; ) {
      const found = this.#delimiter(at)
      const next = found === undefined ? at + 2 : this.#pass(at, found)
      if (this.entities.length > maxParts) return this.#note('not-looked-at', at, { found: 'parts' })
      at = this.#nextDashes(next)
    }
    this.#closeDownTo(0, this.#octets.length)
  }

  /** Offset of the next line that begins with two hyphens, or -1. */
  #nextDashes(from: number): number {
    if (this.#open.length === 0) return -1
    if (this.#octets.toString('latin1', from, from + 2) === '--' && this.#isLineStart(from)) return from
    const at = this.#octets.indexOf('\r\n--', from, 'latin1')
    return at < 0 ? -1 : at + 2
  }

  #isLineStart(at: number): boolean {
    return at === 0 || this.#octets[at - 1] === 0x0a
  }

  /** The multipart whose boundary stands at the start of this line, if any. */
  #delimiter(at: number): { readonly place: number; readonly isClose: boolean } | undefined {
    const end = this.#lineEnd(at)
    if (end - at > maxBoundaryLineOctets) return undefined
    const text = this.#octets.toString('latin1', at + 2, end).trimEnd()
    const place = this.#places.get(text)
    if (place !== undefined) return { place, isClose: false }
    const closing = text.endsWith('--') ? this.#places.get(text.slice(0, -2)) : undefined
    return closing === undefined ? undefined : { place: closing, isClose: true }
  }

  /** Takes a delimiter line; returns where to look on. */
  #pass(at: number, { place, isClose }: { readonly place: number; readonly isClose: boolean }): number {
    if (this.#leaf !== undefined) this.#leaf.bodyEnd = Math.max(this.#leaf.bodyStart, at - 2)
    this.#leaf = undefined
    this.#closeDownTo(place + 1, at)
    const multipart = this.#open[place]
    if (multipart !== undefined) multipart.delimiters++
    const lineEnd = this.#lineEnd(at)
    if (!isClose) return this.#readPart(lineEnd)
    this.#leave(Math.max(0, at - 2))
    return lineEnd
  }

  #readPart(start: number): number {
    const { end, isFinished } = this.#partHeaderEnd(start)
    if (!isFinished && end > start) this.#note('part-header-open', start)
    const header = headerSection(this.#octets, start, end)
    this.#enter(entityOf(header, { start, bodyEnd: this.#octets.length, isRoot: false }))
    return header.bodyStart
  }

  /** Behind the empty line, or where a boundary cuts the header off. */
  #partHeaderEnd(start: number): { readonly end: number; readonly isFinished: boolean } {
    let at = start
    for (let lines = 0; at < this.#octets.length && lines < maxPartHeaderLines; lines++) {
      const end = this.#lineEnd(at)
      if (end - at === 2 && this.#octets[at] === 0x0d) return { end, isFinished: true }
      if (this.#octets[at] === 0x2d && this.#delimiter(at) !== undefined) break
      at = end
    }
    return { end: at, isFinished: false }
  }

  #enter(entity: Draft): void {
    this.entities.push(entity)
    this.#leaf = entity
    const { boundary } = entity
    if (boundary === undefined) return
    if (this.#places.has(boundary)) {
      this.#note('boundary-reused', entity.typeField?.start ?? entity.start, { found: boundary })
    } else if (this.#open.length >= maxDepth) {
      this.#note('not-looked-at', entity.start, { found: 'multiparts within multiparts' })
    } else {
      this.#places.set(boundary, this.#open.length)
      this.#open.push({ entity, boundary, delimiters: 0 })
      this.#leaf = undefined
    }
  }

  /** Closes the multiparts that nobody closed before `at`. */
  #closeDownTo(place: number, at: number): void {
    while (this.#open.length > place) {
      const { entity, delimiters, boundary } = this.#leave(at) ?? { delimiters: 1, boundary: '' }
      if (delimiters === 0) {
        this.#note('boundary-missing', entity?.typeField?.start ?? 0, { found: boundary })
      } else {
        this.#note('boundary-not-closed', at, { found: `--${boundary}--` })
      }
    }
  }

  #leave(bodyEnd: number): OpenMultipart | undefined {
    const left = this.#open.pop()
    if (left === undefined) return undefined
    this.#places.delete(left.boundary)
    left.entity.bodyEnd = Math.max(left.entity.bodyStart, bodyEnd)
    return left
  }

  #lineEnd(at: number): number {
    const end = this.#octets.indexOf('\r\n', at, 'latin1')
    return end < 0 ? this.#octets.length : end + 2
  }
}

function entityOf(
  { fields, bodyStart }: HeaderSection,
  place: Pick<Entity, 'start' | 'bodyEnd' | 'isRoot'>,
): Draft {
  const typeField = fields.find(({ key }) => key === 'content-type')
  const type = typeField === undefined ? { first: '', parameters: [] } : readParameters(typeField)
  const mediaType = typeField === undefined ? 'text/plain' : type.first.toLowerCase()
  const encoding = fields.find(({ key }) => key === 'content-transfer-encoding')
  const boundary = type.parameters.find(({ name }) => name === 'boundary')?.value
  return {
    ...place,
    fields,
    bodyStart,
    typeField,
    type,
    mediaType,
    encoding: (encoding && readParameters(encoding).first.toLowerCase()) ?? '7bit',
    boundary: mediaType.startsWith('multipart/') && boundary !== '' ? boundary : undefined,
  }
}
