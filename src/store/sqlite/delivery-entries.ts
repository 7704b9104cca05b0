/** The entries of the table of requests (requests.ts) that are about single deliveries and their attempts. */
import type { Claim } from '../queries.ts'
import { answerOf } from './answers.ts'
import * as deliveries from './deliveries.ts'
import { attemptInsert } from './delivery-rows.ts'
import { dueInOrder, hasInOrder, putInOrder } from './due-in-order.ts'
import { change, decodedChange, decodedQuestion, encodedChange, question, type Table } from './entry.ts'

export const deliveryEntries = {
  delivery: decodedQuestion(deliveries.delivery, answerOf.delivery),
  due: decodedChange(deliveries.due, answerOf.due),
  dueInOrder: decodedChange(dueInOrder, answerOf.dueInOrder),
  hasInOrder: question(hasInOrder),
  putInOrder: change(putInOrder),
  announceAttempt: encodedChange(
    deliveries.announceAttempt,
    // A delivery may come with its header fields: they stay here.
    (_, { id, attempts, nextAttemptAt }, next) => [{ id, attempts, nextAttemptAt }, next],
  ),
  releaseAttempts: encodedChange(deliveries.releaseAttempts, (_, claims, next) => [
    claims.map(claimOf),
    next,
  ]),
  postpone: change(deliveries.postpone),
  pullIn: change(deliveries.pullIn),
  finishAttempt: encodedChange(deliveries.finishAttempt, (_, claim, attempt, nextAttemptAt, warnAt) => [
    claimOf(claim),
    attemptInsert(attempt),
    {
      nextAttemptAt: nextAttemptAt ?? null,
      warnAt: warnAt ?? null,
      reportsTaken: attempt.reportsTaken === true ? (1 as const) : (0 as const),
      isAlone: attempt.retryAt === undefined ? (1 as const) : (0 as const),
    },
  ]),
} satisfies Partial<Table>

function claimOf({ id, attempts }: Claim): Claim {
  return { id, attempts }
}
