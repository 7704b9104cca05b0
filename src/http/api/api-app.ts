/**
 * The API: every operation of the operator's desk by its path, for programs with a token. It is made of the same table as its document.
 * It knows nothing of sockets.
 */
import type { Context } from 'hono'
import { Hono } from 'hono'
import { apiServer } from '../../limits-api.ts'
import { isChange } from '../../operator/operation.ts'
import type { Asked, Operation, OperationName, Performers } from '../../operator/operations.ts'
import { operationNames, operations } from '../../operator/operations.ts'
import { admit } from './admit.ts'
import type { ApiParts, TokenHolder } from './api-parts.ts'
import { problemAnswer, problemOf, waitProblem } from './api-problem-answer.ts'
import { addFollow, followPath } from './follow-route.ts'
import { pathNames, readRequest, schemaProblem } from './read-request.ts'

export function apiApp(parts: ApiParts): Hono {
  const app = new Hono()
  app.onError((error, c) => {
    parts.log.error({ error, path: c.req.routePath }, 'a request to the API failed')
    const detail = 'this did not work; the log of the relay says why'
    return problemAnswer(c, { status: 500, code: 'internal', detail })
  })
  addFollow(app, parts)
  const large = { underWay: 0 }
  // A path without a name in it goes before one whose name could be it.
  const names = operationNames.toSorted((one, other) => namesIn(one) - namesIn(other))
  for (const name of names) addOperation(app, name, parts, large)
  let document: string | undefined
  // Anybody may read it: it says nothing of this relay.
  app.get('/openapi.json', async c => {
    document ??= await documentText(parts.version)
    return c.body(document, 200, { 'Content-Type': 'application/json' })
  })
  addOtherMethods(app)
  // Not `notFound`: that of an application that is mounted in another one is not asked.
  app.all('*', c =>
    problemAnswer(c, { status: 404, code: 'no-such-route', detail: 'the API has nothing under this path' }),
  )
  return app
}

/** Its making is loaded only when somebody asks for it. */
async function documentText(version: string): Promise<string> {
  const { apiDocument } = await import('./api-document.ts')
  return JSON.stringify(apiDocument(version))
}

function namesIn(name: OperationName): number {
  return pathNames(operations[name].path).length
}

/** Requests with large bodies that are worked on. */
interface Large {
  underWay: number
}

function addOperation<Name extends OperationName>(
  app: Hono,
  name: Name,
  parts: ApiParts,
  large: Large,
): void {
  const operation: Operation<Name> = operations[name]
  app.on(operation.method.toUpperCase(), routePath(operation.path), async c => {
    const admitted = await admit(c, operation.scope, parts)
    if (admitted.kind === 'problem') return problemAnswer(c, admitted.problem)
    const task = () => answered(c, name, operation, admitted.token, parts)
    return operation.body === 'octets' ? amongFew(c, large, task) : task()
  })
}

async function amongFew(c: Context, large: Large, task: () => Promise<Response>): Promise<Response> {
  if (large.underWay >= apiServer.largeAtOnce)
    return problemAnswer(c, waitProblem('busy', 'too many messages and files at the same time', 5))
  large.underWay++
  return task().finally(() => {
    large.underWay--
  })
}

async function answered<Name extends OperationName>(
  c: Context,
  name: Name,
  operation: Operation<Name>,
  token: TokenHolder,
  { desk, log }: ApiParts,
): Promise<Response> {
  const read = await readRequest(c, operation)
  if (read.kind === 'problem') return problemAnswer(c, read.problem)
  const asked = operation.asked.safeParse(read.fields)
  if (!asked.success)
    return problemAnswer(
      c,
      schemaProblem(asked.error.issues, read.fields, Object.keys(operation.asked.shape)),
    )
  const said = isChange(operation) ? log.child(auditFields(name, operation, token, asked.data)) : undefined
  try {
    const perform: Performers[Name] = desk[name]
    const answer: unknown = await perform(asked.data)
    said?.info({}, 'changed through the API')
    return answerOf(c, answer, operation.octets)
  } catch (error) {
    const problem = problemOf(error)
    said?.warn({ reason: problem?.detail ?? 'it failed' }, 'not changed through the API')
    if (problem === undefined) throw error
    return problemAnswer(c, problem)
  }
}

/** Who does what: of the fields only those that the operation says, for some are secrets. */
function auditFields<Name extends OperationName>(
  name: Name,
  { path, logged = [] }: Operation<Name>,
  token: TokenHolder,
  asked: Asked<Name>,
): Record<string, unknown> {
  const named = [...pathNames(path), ...logged]
  const fields = Object.entries(asked).filter(([field]) => named.includes(field))
  return { by: token.name, token: token.id, operation: name, asked: Object.fromEntries(fields) }
}

function answerOf(c: Context, answer: unknown, octets: string | undefined): Response {
  if (octets !== undefined && answer instanceof Uint8Array)
    return c.body(new Uint8Array(answer), 200, { 'Content-Type': octets })
  return c.body(JSON.stringify(answer), 200, { 'Content-Type': 'application/json' })
}

/** For a path that there is, with a method that it has not. */
function addOtherMethods(app: Hono): void {
  const all = [...operationNames.map(name => operations[name]), followPath]
  const byPath = Map.groupBy(all, ({ path }) => path)
  for (const [path, those] of byPath) {
    const methods = those.map(one => one.method.toUpperCase()).join(', ')
    app.all(routePath(path), c =>
      problemAnswer(c, {
        status: 405,
        code: 'no-such-method',
        detail: `expected ${methods}`,
        headers: { Allow: methods },
      }),
    )
  }
}

function routePath(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1')
}
