/** Everything that an operator can ask for or change, once. Pages, API and commands ask the same desk. */
import type { z } from 'zod'
import type { MessageLine } from '../hoplog/summary.ts'
import type { MessageCriteria } from '../store/queries.ts'
import { accountOperations } from './account-operations.ts'
import { aliasOperations } from './alias-operations.ts'
import { listOperations } from './list-operations.ts'
import { messageOperations } from './message-operations.ts'
import type { OperationShape } from './operation.ts'
import { queueOperations } from './queue-operations.ts'
import { relayOperations } from './relay-operations.ts'
import { toolOperations } from './tool-operations.ts'

const table = {
  ...messageOperations,
  ...queueOperations,
  ...aliasOperations,
  ...listOperations,
  ...accountOperations,
  ...relayOperations,
  ...toolOperations,
}

type Table = typeof table
export type OperationName = keyof Table

type AskedMap = { [Name in OperationName]: z.output<Table[Name]['asked']> }
type AnswerMap = { [Name in OperationName]: z.output<Table[Name]['answer']> }
/** What an operation is given. */
export type Asked<Name extends OperationName> = AskedMap[Name]
/** What it answers. */
export type Answer<Name extends OperationName> = AnswerMap[Name]

export interface Operation<Name extends OperationName = OperationName>
  extends Omit<OperationShape, 'asked' | 'answer'> {
  readonly asked: z.ZodType<Asked<Name>> & z.ZodObject
  readonly answer: z.ZodType<Answer<Name>>
}

export const operations: { readonly [Name in OperationName]: Operation<Name> } = table

/** Their names, in the order of the document. */
export const operationNames: readonly OperationName[] = Object.keys(table).filter(isOperationName)

function isOperationName(name: string): name is OperationName {
  return Object.hasOwn(table, name)
}

/** Does what is asked; throws the errors of `problems.ts`. */
export type Performers = {
  readonly [Name in OperationName]: (asked: Asked<Name>) => Promise<Answer<Name>>
}

/** Whom an operator asks: the store beside the relay, or a relay over HTTP. */
export interface Desk {
  ask<Name extends OperationName>(name: Name, asked: Asked<Name>): Promise<Answer<Name>>
  /** Messages as they come, and again when something has become of them; without end. */
  follow(criteria: MessageCriteria): AsyncIterable<MessageLine>
}
