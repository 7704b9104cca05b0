/** Requests to the API of a relay: what is waited for, and what is not believed. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { ServerConnection } from '../../../src/cli/desk/server-connection.ts'
import { requestOf } from '../../../src/cli/desk/server-desk.ts'
import { apiClient } from '../../../src/limits-api.ts'
import { operations } from '../../../src/operator/operations.ts'
import { OperationFailed } from '../../../src/operator/problems.ts'

/** A server that answers with these, one after the other; the last one again and again. */
async function answering(
  ...answers: readonly { status: number; headers?: Record<string, string>; body?: string }[]
) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization}`)
    const answer = answers[Math.min(asked.length, answers.length) - 1]
    response.writeHead(answer?.status ?? 500, answer?.headers)
    response.end(answer?.body ?? '')
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await new Promise(resolve => server.once('listening', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { asked, connection: await ServerConnection.to(url, 'the-token', undefined) }
}

const request = { method: 'GET', path: '/api/v1/status' }

test('a relay that asks to come again is asked again, and not for ever', async () => {
  const soon = { status: 429, headers: { 'Retry-After': '0' } }
  const once = await answering(soon, { status: 200, body: '{}' })
  expect((await once.connection.ask(request)).status).toBe(200)
  expect(once.asked).toEqual(Array(2).fill('GET /api/v1/status Bearer the-token'))
  const always = await answering(soon)
  expect((await always.connection.ask(request)).status).toBe(429)
  expect(always.asked).toHaveLength(apiClient.waits + 1)
  const late = await answering({ status: 429, headers: { 'Retry-After': '900' } })
  expect((await late.connection.ask(request)).retryAfterSeconds).toBe(900)
  expect(late.asked).toHaveLength(1)
})

test('a redirection is not followed: the token goes to nobody else', async () => {
  const { asked, connection } = await answering({ status: 302, headers: { Location: '/elsewhere' } })
  expect((await connection.ask(request)).status).toBe(302)
  expect(asked).toHaveLength(1)
})

test('an answer without end is cut off, and so is a line without end', async () => {
  const piece = Buffer.alloc(1024 * 1024, 'x')
  const server = createServer((_, response) => {
    const more = () => {
      if (!response.destroyed) response.write(piece, more)
    }
    more()
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await new Promise(resolve => server.once('listening', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const connection = await ServerConnection.to(url, 'the-token', undefined)
  await expect(connection.ask(request)).rejects.toEqual(
    new OperationFailed(
      `${url} cannot be asked: the answer is larger than ${apiClient.maxAnswerBytes} octets`,
    ),
  )
  await expect(connection.lines(request).next()).rejects.toEqual(
    new OperationFailed(`a line is longer than ${apiClient.maxAnswerBytes} characters`),
  )
})

test('fields stand in the path, the query or the body, and none of them leaves its place', () => {
  const { showSubscriber, removeAlias, changeQueue, importSubscribers } = operations
  expect(requestOf(showSubscriber, { list: 'a/../b?c@d.example', subscriber: 'x#y@z.example' })).toEqual({
    method: 'GET',
    path: '/api/v1/lists/a%2F..%2Fb%3Fc%40d.example/subscribers/x%23y%40z.example',
  })
  expect(
    requestOf(removeAlias, { alias: 'a@b.example', target: ['c@d.example', 'e&f@g.example'] }).path,
  ).toBe('/api/v1/aliases/a%40b.example?target=c%40d.example&target=e%26f%40g.example')
  expect(requestOf(changeQueue, { action: 'hold', all: true })).toEqual({
    method: 'POST',
    path: '/api/v1/queue',
    mediaType: 'application/json',
    body: Buffer.from('{"action":"hold","all":true}'),
  })
  const octets = Buffer.from('a@b.example')
  expect(requestOf(importSubscribers, { list: 'l@d.example', skipBad: true, octets })).toEqual({
    method: 'POST',
    path: '/api/v1/lists/l%40d.example/import?skipBad=true',
    mediaType: 'application/octet-stream',
    body: octets,
  })
})
