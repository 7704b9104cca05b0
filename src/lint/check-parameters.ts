/** The MIME fields of the message and of its parts. RFC 2045, RFC 2046 section 5.1.1, RFC 2231. */
import { isAsciiText } from '../message/header-field.ts'
import { betterCharset, isRegisteredCharset } from './charsets.ts'
import { asExtendedParameter } from './encoded-text.ts'
import type { Entity } from './entities.ts'
import type { Note } from './findings.ts'
import type { LocatedField } from './located-field.ts'
import { type Parameter, readParameters } from './parameters.ts'

const mediaType = /^[a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+$/
const transferEncodings = ['7bit', '8bit', 'binary', 'quoted-printable', 'base64']
const boundaryText = /^[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]$/

export function checkMimeFields(entity: Entity, note: Note): void {
  const { typeField, mediaType: type } = entity
  if (typeField !== undefined && !mediaType.test(type)) {
    note('bad-content-type', typeField.valueStart, { found: typeField.value })
  }
  for (const field of entity.fields) {
    if (field.key === 'content-type' || field.key === 'content-disposition') checkParameters(field, note)
    if (field.key === 'content-transfer-encoding') checkEncoding(entity, field, note)
  }
  checkBoundary(entity, note)
  checkCharset(entity, note)
}

/** Of the message alone. */
export function checkMimeVersion({ fields }: Entity, note: Note): void {
  const version = fields.find(({ key }) => key === 'mime-version')
  const first = fields.find(({ key }) => key.startsWith('content-'))
  if (version === undefined) {
    if (first !== undefined) note('no-mime-version', first.start, { found: first.name })
    return
  }
  if (version.value.replace(/\([^()]*\)|\s/g, '') !== '1.0') {
    note('bad-mime-version', version.valueStart, { found: version.value })
  }
}

function checkParameters(field: LocatedField, note: Note): void {
  const { parameters } = readParameters(field)
  for (const parameter of parameters) checkParameter(parameter, note)
  checkPieces(parameters, note)
}

function checkParameter({ name, value, offset, isQuoted, isSound }: Parameter, note: Note): void {
  const found = { found: name === '' ? value : `${name}=${value}` }
  if (!isAsciiText(value))
    return note('parameter-not-ascii', offset, { ...found, ...asExtendedParameter(name, value) })
  if (!isSound) return note('bad-parameter', offset, found)
  if (value.includes('=?')) return note('word-in-parameter', offset, found)
  if (name.endsWith('*') && (isQuoted || !isExtended(name, value)))
    note('bad-extended-parameter', offset, found)
}

/** Only the first piece has a charset and a language (RFC 2231 section 4.1). */
function isExtended(name: string, value: string): boolean {
  const isLaterPiece = /\*[1-9]\d*\*$/.test(name)
  const match = /^([^'%]*)'([^'%]*)'(.*)$/.exec(value)
  const text = isLaterPiece ? value : match?.[3]
  const charset = match?.[1] ?? ''
  if (text === undefined || !/^(?:%[0-9A-Fa-f]{2}|[^%'*])*$/.test(text)) return false
  return isLaterPiece || charset === '' || isRegisteredCharset(charset)
}

function checkPieces(parameters: readonly Parameter[], note: Note): void {
  const pieces = parameters.filter(({ name }) => /\*\d+\*?$/.test(name))
  for (const [name, group] of Map.groupBy(pieces, one => one.name.replace(/\*\d+\*?$/, ''))) {
    const numbers = group.map(one => Number(/\*(\d+)\*?$/.exec(one.name)?.[1])).toSorted((a, b) => a - b)
    const [first] = group
    if (first !== undefined && numbers.some((number, at) => number !== at)) {
      note('parameter-gap', first.offset, { found: `${name}*${numbers.join(`, ${name}*`)}` })
    }
  }
}

function checkEncoding(
  { mediaType: type, encoding }: Entity,
  { valueStart, value }: LocatedField,
  note: Note,
): void {
  const found = { found: value }
  if (!transferEncodings.includes(encoding)) note('bad-encoding', valueStart, found)
  else if (encoding !== 'base64' && encoding !== 'quoted-printable') return
  else if (type.startsWith('multipart/')) note('multipart-encoded', valueStart, found)
  else if (type === 'message/rfc822') note('message-encoded', valueStart, found)
}

function checkBoundary({ typeField, mediaType: type, type: { parameters } }: Entity, note: Note): void {
  if (typeField === undefined || !type.startsWith('multipart/')) return
  const boundary = parameters.find(({ name }) => name === 'boundary')
  if (boundary === undefined || boundary.value === '') return note('no-boundary', typeField.start)
  if (!boundaryText.test(boundary.value)) note('bad-boundary', boundary.offset, { found: boundary.value })
}

function checkCharset({ type: { parameters } }: Entity, note: Note): void {
  const charset = parameters.find(({ name }) => name === 'charset')
  if (charset === undefined || isRegisteredCharset(charset.value)) return
  const instead = betterCharset(charset.value)
  note('charset-name', charset.offset, {
    found: charset.value,
    ...(instead === undefined ? {} : { instead }),
  })
}
