/** What one thing that an operator asks for or changes looks like from outside: to the API, its document and the command line. */
import type { z } from 'zod'
import type { Scope } from './scopes.ts'

export interface OperationShape<
  Asked extends z.ZodObject = z.ZodObject,
  Answer extends z.ZodType = z.ZodType,
> {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** Below /api/v1; `{name}` is a field of `asked`. */
  readonly path: string
  readonly scope: Scope
  readonly summary: string
  /**
   * Where the fields that the path does not name stand: in the query; as JSON in the body; or in the query, with the body as the
   * field `octets`.
   */
  readonly body: 'none' | 'json' | 'octets'
  readonly asked: Asked
  /** Fields that may stand in the query several times. */
  readonly repeated?: readonly string[]
  /** Fields that the log names beside those of the path, where it is a change. */
  readonly logged?: readonly string[]
  readonly answer: Answer
  /** Media type of an answer that is octets; without it the answer is JSON. */
  readonly octets?: string
}

/** Says what the types are. */
export function operation<Asked extends z.ZodObject, Answer extends z.ZodType>(
  shape: OperationShape<Asked, Answer>,
): OperationShape<Asked, Answer> {
  return shape
}

/** Whether it changes anything: looking needs no more than `read`. */
export function isChange({ scope }: Pick<OperationShape, 'scope'>): boolean {
  return scope !== 'read'
}
