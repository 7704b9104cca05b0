/** Who may ask: RFC 6750, Bearer tokens in the Authorization field, and nowhere else. No cookie counts, so no other site can ask for anybody. */
import { getConnInfo } from '@hono/node-server/conninfo'
import type { Context } from 'hono'
import type { Scope } from '../../operator/scopes.ts'
import { allows } from '../../operator/scopes.ts'
import type { ApiParts, TokenHolder } from './api-parts.ts'
import type { ApiProblem } from './api-problem-answer.ts'
import { waitProblem } from './api-problem-answer.ts'

export type Admitted =
  | { readonly kind: 'token'; readonly token: TokenHolder }
  | { readonly kind: 'problem'; readonly problem: ApiProblem }

export async function admit(c: Context, scope: Scope, parts: ApiParts): Promise<Admitted> {
  const address = getConnInfo(c).remote.address ?? ''
  const access = await parts.access(c.req.header('Authorization'), address)
  switch (access.kind) {
    case 'none':
      return challenge('expected Authorization: Bearer with a token, found none', '')
    case 'wrong':
      return challenge(access.reason, `, error="invalid_token", error_description="${access.reason}"`)
    case 'wait':
      return { kind: 'problem', problem: waitProblem('too-many', 'too many wrong tokens', access.seconds) }
    case 'token':
      return judged(access.token, scope, parts)
  }
}

function judged(token: TokenHolder, scope: Scope, parts: ApiParts): Admitted {
  if (!allows(token.scopes, scope)) {
    const detail = `the token has no scope ${scope}`
    const field = `Bearer realm="dkim2-relay", error="insufficient_scope", scope="${scope}"`
    const headers = { 'WWW-Authenticate': field }
    return { kind: 'problem', problem: { status: 403, code: 'scope', detail, headers } }
  }
  const seconds = parts.waitSeconds(token)
  if (seconds === 0) return { kind: 'token', token }
  return { kind: 'problem', problem: waitProblem('too-many', 'too many requests of this token', seconds) }
}

function challenge(detail: string, more: string): Admitted {
  const headers = { 'WWW-Authenticate': `Bearer realm="dkim2-relay"${more}` }
  return { kind: 'problem', problem: { status: 401, code: 'token', detail, headers } }
}
