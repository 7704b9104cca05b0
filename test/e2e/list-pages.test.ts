/** Links in mail, over real sockets: one-click unsubscribe (RFC 8058), confirmation, and what nobody may do with them. */
import { request } from 'node:http'
import { describe, expect, test } from 'vitest'
import {
  fieldOf,
  httpConfig,
  listRelay,
  sendCommand,
  subscribeAddresses,
  subscribersOf,
  tokenOf,
} from '../support/list.ts'
import { RawClient } from '../support/raw-client.ts'
import { plainMessage, send } from '../support/send.ts'
import { stage } from '../support/stage.ts'
import type { TestRelay } from '../support/test-relay.ts'
import { verifyReceived } from '../support/verify.ts'

const day = 86_400_000
const oneClick = 'List-Unsubscribe=One-Click'

/** A relay with pages and two subscribers, a and b. */
async function pages(settings = {}): Promise<{ relay: TestRelay; on: Awaited<ReturnType<typeof stage>> }> {
  const on = await stage()
  const relay = await listRelay(on, settings, httpConfig)
  subscribeAddresses(relay, ['a@origin.example', 'b@origin.example'])
  return { relay, on }
}

function url(relay: TestRelay, path: string): string {
  return `http://127.0.0.1:${relay.relay.http?.port}${path}`
}

function post(
  relay: TestRelay,
  path: string,
  body: string | FormData | null = oneClick,
  type?: string,
): Promise<Response> {
  const headers = { 'Content-Type': type ?? 'application/x-www-form-urlencoded' }
  return fetch(url(relay, path), { method: 'POST', body, ...(body instanceof FormData ? {} : { headers }) })
}

const subscribed = (relay: TestRelay) => subscribersOf(relay).map(one => one.address)
const both = ['a@origin.example', 'b@origin.example']

