/** The document of the API: made of the schemas, valid, and the one that stands in docs/. */
import { Validator } from '@seriousme/openapi-schema-validator'
import { describe, expect, test } from 'vitest'
import { apiDocument } from '../../../../src/http/api/api-document.ts'
import { isChange } from '../../../../src/operator/operation.ts'
import { operationNames, operations } from '../../../../src/operator/operations.ts'
import { allows, scopes } from '../../../../src/operator/scopes.ts'

interface Document {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly operationId: string }>>>>
}

const version = '0.0.0'
const document = apiDocument(version) as Document

test('it is an OpenAPI document of version 3.1', async () => {
  const result = await new Validator().validate(structuredClone({ ...document }))
  expect(result.errors ?? []).toEqual([])
  expect(result.valid).toBe(true)
  expect(document.openapi).toBe('3.1.0')
})

test('it has every operation of the desk, and following', () => {
  const found = Object.values(document.paths).flatMap(path =>
    Object.values(path).map(operation => operation.operationId),
  )
  expect(found.toSorted()).toEqual([...operationNames, 'follow'].toSorted())
})

// After a change of an operation: npm run docs:api
test('docs/openapi.json is made of the schemas', async () => {
  await expect(`${JSON.stringify(document, undefined, 2)}\n`).toMatchFileSnapshot(
    '../../../../docs/openapi.json',
  )
})

describe('the table of operations', () => {
  test('what changes something is no GET, and needs more than read', () => {
    const all = operationNames.map(name => ({ name, ...operations[name] }))
    expect(all.filter(one => isChange(one) && one.method === 'get').map(one => one.name)).toEqual([])
    const looking = all.filter(one => one.scope === 'read' && one.method !== 'get')
    expect(looking.map(one => one.name)).toEqual(['verify', 'explain', 'preview', 'undo'])
  })

  test('no two operations have the same method and path', () => {
    const all = operationNames.map(name => `${operations[name].method} ${operations[name].path}`)
    expect(new Set(all).size).toBe(all.length)
  })

  test('every field that a path names, and every one that the log names, is asked for', () => {
    const wrong = operationNames.flatMap(name => {
      const { path, asked, logged = [], repeated = [] } = operations[name]
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, field = '']) => field)
      return [...named, ...logged, ...repeated].filter(field => !(field in asked.shape))
    })
    expect(wrong).toEqual([])
  })

  test('the log names no secret', () => {
    const logged = operationNames.flatMap(name => operations[name].logged ?? [])
    expect(logged.filter(field => /password|octets|secret|token/.test(field))).toEqual([])
  })

  test('admin may everything, every other scope only its own', () => {
    for (const given of scopes)
      for (const needed of scopes) expect(allows([given], needed)).toBe(given === needed || given === 'admin')
  })
})
