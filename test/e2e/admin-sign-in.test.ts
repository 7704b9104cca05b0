/** Who gets in to the pages of the operator, who may change something, and what other sites can do: over real sockets. */
import { describe, expect, test } from 'vitest'
import { preparedPassword, scryptVerifier } from '../../src/accounts/password.ts'
import { adminSignIn } from '../../src/limits.ts'
import type { AdminRole } from '../../src/store/admin-store.ts'
import { openWriter } from '../support/database-beside.ts'
import { plainMessage, send } from '../support/send.ts'
import { relayOn, stage } from '../support/stage.ts'
import type { TestRelay } from '../support/test-relay.ts'

const password = 'correct horse battery'

/** A relay with one waiting delivery and an admin. */
async function relayWithAdmin(role: AdminRole, settings = {}): Promise<TestRelay> {
  const relay = await relayOn(await stage(), {
    admin: { port: 0, ...settings },
    domains: { 'alias.example': { aliases: { team: ['one@dead.example'] } } },
    routes: { 'dead.example': { host: '127.0.0.1', port: 1, tls: 'none' } },
  })
  await send(relay.port, { from: 'a@origin.example', to: ['team@alias.example'], octets: plainMessage() })
  await relay.log.until(line => line.text.includes('rests'))
  const scrypt = await scryptVerifier(preparedPassword(password) ?? '', Buffer.alloc(16, 7), {
    cost: 1024,
    blockSize: 8,
    parallelization: 1,
  })
  const writer = openWriter(relay.database)
  writer.createAdmin({ name: 'ann', nameKey: 'ann', role, credentials: { scrypt }, createdAt: 1 })
  writer.close()
  return relay
}

function ask(relay: TestRelay, path: string, form?: Record<string, string>, headers = {}): Promise<Response> {
  const body = form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }
  return fetch(`http://127.0.0.1:${relay.relay.admin?.port}${path}`, { redirect: 'manual', headers, ...body })
}

async function signIn(relay: TestRelay): Promise<{ cookie: string; csrf: string; setCookie: string }> {
  const answer = await ask(relay, '/login', { name: 'Ann', password })
  const setCookie = answer.headers.get('Set-Cookie') ?? ''
  const cookie = setCookie.split(';')[0] ?? ''
  const page = await (await ask(relay, '/queue', undefined, { cookie })).text()
  return { cookie, setCookie, csrf: /name="csrf" value="([^"]+)"/.exec(page)?.[1] ?? '' }
}

const hold = { destination: 'dead.example', action: 'hold' }

async function held(relay: TestRelay): Promise<number> {
  return (await relay.relay.status()).queue.held
}

describe('signing in', () => {
  test.each(['/', '/queue', '/lists', '/domains', '/tools', '/messages/X'])(
    '%s is shown to nobody else',
    async path => {
      const relay = await relayWithAdmin('operator')
      const answer = await ask(relay, path)
      expect([answer.status, answer.headers.get('Location')]).toEqual([303, '/login'])
    },
  )

  test('gives a cookie that no script reads and no other site sends', async () => {
    const relay = await relayWithAdmin('operator')
    const { setCookie } = await signIn(relay)
    expect(setCookie).toMatch(/HttpOnly/)
    expect(setCookie).toMatch(/SameSite=Strict/)
  })

  test('a wrong password and a name that nobody has get the same answer', async () => {
    const relay = await relayWithAdmin('operator')
    const [wrong, nobody] = await Promise.all(
      ['ann', 'bob'].map(name => ask(relay, '/login', { name, password: 'wrong' })),
    )
    expect([wrong?.status, nobody?.status]).toEqual([401, 401])
    expect(await wrong?.text()).toBe(await nobody?.text())
  })

  test('too many wrong passwords lock even the right one out', async () => {
    const relay = await relayWithAdmin('operator')
    for (let guess = 0; guess < adminSignIn.perNetwork; guess++)
      expect((await ask(relay, '/login', { name: 'ann', password: `wrong ${guess}` })).status).toBe(401)
    const answer = await ask(relay, '/login', { name: 'ann', password })
    expect(answer.status).toBe(429)
    expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThan(0)
  })

  test('ends with signing out, and with another role', async () => {
    const relay = await relayWithAdmin('operator')
    const first = await signIn(relay)
    await ask(relay, '/logout', { csrf: first.csrf }, { cookie: first.cookie })
    expect((await ask(relay, '/queue', undefined, { cookie: first.cookie })).status).toBe(303)
    const second = await signIn(relay)
    const writer = openWriter(relay.database)
    writer.changeAdmin(1, { role: 'reader' }, Date.now())
    writer.close()
    expect((await ask(relay, '/queue', undefined, { cookie: second.cookie })).status).toBe(303)
  })
})

describe('a change', () => {
  test('is made for an operator with the form of the session', async () => {
    const relay = await relayWithAdmin('operator')
    const { cookie, csrf } = await signIn(relay)
    expect((await ask(relay, '/queue', { ...hold, csrf }, { cookie })).status).toBe(303)
    expect(await held(relay)).toBe(1)
  })

  test.each([
    ['without its token', {}, {}],
    ['with a token of nobody', { csrf: 'x'.repeat(43) }, {}],
    ['sent by another site', undefined, { 'Sec-Fetch-Site': 'cross-site' }],
  ])('is not made %s', async (_, form, headers) => {
    const relay = await relayWithAdmin('operator')
    const { cookie, csrf } = await signIn(relay)
    const answer = await ask(relay, '/queue', { ...hold, ...(form ?? { csrf }) }, { cookie, ...headers })
    expect(answer.status).toBe(403)
    expect(await held(relay)).toBe(0)
  })

  test('is not made for a reader', async () => {
    const relay = await relayWithAdmin('reader')
    const { cookie, csrf } = await signIn(relay)
    expect((await ask(relay, '/queue', { ...hold, csrf }, { cookie })).status).toBe(403)
    expect(await held(relay)).toBe(0)
  })
})

test('pages: false leaves metrics and probes alone', async () => {
  const relay = await relayWithAdmin('operator', { pages: false })
  expect((await ask(relay, '/login')).status).toBe(404)
  expect((await ask(relay, '/metrics')).status).toBe(200)
})
