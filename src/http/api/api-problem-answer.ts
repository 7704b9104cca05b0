/** Errors of the API (RFC 9457). */
import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { ApiErrorCode } from '../../operator/api-problem.ts'
import { NotThere, OperationFailed, UsageError } from '../../operator/problems.ts'
import { StoreError } from '../../store/store-error.ts'

/** One thing that is wrong with a request. */
export interface ApiFault {
  /** Where: a JSON Pointer (RFC 6901) into what was asked, the fields of path and query among those of the body. */
  readonly pointer: string
  /** What was expected there and what was found. */
  readonly detail: string
}

export interface ApiProblem {
  readonly status: ContentfulStatusCode
  readonly code: ApiErrorCode
  readonly detail: string
  readonly errors?: readonly ApiFault[]
  readonly headers?: Readonly<Record<string, string>>
}

const titles: Readonly<Partial<Record<ContentfulStatusCode, string>>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}

export function problemAnswer(c: Context, { status, code, detail, errors, headers }: ApiProblem): Response {
  const body = {
    type: 'about:blank',
    title: titles[status] ?? 'Error',
    status,
    code,
    detail,
    ...(errors !== undefined && { errors }),
  }
  return c.body(JSON.stringify(body), status, { ...headers, 'Content-Type': 'application/problem+json' })
}

/** What an error of the desk is to a client; undefined: nobody expected it. */
export function problemOf(error: unknown): ApiProblem | undefined {
  if (error instanceof UsageError) return { status: 422, code: 'usage', detail: error.message }
  if (error instanceof NotThere) return { status: 404, code: 'not-found', detail: error.message }
  if (error instanceof OperationFailed) return { status: 409, code: 'failed', detail: error.message }
  if (error instanceof StoreError)
    return { status: 503, code: 'store', detail: `the store does not answer: ${error.code}` }
  return undefined
}

/** Too many at the moment. */
export function waitProblem(code: 'too-many' | 'busy', detail: string, seconds: number): ApiProblem {
  const headers = { 'Retry-After': String(seconds) }
  return {
    status: code === 'busy' ? 503 : 429,
    code,
    detail: `${detail}; come again in ${seconds} s`,
    headers,
  }
}
