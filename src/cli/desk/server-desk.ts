/** The operator's desk of a relay, over its API. */
import type { MessageLine } from '../../hoplog/summary.ts'
import { apiPath } from '../../operator/api-path.ts'
import { fits } from '../../operator/fits.ts'
import { messageLine } from '../../operator/message-operations.ts'
import type { OperationShape } from '../../operator/operation.ts'
import type { Answer, Asked, Desk, Operation, OperationName } from '../../operator/operations.ts'
import { operations } from '../../operator/operations.ts'
import { OperationFailed } from '../../operator/problems.ts'
import type { MessageCriteria } from '../../store/queries.ts'
import { apiError } from './api-error.ts'
import type { DeskOptions } from './desk-options.ts'
import { jsonOf } from './json-of.ts'
import type { ApiRequest } from './server-connection.ts'
import { ServerConnection } from './server-connection.ts'
import { serverToken } from './server-token.ts'

/** @throws UsageError for what can be no server, or a token that is not there or that others may read */
export async function serverDesk(url: string, options: DeskOptions): Promise<Desk> {
  return new ServerDesk(await ServerConnection.to(url, await serverToken(options), options.caFile))
}

class ServerDesk implements Desk {
  readonly #connection: ServerConnection

  constructor(connection: ServerConnection) {
    this.#connection = connection
  }

  async ask<Name extends OperationName>(name: Name, asked: Asked<Name>): Promise<Answer<Name>> {
    const operation: Operation<Name> = operations[name]
    const { status, mediaType, body } = await this.#connection.ask(requestOf(operation, asked))
    if (status !== 200) throw apiError(this.#connection.name, status, body)
    const value: unknown = operation.octets === mediaType ? body : jsonOf(body)
    if (fits(operation.answer, value)) return value
    throw this.#otherwise()
  }

  async *follow(criteria: MessageCriteria): AsyncGenerator<MessageLine> {
    const request = requestOf({ method: 'get', path: '/follow', body: 'none' }, criteria)
    for await (const line of this.#connection.lines(request)) {
      // An empty line says that the relay is still there.
      if (line === '') continue
      const value = jsonOf(Buffer.from(line))
      if (!fits(messageLine, value)) throw this.#otherwise()
      yield value
    }
    throw new OperationFailed(`${this.#connection.name} has ended the answer`)
  }

  #otherwise(): OperationFailed {
    const { name } = this.#connection
    return new OperationFailed(`${name} answers otherwise than this version expects: it may be another one`)
  }
}

/** Where the fields of a request stand (operation.ts). */
export function requestOf(
  { method, path, body }: Pick<OperationShape, 'method' | 'path' | 'body'>,
  asked: object,
): ApiRequest {
  const left = new Map<string, unknown>(Object.entries(asked))
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = encodeURIComponent(String(left.get(name)))
    left.delete(name)
    return value
  })
  const octets = left.get('octets')
  left.delete('octets')
  const isJson = body === 'json'
  const query = isJson ? '' : queryOf(left)
  return {
    method: method.toUpperCase(),
    path: `${apiPath}${filled}${query}`,
    ...(isJson && {
      mediaType: 'application/json',
      body: Buffer.from(JSON.stringify(Object.fromEntries(left))),
    }),
    ...(octets instanceof Uint8Array && { mediaType: 'application/octet-stream', body: octets }),
  }
}

function queryOf(fields: ReadonlyMap<string, unknown>): string {
  const query = new URLSearchParams()
  for (const [name, value] of fields) {
    for (const one of Array.isArray(value) ? value : [value]) query.append(name, String(one))
  }
  return query.size === 0 ? '' : `?${query}`
}
