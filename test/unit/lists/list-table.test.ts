import { expect, test } from 'vitest'
import { listTable } from '../../../src/lists/list-table.ts'
import { newList } from './support.ts'

const table = listTable([
  newList(1, 'news@lists.example'),
  newList(2, 'news@other.example'),
  newList(3, 'team-help@lists.example'),
  newList(4, 'team@lists.example'),
])

test('a list is found by its address, whatever its case, in its own domain', () => {
  expect(table.claim({ localPart: 'NEWS', domain: 'lists.example' })).toEqual({
    kind: 'list',
    listId: 1,
    address: 'news@lists.example',
  })
  expect(table.claim({ localPart: 'news', domain: 'other.example' })).toMatchObject({ listId: 2 })
  expect(table.claim({ localPart: 'news', domain: 'third.example' })).toBeUndefined()
})

test('an address for a command is found by the list that it names, with its token', () => {
  expect(table.claim({ localPart: 'news-Confirm+X1', domain: 'lists.example' })).toEqual({
    kind: 'list-command',
    listId: 1,
    address: 'news@lists.example',
    command: 'confirm',
    token: 'x1',
  })
  expect(table.claim({ localPart: 'none-confirm+x1', domain: 'lists.example' })).toBeUndefined()
})

test('a list that has the name of a command is itself', () => {
  expect(table.claim({ localPart: 'team-help', domain: 'lists.example' })).toMatchObject({
    kind: 'list',
    listId: 3,
  })
})

test('a list knows its name and domain, and is found by its number', () => {
  expect(table.list(2)).toMatchObject({ name: 'news', domain: 'other.example' })
  expect(table.list(9)).toBeUndefined()
})
