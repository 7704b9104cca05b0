/** What a relay answers instead of what was asked (RFC 9457), as the error that the same command has beside the relay. */
import { z } from 'zod'
import { printable } from '../../message/printable.ts'
import type { ApiErrorCode } from '../../operator/api-problem.ts'
import { apiErrorCodes } from '../../operator/api-problem.ts'
import { NotThere, OperationFailed, UsageError } from '../../operator/problems.ts'
import { jsonOf } from './json-of.ts'

const problemSchema = z.object({
  code: z.enum(apiErrorCodes),
  detail: z.string(),
  errors: z.array(z.object({ detail: z.string() })).optional(),
})

/** @param name of the server, as a person gave it */
export function apiError(name: string, status: number, body: Uint8Array): Error {
  const problem = problemSchema.safeParse(jsonOf(body))
  if (!problem.success)
    return new OperationFailed(
      `${name}: expected the API of a relay, found status ${status} without its words`,
    )
  const { code, detail, errors = [] } = problem.data
  const text = [detail, ...errors.map(one => one.detail)].map(lines).join('\n')
  return errorOf(code, name, text)
}

function errorOf(code: ApiErrorCode, name: string, text: string): Error {
  switch (code) {
    case 'usage':
      return new UsageError(text)
    case 'not-found':
      return new NotThere(text)
    case 'failed':
      return new OperationFailed(text)
    case 'invalid':
    case 'token':
    case 'scope':
      return new UsageError(`${name}: ${text}`)
    default:
      return new OperationFailed(`${name}: ${text}`)
  }
}

/** Line ends are those of the text; everything else that could drive a terminal is escaped. */
function lines(text: string): string {
  return text.split('\n').map(printable).join('\n')
}
