/** What is asked, out of the parts of a request: path, query and body. Nothing is believed before the schema has seen it. */
import type { Context } from 'hono'
import type { z } from 'zod'
import { problemLines } from '../../config/problem.ts'
import { apiServer } from '../../limits-api.ts'
import { printable } from '../../message/printable.ts'
import type { OperationShape } from '../../operator/operation.ts'
import { readOctets } from '../read-form.ts'
import type { ApiFault, ApiProblem } from './api-problem-answer.ts'

/** Fields as they came, or what is wrong with the request. */
export type RawRequest =
  | { readonly kind: 'fields'; readonly fields: Readonly<Record<string, unknown>> }
  | { readonly kind: 'problem'; readonly problem: ApiProblem }

type Shape = Pick<OperationShape, 'method' | 'path' | 'body' | 'repeated'>

export async function readRequest(c: Context, shape: Shape): Promise<RawRequest> {
  const query = queryFields(c, shape)
  if (query.kind === 'problem') return query
  const body = await bodyFields(c, shape)
  if (body.kind === 'problem') return body
  const path = pathNames(shape.path).map(name => [name, c.req.param(name) ?? ''])
  const twice = path.find(([name = '']) => name in body.fields || name in query.fields)
  if (twice !== undefined) return invalid([fault(twice[0] ?? '', 'stands in the path, and nowhere else')])
  return fieldsOf([...Object.entries(query.fields), ...Object.entries(body.fields), ...path])
}

/** Without a prototype: a field may have any name. */
function fieldsOf(entries: Iterable<readonly (string | unknown)[]>): RawRequest {
  const fields: Record<string, unknown> = Object.create(null)
  for (const [name, value] of entries) fields[String(name)] = value
  return { kind: 'fields', fields }
}

export function pathNames(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
}

function queryFields(c: Context, { body, repeated = [] }: Shape): RawRequest {
  const query = new URL(c.req.url).searchParams
  const names = [...new Set(query.keys())]
  if (body === 'json' && names.length > 0)
    return invalid(names.map(name => fault(name, 'expected in the body, found in the query')))
  const twice = names.filter(name => !repeated.includes(name) && query.getAll(name).length > 1)
  if (twice.length > 0)
    return invalid(twice.map(name => fault(name, `expected once, found ${query.getAll(name).length} times`)))
  return fieldsOf(names.map(name => [name, repeated.includes(name) ? query.getAll(name) : query.get(name)]))
}

async function bodyFields(c: Context, { body, method }: Shape): Promise<RawRequest> {
  if (body === 'none' || method === 'get') return fieldsOf([])
  const isJson = body === 'json'
  const mediaType = (c.req.header('Content-Type') ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  if (isJson && mediaType !== 'application/json')
    return problem(415, 'media-type', `expected Content-Type: application/json, found ${shown(mediaType)}`)
  const most = isJson ? apiServer.maxJsonBytes : apiServer.maxOctets
  const octets = await readOctets(c.req.raw, most).catch(() => undefined)
  if (octets === undefined) return problem(400, 'invalid', 'the body of the request ended too soon')
  if (octets === 'too-big')
    return problem(413, 'too-large', `expected a body of at most ${most} octets, found a larger one`)
  return isJson ? jsonFields(octets) : fieldsOf([['octets', octets]])
}

function jsonFields(octets: Buffer): RawRequest {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(octets))
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return fieldsOf(Object.entries(value))
    return problem(400, 'invalid', 'expected a JSON object in the body')
  } catch {
    return problem(400, 'invalid', 'expected JSON in UTF-8 in the body')
  }
}

function shown(text: string): string {
  return text === '' ? 'none' : printable(text.slice(0, 100))
}

/** The problem of a request whose fields are not as they should be. */
export function schemaProblem(
  issues: readonly z.core.$ZodIssue[],
  fields: object,
  known: readonly string[],
): ApiProblem {
  const errors = issues.flatMap(issue => {
    const path = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path
    return problemLines([issue], fields, () => known).map(detail => ({
      pointer: pointerOf(path),
      detail: printable(detail),
    }))
  })
  return {
    status: 400,
    code: 'invalid',
    detail: 'the request is not of the form that the document says',
    errors,
  }
}

function invalid(errors: readonly ApiFault[]): RawRequest {
  const detail = 'the request is not of the form that the document says'
  return { kind: 'problem', problem: { status: 400, code: 'invalid', detail, errors } }
}

function fault(name: string, text: string): ApiFault {
  return { pointer: pointerOf([name]), detail: printable(`${name}: ${text}`) }
}

/** RFC 6901. */
function pointerOf(path: readonly PropertyKey[]): string {
  return path.map(part => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

function problem(status: 400 | 413 | 415, code: ApiProblem['code'], detail: string): RawRequest {
  return { kind: 'problem', problem: { status, code, detail } }
}
