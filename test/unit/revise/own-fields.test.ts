import { expect, test } from 'vitest'
import { applyRecipe } from '../../../src/dkim2/index.ts'
import { fieldValue, newField } from '../../../src/message/message.ts'
import { listFields } from '../../../src/revise/list-fields.ts'
import { withOwnFields } from '../../../src/revise/own-fields.ts'
import { proveRevision } from '../../../src/revise/prove.ts'
import { revise } from '../../../src/revise/revision.ts'
import { message, received, rules, values } from './support.ts'

const own = [newField('List-Unsubscribe', '<https://list.example/u/1>')]
const shared = [rules.subject, listFields({ id: 'team.list.example' }), rules.footer]

test.each([
  ['without such a field', ''],
  ['with one of an earlier list', 'List-Unsubscribe: <mailto:leave@other.example>\n'],
])('a copy of a message %s leads back to it', (_what, field) => {
  const before = message(`${field}From: jane@origin.example\nSubject: x\n\nHello\n`)
  const common = revise(before, shared)
  const copy = withOwnFields(common, own, before.fields)
  expect(values(copy.message, 'list-unsubscribe')).toEqual(['<https://list.example/u/1>'])
  expect(copy.message.body).toBe(common.message.body)
  expect(proveRevision(before, copy)).toEqual({ kind: 'proved' })
  const undone = applyRecipe(received(copy.message), copy.recipe)
  expect(undone?.fields.map(fieldValue).sort()).toEqual(before.fields.map(fieldValue).sort())
  expect(copy.addedFields.includes('List-Unsubscribe')).toBe(field === '')
})

test('a field that the shared message has cannot be one copy’s own', () => {
  const before = message('From: jane@origin.example\n\nHello\n')
  const common = revise(before, [
    listFields({ id: 'team.list.example', unsubscribe: ['mailto:a@b.example'] }),
  ])
  expect(() => withOwnFields(common, own, before.fields)).toThrow(RangeError)
})
