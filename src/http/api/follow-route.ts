/** Messages as they come, one JSON object a line (NDJSON); an empty line now and then says that the relay is there. */
import type { Context, Hono } from 'hono'
import { z } from 'zod'
import { apiServer } from '../../limits-api.ts'
import { criteria } from '../../operator/message-operations.ts'
import type { MessageCriteria } from '../../store/queries.ts'
import { admit } from './admit.ts'
import type { ApiParts } from './api-parts.ts'
import { problemAnswer, waitProblem } from './api-problem-answer.ts'
import { readRequest, schemaProblem } from './read-request.ts'

export const followPath = { method: 'get', path: '/follow', body: 'none' } as const
export const followAsked = z.strictObject(criteria)

export function addFollow(app: Hono, parts: ApiParts): void {
  let followers = 0
  app.get(followPath.path, async c => {
    const admitted = await admit(c, 'read', parts)
    if (admitted.kind === 'problem') return problemAnswer(c, admitted.problem)
    const read = await readRequest(c, followPath)
    if (read.kind === 'problem') return problemAnswer(c, read.problem)
    const asked = followAsked.safeParse(read.fields)
    if (!asked.success)
      return problemAnswer(c, schemaProblem(asked.error.issues, read.fields, Object.keys(criteria)))
    if (followers >= apiServer.followers)
      return problemAnswer(c, waitProblem('busy', `${followers} follow already`, 60))
    followers++
    const body = ReadableStream.from(lines(c, asked.data, parts, () => followers--))
    return c.body(body, 200, { 'Content-Type': 'application/x-ndjson' })
  })
}

/** @param ended called once, whoever ends it */
async function* lines(
  c: Context,
  asked: MessageCriteria,
  parts: ApiParts,
  ended: () => void,
): AsyncGenerator<Uint8Array> {
  const text = new TextEncoder()
  const isStillAllowed = accessAgain(c, parts)
  let saidAt = Number.NEGATIVE_INFINITY
  try {
    for await (const found of parts.follow(asked, c.req.raw.signal)) {
      if (!(await isStillAllowed())) return
      const now = parts.clock()
      const isSilent = found.length === 0 && Math.abs(now - saidAt) < apiServer.followBeatMilliseconds
      // The first look finds nothing, and is told: whatever comes from then on is.
      if (isSilent) continue
      saidAt = now
      yield text.encode(found.length === 0 ? '\n' : found.map(one => `${JSON.stringify(one)}\n`).join(''))
    }
  } finally {
    ended()
  }
}

/** A token that is revoked, or whose time is over, follows no longer. */
function accessAgain(c: Context, parts: ApiParts): () => Promise<boolean> {
  let lookedAt = parts.clock()
  return async () => {
    const now = parts.clock()
    if (Math.abs(now - lookedAt) < apiServer.followAccessMilliseconds) return true
    lookedAt = now
    return (await admit(c, 'read', parts)).kind === 'token'
  }
}
