/** What rspamd is asked and what its answer means, with a server that plays it; the real one is in e2e/content-filter.test.ts. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { FilterQuestion } from '../../../src/filter/content-filter.ts'
import { readRspamdAnswer, rspamd } from '../../../src/filter/rspamd.ts'

interface Asked {
  readonly url: string | undefined
  readonly headers: readonly string[]
  readonly body: string
}

const question: FilterQuestion = {
  queueId: 'Q1',
  chunks: [Buffer.from('X: 1\r\n'), Buffer.from('\r\nbody\r\n')],
  peer: {
    address: '192.0.2.7',
    port: 1,
    helo: 'client.example',
    protocol: 'ESMTPS',
    tls: { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384' },
  },
  envelope: {
    reversePath: 'ä@origin.example',
    forwardPaths: ['one@alias.example', 'two@alias.example', 'x@alias.example'],
  },
  results: 'relay.example; dkim2=pass',
}

async function played(answer: (response: ServerResponse) => void) {
  const asked: Asked[] = []
  const server = createServer(async (request: IncomingMessage, response) => {
    const pieces: Buffer[] = []
    for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece)
    asked.push({ url: request.url, headers: request.rawHeaders, body: Buffer.concat(pieces).toString() })
    answer(response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const filter = rspamd({ url, maxAnswerOctets: 1_000, maxRecipients: 2 })
  return { asked, ask: (ends = new AbortController().signal) => filter(question, ends) }
}

test('the message, the client, the envelope and the results are handed along', async () => {
  const { asked, ask } = await played(response => response.end('{"action":"no action","score":0.5}'))
  expect(await ask()).toEqual({ action: 'accept', word: 'no action', score: 0.5, symbols: [] })
  const [one] = asked
  expect(one).toMatchObject({ url: '/checkv2', body: 'X: 1\r\n\r\nbody\r\n' })
  const headers = Array.from({ length: (one?.headers.length ?? 0) / 2 }, (_, at) =>
    one?.headers.slice(2 * at, 2 * at + 2).join(': '),
  )
  expect(headers).toEqual(
    expect.arrayContaining([
      'IP: 192.0.2.7',
      'Helo: client.example',
      'TLS-Version: TLSv1.3',
      `From: ${Buffer.from('ä@origin.example').toString('latin1')}`,
      'Rcpt: one@alias.example',
      'Rcpt: two@alias.example',
      'Queue-Id: Q1',
      'Authentication-Results: relay.example; dkim2=pass',
      'Content-Length: 14',
    ]),
  )
  expect(headers.filter(header => header?.startsWith('Rcpt'))).toHaveLength(2)
})

describe('there is no verdict, and the filter rejects, where', () => {
  test.each([
    [
      'the status is not 200',
      (response: ServerResponse) => response.writeHead(503).end('{"action":"reject"}'),
    ],
    ['the answer is no JSON', (response: ServerResponse) => response.end('<html>')],
    ['the answer is JSON of something else', (response: ServerResponse) => response.end('[null]')],
    ['the action is not known', (response: ServerResponse) => response.end('{"action":"dance"}')],
    ['the answer has no end', (response: ServerResponse) => response.write(Buffer.alloc(2_000, 32))],
    ['the connection breaks', (response: ServerResponse) => response.destroy()],
    [
      'the answer is cut off',
      (response: ServerResponse) => {
        response.writeHead(200, { 'Content-Length': 100 }).write('{"action"')
        setImmediate(() => response.destroy())
      },
    ],
  ])('%s', async (_what, answer) => {
    const { ask } = await played(response => void answer(response))
    await expect(ask()).rejects.toThrow()
  })

  test('nobody listens', async () => {
    const filter = rspamd({ url: 'http://127.0.0.1:1', maxAnswerOctets: 1_000, maxRecipients: 2 })
    await expect(filter(question, new AbortController().signal)).rejects.toThrow(/ECONNREFUSED/)
  })

  test.each([
    ['before it answers', () => undefined],
    ['within its answer', (response: ServerResponse) => void response.write('{')],
  ])('its time is over %s', async (_when, answer) => {
    const ends = new AbortController()
    const { ask } = await played(response => {
      answer(response)
      setImmediate(() => ends.abort())
    })
    await expect(ask(ends.signal)).rejects.toThrow()
  })
})

test.each([
  ['no action', 'accept'],
  ['greylist', 'accept'],
  ['add header', 'mark'],
  ['rewrite subject', 'mark'],
  ['quarantine', 'mark'],
  ['soft reject', 'defer'],
  ['reject', 'refuse'],
  ['discard', 'refuse'],
])('its action %s is %s', (word, action) => {
  const text = JSON.stringify({
    action: word,
    score: 7,
    required_score: 15,
    symbols: { SMALL: { score: -0.1 }, BIG: { score: -5 }, 'no name': { score: 9 }, NONE: {} },
    messages: { smtp_message: 'Gtube pattern' },
  })
  expect(readRspamdAnswer(text)).toEqual({
    action,
    word,
    text: 'Gtube pattern',
    score: 7,
    requiredScore: 15,
    symbols: ['BIG', 'SMALL', 'NONE'],
  })
})
