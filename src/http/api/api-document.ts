/** The document of the API (OpenAPI 3.1), made of the schemas that its requests are checked with. */
import type { RouteConfig } from '@hono/zod-openapi'
import { OpenAPIHono } from '@hono/zod-openapi'
import { z } from 'zod'
import { apiPath } from '../../operator/api-path.ts'
import { apiErrorCodes } from '../../operator/api-problem.ts'
import { listOf, maybe, named, text } from '../../operator/fields.ts'
import { messageLine } from '../../operator/message-operations.ts'
import type { Operation, OperationName } from '../../operator/operations.ts'
import { operationNames, operations } from '../../operator/operations.ts'
import type { Scope } from '../../operator/scopes.ts'
import { scopeTexts } from '../../operator/scopes.ts'
import { followAsked, followPath } from './follow-route.ts'
import { pathNames } from './read-request.ts'

/** @param version of the program */
export function apiDocument(version: string): object {
  const app = withPaths()
  app.openAPIRegistry.registerComponent('securitySchemes', 'token', {
    type: 'http',
    scheme: 'bearer',
    description: `A token of \`tokens add\`. Its scopes: ${Object.entries(scopeTexts)
      .map(([name, allows]) => `\`${name}\`: ${allows}`)
      .join('; ')}.`,
  })
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'dkim2-relay',
      version,
      description:
        'What the pages of the operator and the commands do, for programs. docs/api.md tells how to begin.',
      license: { name: 'MIT' },
    },
    servers: [{ url: apiPath }],
  })
}

function withPaths(): OpenAPIHono {
  const app = new OpenAPIHono()
  for (const name of operationNames) app.openAPIRegistry.registerPath(routeOf(name))
  app.openAPIRegistry.registerPath(followRoute())
  return app
}

const problem = named(
  'Problem',
  z
    .object({
      type: text,
      title: text,
      status: z.int(),
      code: z.enum(apiErrorCodes).describe('What went wrong, for programs.'),
      detail: text.describe('The same for people.'),
      errors: maybe(
        listOf(
          z.object({
            pointer: text.describe('Where, as a JSON Pointer.'),
            detail: text.describe('What was expected there, and what was found.'),
          }),
        ),
      ),
    })
    .describe('Problem details (RFC 9457).'),
)

const problems = {
  default: {
    description: 'It was not done.',
    content: { 'application/problem+json': { schema: problem } },
  },
}

function routeOf<Name extends OperationName>(name: Name): RouteConfig {
  const operation: Operation<Name> = operations[name]
  const { method, path, scope, summary, body, asked, answer, octets } = operation
  const { octets: _, ...fields } = asked.shape
  const names = pathNames(path)
  const inPath = z.strictObject(pick(fields, field => names.includes(field)))
  const others = z.strictObject(pick(fields, field => !names.includes(field)))
  const content =
    octets === undefined ? { 'application/json': { schema: answer } } : { [octets]: { schema: binary } }
  return {
    ...common(name, scope, summary),
    method,
    path,
    request: {
      ...(names.length > 0 && { params: inPath }),
      ...(body !== 'json' && Object.keys(others.shape).length > 0 && { query: others }),
      ...(body === 'json' && {
        body: { required: true, content: { 'application/json': { schema: others } } },
      }),
      ...(body === 'octets' && {
        body: { required: true, content: { 'application/octet-stream': { schema: binary } } },
      }),
    },
    responses: { 200: { description: 'Done.', content }, ...problems },
  }
}

/** OpenAPI 3.1 says of octets no more than their media type. */
const binary = {}

function common(operationId: string, scope: Scope, summary: string) {
  return {
    operationId,
    summary,
    description: `Scope \`${scope}\`.`,
    tags: [scope],
    security: [{ token: [] }],
  }
}

function pick(shape: z.ZodRawShape, isWanted: (name: string) => boolean): z.ZodRawShape {
  return Object.fromEntries(Object.entries(shape).filter(([name]) => isWanted(name)))
}

function followRoute(): RouteConfig {
  return {
    ...common(
      'follow',
      'read',
      'Messages as they come, and again when something has become of them: one JSON object a line, without end.',
    ),
    method: followPath.method,
    path: followPath.path,
    request: { query: followAsked },
    responses: {
      200: {
        description: 'Lines; an empty one is no message.',
        content: { 'application/x-ndjson': { schema: messageLine } },
      },
      ...problems,
    },
  }
}
