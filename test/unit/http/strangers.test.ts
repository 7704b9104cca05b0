/** Whatever a stranger sends to the HTTP listener is answered with the status that fits, and is no error of ours in the log. */
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pagesApp } from '../../../src/http/app.ts'
import type { HttpListener } from '../../../src/http/listener.ts'
import { openHttpListener } from '../../../src/http/listener.ts'
import { RecordingLog } from '../../support/recording-log.ts'

const log = new RecordingLog()
const desk = {
  look: async () => ({ kind: 'gone' }) as const,
  act: async (token: string) => {
    if (token === 'broken') throw new Error('the store has failed')
    return { kind: 'gone' } as const
  },
}
const gone = async () => ({ kind: 'gone' }) as const
const subscribers = { look: gone, carryOut: gone, lookAtChange: gone, confirmChange: gone }
let listener: HttpListener

beforeAll(async () => {
  const links = { unsubscribe: desk, confirm: desk, subscribers }
  const world = { log, prefix: '', ...links, healthProblem: async () => undefined }
  listener = await openHttpListener({ name: 'http', address: '127.0.0.1', port: 0 }, pagesApp(world))
})

afterAll(() => listener.close(0))

/** The status of the answer; 0 where the connection is closed without one. */
async function statusOf(request: string): Promise<number> {
  const socket = connect(listener.port, '127.0.0.1')
  const got: Buffer[] = []
  socket.on('data', piece => got.push(piece))
  socket.on('error', () => {})
  socket.end(request, 'latin1')
  // Not `once`: that rejects where the connection is reset, after an answer or without one.
  await new Promise<void>(resolve => socket.once('close', () => resolve()))
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(Buffer.concat(got).toString('latin1'))?.[1] ?? 0)
}

const common = 'Host: relay.example\r\nConnection: close\r\n'
const field = 'List-Unsubscribe=One-Click'
const form = `Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ${field.length}\r\n\r\n${field}`
const chunked = 'Transfer-Encoding: chunked\r\n\r\n'
const multipart = 'Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 3\r\n\r\nabc'

test.each<[what: string, line: string, rest: string, status: number]>([
  ['a page that there is not', 'GET /nope', '\r\n', 404],
  ['health', 'GET /health', '\r\n', 200],
  ['health by HEAD', 'HEAD /health', '\r\n', 200],
  ['a link by HEAD', 'HEAD /unsubscribe/none', '\r\n', 404],
  ['a link that is none, with the field', 'POST /unsubscribe/none', form, 404],
  ['a POST of no octets', 'POST /nope', 'Content-Length: 0\r\n\r\n', 404],
  ['a POST without a body', 'POST /nope', '\r\n', 404],
  ['a POST without a body to a link', 'POST /unsubscribe/none', '\r\n', 400],
  ['a POST without a body to a confirmation', 'POST /confirm/none', '\r\n', 400],
  ['a POST without a body to health', 'POST /health', '\r\n', 404],
  ['a PUT to a page that there is not', 'PUT /nope', '\r\n', 404],
  ['a PUT to a link', 'PUT /unsubscribe/none', 'Content-Length: 3\r\n\r\nabc', 405],
  ['a DELETE of a link', 'DELETE /confirm/none', '\r\n', 405],
  ['a method that there is not', 'BREW /nope', '\r\n', 400],
  ['chunks to a page that there is not', 'POST /nope', `${chunked}3\r\nabc\r\n0\r\n\r\n`, 404],
  ['chunks without the field', 'POST /unsubscribe/none', `${chunked}3\r\nabc\r\n0\r\n\r\n`, 400],
  ['a chunk without a size', 'POST /unsubscribe/none', `${chunked}zz\r\nabc`, 400],
  ['chunks that end in the middle', 'POST /unsubscribe/none', `${chunked}9\r\nabc`, 400],
  ['another transfer coding', 'POST /unsubscribe/none', 'Transfer-Encoding: gzip\r\n\r\nabc', 400],
  ['two lengths', 'POST /nope', 'Content-Length: 5\r\nContent-Length: 6\r\n\r\nabc', 400],
  ['a length and chunks', 'POST /nope', `Content-Length: 4\r\n${chunked}0\r\n\r\n`, 400],
  ['a length below nothing', 'POST /nope', 'Content-Length: -5\r\n\r\n', 400],
  ['a length beyond the limit', 'POST /nope', 'Content-Length: 999999\r\n\r\nabc', 413],
  [
    'chunks beyond the limit',
    'POST /unsubscribe/none',
    `${chunked}3000\r\n${'a'.repeat(0x3000)}\r\n0\r\n\r\n`,
    413,
  ],
  ['multipart without a boundary', 'POST /unsubscribe/none', multipart.replace('; boundary=x', ''), 400],
  ['multipart without a part', 'POST /unsubscribe/none', multipart, 400],
  [
    'a form in bad percent-encoding',
    'POST /unsubscribe/none',
    form.replace(field, '%zz%E0%A4%A='.padEnd(field.length)),
    400,
  ],
  ['a path in bad percent-encoding', 'GET /unsubscribe/%E0%A4%A', '\r\n', 404],
  ['the same by POST', 'POST /unsubscribe/%zz', form, 404],
  ['a path beyond the limit', `GET /${'a'.repeat(20_000)}`, '\r\n', 431],
  ['a path that climbs', 'GET //..//%2e%2e/', '\r\n', 404],
])('%s', async (_what, line, rest, status) => {
  expect(await statusOf(`${line} HTTP/1.1\r\n${common}${rest}`)).toBe(status)
  expect(log.lines.filter(({ level }) => level === 'error' || level === 'warn')).toEqual([])
})

test.each([
  ['no Host', 'GET /nope HTTP/1.1\r\nConnection: close\r\n\r\n'],
  ['a Host that is none', 'GET /nope HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n'],
  ['a Host that never ends', 'GET /nope HTTP/1.1\r\nHost: [::1\r\nConnection: close\r\n\r\n'],
  ['an absolute target that is none', `GET http://[::1/nope HTTP/1.1\r\n${common}\r\n`],
  ['octets that are no request', '\x00\x01\x02\r\n\r\n'],
])('%s is 400 and no error', async (_what, request) => {
  expect(await statusOf(request)).toBe(400)
  expect(log.lines.filter(({ level }) => level === 'error' || level === 'warn')).toEqual([])
})

test('a fault of our own is 503, and an error in the log', async () => {
  expect(await statusOf(`POST /unsubscribe/broken HTTP/1.1\r\n${common}${form}`)).toBe(503)
  expect(log.lines.filter(({ level }) => level === 'error')).toHaveLength(1)
})