describe('the link in a post that ends the subscription (RFC 8058)', () => {
  test.each(['', '/lists'])(
    'ends it with one POST and asks nothing; the proxy may hand on %s',
    async prefix => {
      const { relay } = await pages()
      const answer = await post(relay, `${prefix}/unsubscribe/${tokenOf(relay)}`)
      expect(answer.status).toBe(200)
      expect(await answer.text()).toContain('You have left Garden news')
      expect(subscribed(relay)).toEqual(['b@origin.example'])
    },
  )

  test('takes the field as multipart/form-data as well', async () => {
    const { relay } = await pages()
    const form = new FormData()
    form.set('List-Unsubscribe', 'One-Click')
    expect((await post(relay, `/unsubscribe/${tokenOf(relay)}`, form)).status).toBe(200)
    expect(subscribed(relay)).toEqual(['b@origin.example'])
  })

  test.each(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])(
    '%s changes nothing: scanners open links',
    async method => {
      const { relay } = await pages()
      const answer = await fetch(url(relay, `/unsubscribe/${tokenOf(relay)}`), { method })
      expect(answer.status).toBe(['GET', 'HEAD'].includes(method) ? 200 : 405)
      expect(subscribed(relay)).toEqual(both)
    },
  )

  test('opened by a person it is a page with a button that sends the same, and shows no whole address', async () => {
    const { relay } = await pages()
    const text = await (await fetch(url(relay, `/unsubscribe/${tokenOf(relay)}`))).text()
    expect(text).toContain('<form method="post">')
    expect(text).toContain('<input type="hidden" name="List-Unsubscribe" value="One-Click">')
    expect(text).not.toMatch(/<script|href="http|src=/)
    expect(text).not.toContain('a@origin.example')
  })

  test.each([
    ['without a body', null, undefined],
    ['with another field', 'unsubscribe=yes', undefined],
    ['with another value', 'List-Unsubscribe=Two-Clicks', undefined],
    ['in another form', '{"List-Unsubscribe":"One-Click"}', 'application/json'],
    ['as multipart that is none', '--x\r\nnonsense', 'multipart/form-data; boundary=y'],
    ['as multipart without a boundary', oneClick, 'multipart/form-data'],
  ])('a POST %s changes nothing', async (_, body, type) => {
    const { relay } = await pages()
    expect((await post(relay, `/unsubscribe/${tokenOf(relay)}`, body, type)).status).toBe(400)
    expect(subscribed(relay)).toEqual(both)
  })

  test('tokens that are forged, altered, of another purpose, list or person end no subscription', async () => {
    const { relay } = await pages()
    const good = tokenOf(relay)
    const bad = [
      `${good.slice(0, 8)}${good[8] === '0' ? '1' : '0'}${good.slice(9)}`,
      `${good.slice(0, -1)}2`,
      tokenOf(relay, { kind: 'confirm' }),
      tokenOf(relay, { kind: 'approve' }),
      tokenOf(relay, { id: 2 }),
      tokenOf(relay, { id: 3 }),
      tokenOf(relay, {}, ['other@lists.example', 'a@origin.example']),
      tokenOf(relay, {}, ['news@lists.example', 'b@origin.example']),
      'u',
      '..%2F..%2Fetc%2Fpasswd',
      '%00',
      "'%20OR%201=1",
    ]
    const texts = new Set<string>()
    for (const token of bad) {
      const answer = await post(relay, `/unsubscribe/${token}`)
      expect(answer.status).toBe(404)
      texts.add(await answer.text())
    }
    expect(texts.size).toBe(1)
    expect(subscribed(relay)).toEqual(both)
  })

  test('a link that is too old says so and changes nothing', async () => {
    const { relay } = await pages()
    const token = tokenOf(relay, { expiresAtMilliseconds: Date.now() - 2 * day })
    expect((await post(relay, `/unsubscribe/${token}`)).status).toBe(410)
    expect(subscribed(relay)).toEqual(both)
  })

  test('used twice it answers the same and has nothing left to do, also for who has subscribed again since', async () => {
    const { relay } = await pages()
    const token = tokenOf(relay)
    expect((await post(relay, `/unsubscribe/${token}`)).status).toBe(200)
    expect((await post(relay, `/unsubscribe/${token}`)).status).toBe(200)
    expect((await fetch(url(relay, `/unsubscribe/${token}`))).status).toBe(404)
    subscribeAddresses(relay, ['a@origin.example'])
    expect((await post(relay, `/unsubscribe/${token}`)).status).toBe(200)
    // Numbers that were never given out lead nowhere.
    expect((await post(relay, `/unsubscribe/${tokenOf(relay, { id: 99 })}`)).status).toBe(404)
    expect(subscribed(relay)).toEqual(['b@origin.example', 'a@origin.example'])
  })

  test('twenty presses at once end one subscription', async () => {
    const { relay } = await pages()
    const token = tokenOf(relay)
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(relay, `/unsubscribe/${token}`)))
    expect(answers.map(answer => answer.status)).toEqual(answers.map(() => 200))
    const ended = ({ text }: { text: string }) => text === 'unsubscribed by the link in a post'
    expect(relay.log.lines.filter(ended)).toHaveLength(1)
    expect(subscribed(relay)).toEqual(['b@origin.example'])
  })
})

describe('the links in the copies of a post', () => {
  test('are signed with it, differ for every reader, and end the subscription of that reader alone', async () => {
    const { relay, on } = await pages()
    const envelope = { from: 'a@origin.example', to: ['news@lists.example'] }
    const octets = await on.origin.sign(plainMessage(), envelope)
    expect((await send(relay.port, { ...envelope, octets })).data).toMatch(/^250 /)
    const copies = await on.sink.received(2)
    const links = copies.map(copy => /<(https:[^>]+)>/.exec(fieldOf(copy, 'List-Unsubscribe'))?.[1] ?? '')
    expect(new Set(links).size).toBe(2)
    for (const copy of copies) {
      expect(fieldOf(copy, 'List-Unsubscribe-Post')).toBe('List-Unsubscribe=One-Click')
      expect(await verifyReceived(copy, on.zone)).toMatchObject({ state: 'pass' })
    }
    const ofB = links[copies.findIndex(copy => copy.forwardPaths[0] === 'b@origin.example')] ?? ''
    expect((await post(relay, new URL(ofB).pathname)).status).toBe(200)
    expect(subscribed(relay)).toEqual(['a@origin.example'])
  })
})

