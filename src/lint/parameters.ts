/** The parameters of a MIME header field as they are spelled, each with its place. RFC 2045 section 5.1, read leniently. */
import { trimWhiteSpace } from '../message/header-field.ts'
import type { LocatedField } from './located-field.ts'

export interface Parameter {
  /** Lower case. */
  readonly name: string
  /** Without its quotes, latin1. */
  readonly value: string
  readonly offset: number
  readonly isQuoted: boolean
  /** It follows the grammar, except perhaps for octets that are not ASCII. */
  readonly isSound: boolean
}

export interface ParameterField {
  /** What stands before the first semicolon, without comments. */
  readonly first: string
  readonly parameters: readonly Parameter[]
}

/** Mail has three or four; extended ones come in pieces. */
const maxParameters = 1_000

const space = /(?:[ \t\r\n]|\([^()]*\))*/y
const parameterName = /[^\s=;"()]+/y
const quotedString = /"(?:[^"\\]|\\[\s\S])*"/y
const untilSemicolon = /[^;]*/y
const token = /^[^\x00-\x20()<>@,;:\\"/[\]?=\x7f]+$/

export function readParameters({ value, valueStart }: LocatedField): ParameterField {
  const parameters: Parameter[] = []
  let at = value.indexOf(';')
  const first = at < 0 ? value : value.slice(0, at)
  while (at >= 0 && at < value.length && parameters.length < maxParameters) {
    at = skip(value, at + 1)
    if (at >= value.length) break
    const { end, ...parameter } = readParameter(value, at)
    parameters.push({ ...parameter, offset: valueStart + at })
    at = end
  }
  return { first: plain(first), parameters }
}

/** @returns `end` is that of the text, or the place of the semicolon */
function readParameter(value: string, start: number): Omit<Parameter, 'offset'> & { readonly end: number } {
  const name = match(parameterName, value, start)
  const equals = skip(value, start + name.length)
  if (name === '' || value[equals] !== '=') {
    const text = match(untilSemicolon, value, start)
    return { name: '', value: text, isQuoted: false, isSound: false, end: start + text.length }
  }
  const from = skip(value, equals + 1)
  const quoted = match(quotedString, value, from)
  const rest = match(untilSemicolon, value, from + quoted.length)
  const end = from + quoted.length + rest.length
  const key = name.toLowerCase()
  if (quoted === '') {
    const text = plain(rest)
    return { name: key, value: text, isQuoted: false, isSound: token.test(text), end }
  }
  const text = quoted.slice(1, -1).replace(/\\([\s\S])/g, '$1')
  return { name: key, value: text, isQuoted: true, isSound: plain(rest) === '', end }
}

function skip(value: string, from: number): number {
  return from + match(space, value, from).length
}

function match(pattern: RegExp, value: string, from: number): string {
  pattern.lastIndex = from
  return pattern.exec(value)?.[0] ?? ''
}

function plain(text: string): string {
  return trimWhiteSpace(text.replace(/\([^()]*\)/g, '').replace(/\r\n/g, ''))
}
