/** Commands that read page after page: a relay whose pages come to no end does not keep a person waiting for ever. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { newSecret, tokenText } from '../../../src/accounts/api-token.ts'
import { pagesOf } from '../../../src/cli/desk/pages.ts'
import { apiClient } from '../../../src/limits-api.ts'
import { maxPage } from '../../../src/operator/fields.ts'
import { OperationFailed } from '../../../src/operator/problems.ts'
import { relay } from './command-line.ts'

/** Runs a command against a server that answers with this, again and again. */
async function against(answer: object, args: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'pages-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const tokenFile = join(folder, 'token')
  const secret = newSecret(octets => Buffer.alloc(octets, 1))
  writeFileSync(tokenFile, tokenText({ id: 1, secret }), { mode: 0o600 })
  let requests = 0
  const server = createServer((_, response) => {
    requests++
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(answer))
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await new Promise(resolve => server.once('listening', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { status, notes } = await relay([...args, '--server', url, '--token-file', tokenFile])
  return { status, notes, requests }
}

test.each([
  ['hops list', { messages: [] }],
  ['queue list', { held: [], deliveries: [] }],
  ['aliases list', { aliases: [], total: 9 }],
  ['aliases export', { aliases: [] }],
  ['lists list', { lists: [] }],
  ['lists held', { posts: [] }],
  ['lists export news@lists.example', { subscribers: [] }],
  ['users list', { accounts: [] }],
])('%s does not follow empty pages that lead to more', async (command, page) => {
  expect(await against({ ...page, next: '1' }, command.split(' '))).toEqual({
    status: 1,
    notes: expect.stringContaining('comes to no end: an empty page says that there are more'),
    requests: 1,
  })
})

test('a page that leads back to itself is read once more, and no further', async () => {
  const aliases = [{ localPart: 'ann', domain: 'alias.example', targets: 'ann@destination.example' }]
  expect(await against({ aliases, next: '1' }, ['aliases', 'export'])).toEqual({
    status: 1,
    notes: expect.stringContaining('comes to no end: a page leads back to one before it'),
    requests: 2,
  })
})

interface NumberPage {
  readonly numbers: readonly number[]
  readonly next: string | null
}

/** Reads everything that `next` leads to; each page has one number. */
async function read(next: (asked: number) => string | null, most?: number) {
  const asked: [number, string | undefined][] = []
  const pages = pagesOf<NumberPage>({
    ask: async (limit, after) => {
      asked.push([limit, after])
      return { numbers: [asked.length], next: next(asked.length) }
    },
    entries: page => page.numbers,
    ...(most !== undefined && { most }),
  })
  const found: number[] = []
  let problem: unknown
  try {
    for await (const { numbers } of pages) found.push(...numbers)
  } catch (error) {
    problem = error
  }
  return { asked, found, problem }
}

test('pages are read until one is the last', async () => {
  expect(await read(asked => (asked < 3 ? `after ${asked}` : null))).toEqual({
    asked: [
      [maxPage, undefined],
      [maxPage, 'after 1'],
      [maxPage, 'after 2'],
    ],
    found: [1, 2, 3],
    problem: undefined,
  })
})

test('pages are read until there are enough, and no more is asked for than that', async () => {
  expect(await read(String, 2)).toEqual({
    asked: [
      [2, undefined],
      [1, '1'],
    ],
    found: [1, 2],
    problem: undefined,
  })
})

test('pages that lead round in a circle are left', async () => {
  const { found, problem } = await read(asked => `after ${asked % 3}`)
  expect(found).toEqual([1, 2, 3, 4])
  expect(problem).toEqual(
    new OperationFailed('what the relay answers comes to no end: a page leads back to one before it'),
  )
})

test('a relay that always has one more page is left after so many', async () => {
  const { asked, problem } = await read(String)
  expect(asked).toHaveLength(apiClient.pages + 1)
  expect(problem).toEqual(
    new OperationFailed(
      `what the relay answers comes to no end: there are more than ${apiClient.pages} pages`,
    ),
  )
})
