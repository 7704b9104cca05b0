/**
 * What the header of a message or of a part says of its content, as far as a footer depends on it. RFC 2045, RFC 2183.
 * Wherever two readers could understand a header differently it counts as not understood (`type` is empty): such content is
 * never edited, only wrapped.
 */

import { trimWhiteSpace } from '../message/header-field.ts'
import { fieldValue, type HeaderField, lowerAscii } from '../message/message.ts'
import { mimeHeader } from '../message/mime-header.ts'

export interface ContentHeader {
  /** `type/subtype` in lower case; text/plain where nothing is said; empty where what is said is not understood. */
  readonly type: string
  /** Parameters of the Content-Type by their names in lower case. */
  readonly parameters: ReadonlyMap<string, string>
  /** Of a multipart only. */
  readonly boundary: string | undefined
  /** Lower case; 7bit by default. */
  readonly encoding: string
  /** Something to save or open beside the text: it has a file name, or a disposition other than inline. */
  readonly isFile: boolean
  /** The Content-ID with its angle brackets (RFC 2045 section 7), which a multipart/related names its root by. */
  readonly contentId: string | undefined
  /** The content has a digest in its own header (Content-MD5, RFC 1864). */
  readonly hasDigest: boolean
}

const parameter = /[ \t]*;[ \t]*([^\s=;"]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\[\s\S])*)"|([^;"]*))/y

export function contentHeader(fields: readonly HeaderField[]): ContentHeader {
  const values = Map.groupBy(fields, field => lowerAscii(field.name))
  const first = (name: string) => {
    const field = values.get(name)?.[0]
    return field && fieldValue(field)
  }
  const contentType = first('content-type')
  const header = mimeHeader(contentType, first('content-transfer-encoding'))
  const isSingle = ['content-type', 'content-transfer-encoding', 'content-disposition'].every(
    name => (values.get(name)?.length ?? 0) < 2,
  )
  const isUnderstood =
    isSingle && (contentType === undefined || statedType(contentType) === header.contentType)
  const parameters = parametersOf(contentType ?? '')
  return {
    type: isUnderstood ? header.contentType : '',
    parameters,
    boundary: isUnderstood ? header.boundary : undefined,
    encoding: header.encoding,
    isFile: hasName(parameters, 'name') || isFileDisposition(first('content-disposition')),
    contentId: first('content-id'),
    hasDigest: values.has('content-md5'),
  }
}

/** True for the transfer encodings that leave content as it is (RFC 2045 section 6.2). */
export function isIdentity(encoding: string): boolean {
  return encoding === '7bit' || encoding === '8bit' || encoding === 'binary'
}

function statedType(contentType: string): string {
  const end = contentType.indexOf(';')
  return trimWhiteSpace(end < 0 ? contentType : contentType.slice(0, end)).toLowerCase()
}

function isFileDisposition(disposition: string | undefined): boolean {
  if (disposition === undefined) return false
  return statedType(disposition) !== 'inline' || hasName(parametersOf(disposition), 'filename')
}

/** Also in the forms of RFC 2231: `name*`, `name*0`. */
function hasName(parameters: ReadonlyMap<string, string>, name: string): boolean {
  return (
    parameters.has(name) ||
    parameters.has(`${name}*`) ||
    [`${name}*0`, `${name}*0*`].some(key => parameters.has(key))
  )
}

/** The first of each name counts; what follows something malformed is not read. */
function parametersOf(value: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>()
  parameter.lastIndex = Math.max(value.indexOf(';'), 0)
  for (let match = parameter.exec(value); match; match = parameter.exec(value)) {
    const name = match[1]?.toLowerCase() ?? ''
    const text = match[2]?.replace(/\\([\s\S])/g, '$1') ?? trimWhiteSpace(match[3] ?? '')
    if (!parameters.has(name)) parameters.set(name, text)
  }
  return parameters
}