describe('the link in a confirmation', () => {
  test('is a page with a button; pressing it subscribes, and a second time does nothing', async () => {
    const on = await stage()
    const relay = await listRelay(on, {}, httpConfig)
    await sendCommand(on, relay, { to: 'news-subscribe@lists.example' })
    const [confirmation] = await on.sink.received(1)
    const body = confirmation?.octets.toString('latin1').replace(/=\r\n/g, '') ?? ''
    const path = /https:\/\/www\.lists\.example(\/lists\/confirm\/\S+)/.exec(body)?.[1] ?? ''
    const question = await fetch(url(relay, path))
    expect(await question.text()).toContain('Subscribe to Garden news?')
    expect(subscribed(relay)).toEqual([])
    expect(await (await post(relay, path)).text()).toContain('Welcome to Garden news')
    expect(subscribed(relay)).toEqual(['a@origin.example'])
    const [, welcome] = await on.sink.received(2)
    expect(fieldOf(welcome, 'Subject')).toBe('Welcome to Garden news')
    expect((await post(relay, path)).status).toBe(404)
    expect((await sendCommand(on, relay, { to: fieldOf(confirmation, 'Reply-To') })).data).toMatch(/^550 /)
  })
})

describe('every answer', () => {
  test('tells browsers to run, fetch, frame, keep and pass on nothing', async () => {
    const { relay } = await pages()
    for (const path of [`/unsubscribe/${tokenOf(relay)}`, '/unsubscribe/x', '/', '/health', '/robots.txt']) {
      const { headers } = await fetch(url(relay, path))
      expect(headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'$/,
      )
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('x-content-type-options')).toBe('nosniff')
    }
  })

  test('shows the title of a list as text, whatever it holds', async () => {
    const title = `<script>alert(1)</script>" onload="x" & \u202ehidden`
    const { relay } = await pages({ title })
    const answer = await fetch(url(relay, `/unsubscribe/${tokenOf(relay)}`))
    const text = await answer.text()
    expect(text).not.toMatch(/<script|onload="x"|\u202e/)
    expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
  })

  test('to what is too large or too slow comes soon and is short', async () => {
    const { relay } = await pages()
    const path = `/unsubscribe/${tokenOf(relay)}`
    expect((await post(relay, path, `${oneClick}&x=${'x'.repeat(10_000)}`)).status).toBe(413)
    const endless = RawClient.connect({ port: relay.relay.http?.port ?? 0 })
    const client = await endless
    await client.write(`GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(40_000)}`)
    expect(await client.line()).toMatch(/^HTTP\/1\.1 431 /)
    await client.closed
    expect(subscribed(relay)).toEqual(both)
  })

  test('a body that never ends is cut off at its bound', async () => {
    const { relay } = await pages()
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const out = request(url(relay, `/unsubscribe/${tokenOf(relay)}`), { method: 'POST' })
      out.on('response', answer => resolve(answer.statusCode))
      out.on('error', reject)
      out.setHeader('Content-Type', 'application/x-www-form-urlencoded')
      out.write(oneClick)
      out.write('x'.repeat(8_192))
    })
    expect(status).toBe(413)
    expect(subscribed(relay)).toEqual(both)
  })

  test('no token stands in the log', async () => {
    const { relay } = await pages()
    const token = tokenOf(relay)
    await post(relay, `/unsubscribe/${token}`)
    expect(JSON.stringify(relay.log.lines)).not.toContain(token)
  })
})

describe('the listener', () => {
  test('is not there unless it is configured', async () => {
    const relay = await listRelay(await stage())
    expect(relay.relay.http).toBeNull()
  })

  test('tells whether the relay works', async () => {
    const { relay } = await pages()
    const answer = await fetch(url(relay, '/health'))
    expect([answer.status, await answer.json()]).toEqual([200, { status: 'ok' }])
  })

  test('ends with the relay, and with it connections that are kept open', async () => {
    const { relay } = await pages()
    const client = await RawClient.connect({ port: relay.relay.http?.port ?? 0 })
    await client.write('GET /health HTTP/1.1\r\nHost: x\r\n\r\n')
    expect(await client.line()).toMatch(/^HTTP\/1\.1 200 /)
    await relay.stop()
    await client.closed
    await expect(fetch(url(relay, '/health'))).rejects.toThrow()
  })
})
