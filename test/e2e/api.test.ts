/** The API of the admin listener over real sockets: who may do what, what comes back, and what hostile requests get. */
import { connect } from 'node:net'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { beforeEach, describe, expect, test } from 'vitest'
import { apiDocument } from '../../src/http/api/api-document.ts'
import { apiServer } from '../../src/limits-api.ts'
import type { OperationName } from '../../src/operator/operations.ts'
import { operationNames, operations } from '../../src/operator/operations.ts'
import type { Scope } from '../../src/operator/scopes.ts'
import { allows, scopes } from '../../src/operator/scopes.ts'
import type { ApiAnswer } from '../support/api.ts'
import { askApi, makeToken } from '../support/api.ts'
import { openReader, openWriter } from '../support/database-beside.ts'
import { plainMessage, send } from '../support/send.ts'
import { relayOn, stage } from '../support/stage.ts'
import type { TestRelay } from '../support/test-relay.ts'

interface Rig {
  readonly relay: TestRelay
  readonly queueId: string
  readonly port: number | undefined
  tokenOf(scope: Scope): string
  ask(method: string, path: string, more?: Parameters<typeof askApi>[3]): Promise<ApiAnswer>
}

let rig: Rig

/** A relay with one delivery that waits, a list, an account and a token for each scope. */
beforeEach(async () => {
  const relay = await relayOn(await stage(), {
    admin: { port: 0, api: true },
    domains: { 'alias.example': { aliases: { team: ['one@dead.example'] } }, 'lists.example': {} },
    routes: { 'dead.example': { host: '127.0.0.1', port: 1, tls: 'none' } },
  })
  const { queueId } = await send(relay.port, {
    from: 'a@origin.example',
    to: ['team@alias.example'],
    octets: plainMessage(),
  })
  await relay.log.until(line => line.text.includes('rests'))
  const tokens = new Map(scopes.map(scope => [scope, makeToken(relay.database, [scope])]))
  const port = relay.relay.admin?.port
  rig = {
    relay,
    queueId,
    port,
    tokenOf: scope => tokens.get(scope) ?? '',
    ask: (method, path, more) => askApi(port, method, path, { token: tokens.get('admin') ?? '', ...more }),
  }
})

/** One good request for each operation, in an order in which each finds what it needs. */
function requests({
  queueId,
}: Rig): Readonly<Record<OperationName, readonly [path: string, body?: unknown]>> {
  const message = plainMessage()
  return {
    listMessages: ['/messages?from=origin.example&limit=5'],
    showMessage: [`/messages/${queueId}`],
    showChanges: [`/messages/${queueId}/changes`],
    listQueue: ['/queue?destination=dead.example'],
    showQueued: [`/queue/${queueId}`],
    changeQueue: ['/queue', { action: 'hold', deliveries: [`${queueId}/0`] }],
    listAliases: ['/aliases?text=team'],
    importAliases: ['/aliases/import?dryRun=false', Buffer.from('more@alias.example x@far.example\n')],
    addAlias: ['/aliases', { alias: 'sales@alias.example', targets: ['a@far.example'] }],
    setAlias: ['/aliases/sales@alias.example', { targets: ['b@far.example', 'c@far.example'] }],
    exportAliases: ['/aliases/export'],
    showAlias: ['/aliases/SALES@alias.example'],
    resumeTargets: ['/aliases/targets/resume', { addresses: ['b@far.example'] }],
    removeAlias: ['/aliases/sales@alias.example?target=b@far.example'],
    createList: ['/lists', { address: 'news@lists.example', settings: { owners: ['o@far.example'] } }],
    lists: ['/lists'],
    showList: ['/lists/news@lists.example'],
    changeList: ['/lists/news@lists.example', { settings: { title: 'News' }, set: ['subjectTag=[news]'] }],
    changeSubscribers: [
      '/lists/news@lists.example/subscribers',
      { action: 'subscribe', addresses: ['p@far.example', 'q@far.example'] },
    ],
    importSubscribers: ['/lists/news@lists.example/import', Buffer.from('r@far.example\r\n')],
    listSubscribers: ['/lists/news@lists.example/subscribers?limit=1'],
    showSubscriber: ['/lists/news@lists.example/subscribers/p@far.example'],
    heldPosts: ['/held-posts?list=news@lists.example'],
    decidePosts: ['/held-posts', { action: 'approve', posts: [1] }],
    deleteList: ['/lists/news@lists.example'],
    checkAccount: ['/accounts/check', { name: 'ann@alias.example' }],
    createAccount: ['/accounts', { name: 'ann@alias.example', password: 'correct horse battery' }],
    listAccounts: ['/accounts'],
    changeAccount: ['/accounts/ann@alias.example', { dailyLimit: 5, clients: 'bind' }],
    changeClients: [
      '/accounts/ann@alias.example/clients',
      { action: 'allow', clients: ['0f1e2d3c4b5a6978'] },
    ],
    showAccount: ['/accounts/ann@alias.example'],
    changeAccounts: ['/accounts/states', { action: 'disable', names: ['ann@alias.example'] }],
    status: ['/status'],
    reload: ['/reload', {}],
    destinations: ['/destinations'],
    keys: ['/keys?domain=alias.example'],
    forget: ['/forget', { address: 'nobody@far.example' }],
    verify: [
      '/tools/verify?mailFrom=a@origin.example&rcptTo=team@alias.example&rcptTo=x@alias.example',
      message,
    ],
    explain: ['/tools/explain', message],
    preview: ['/tools/preview?mailFrom=a@origin.example&rcptTo=team@alias.example', message],
    undo: ['/tools/undo', message],
  }
}

describe('every operation', () => {
  test('is done with its scope and with admin, and with no other token', async () => {
    const wrong: string[] = []
    for (const [name, [path, body]] of Object.entries(requests(rig)) as [
      OperationName,
      [string, unknown],
    ][]) {
      const { method, scope } = operations[name]
      for (const given of scopes.filter(one => !allows([one], scope))) {
        const refused = await rig.ask(method.toUpperCase(), path, { token: rig.tokenOf(given), body })
        if (refused.status !== 403) wrong.push(`${name} with ${given}: ${refused.status}`)
        const field = refused.headers.get('WWW-Authenticate') ?? ''
        if (!field.includes(`error="insufficient_scope", scope="${scope}"`)) wrong.push(`${name}: ${field}`)
      }
      const asked = await askApi(rig.port, method.toUpperCase(), path, { body })
      if (asked.status !== 401) wrong.push(`${name} without a token: ${asked.status}`)
    }
    expect(wrong).toEqual([])
    expect(Object.keys(requests(rig)).toSorted()).toEqual([...operationNames].toSorted())
  })

  test('answers what the document says', async () => {
    const document = apiDocument('test') as Documented
    const ajv = new Ajv2020({ strict: false, validateFormats: false })
    ajv.addSchema(document, 'api')
    const answers = new Map<OperationName, unknown>()
    for (const [name, [path, body]] of Object.entries(requests(rig)) as [
      OperationName,
      [string, unknown],
    ][]) {
      const { method, path: template } = operations[name]
      const answer = await rig.ask(method.toUpperCase(), path, { body })
      // This relay is part of a test, which has its configuration; a message without a chain has no earlier version.
      const expected = name === 'reload' || name === 'undo' ? 409 : 200
      expect([name, answer.status, expected === 200 ? '' : answer.text]).toEqual([
        name,
        expected,
        expected === 200 ? '' : expect.any(String),
      ])
      const key = expected === 200 ? ['200', 'application~1json'] : ['default', 'application~1problem+json']
      const pointer = `api#/paths/${template.replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D')}/${method}/responses/${key[0]}/content/${key[1]}/schema`
      const isValid = ajv.validate({ $ref: pointer }, answer.json)
      expect([name, isValid, ajv.errors]).toEqual([name, true, null])
      answers.set(name, answer.json)
    }
    expect(answers.get('changeQueue')).toEqual({
      results: [{ selection: `${rig.queueId}/0`, deliveries: 1 }],
    })
    expect(answers.get('removeAlias')).toEqual({ alias: 'sales@alias.example', targets: ['c@far.example'] })
    expect(answers.get('deleteList')).toEqual({ address: 'news@lists.example', subscribers: 3 })
    expect(answers.get('keys')).toMatchObject({
      keys: [{ domain: 'alias.example', record: 'published' }, {}],
    })
    expect(answers.get('destinations')).toMatchObject({
      destinations: [{ destination: 'dead.example', state: 'held', health: { state: 'resting' } }],
    })
  })
})

interface Documented {
  readonly paths: object
}

describe('a token', () => {
  const good = () => rig.tokenOf('read')

  test('that is none gets a challenge that says why', async () => {
    const cases = [
      [undefined, '', 'expected Authorization'],
      ['Bearer secret', 'invalid_token', 'expected Bearer'],
      ['Basic YTpi', 'invalid_token', 'expected Bearer'],
      [`Bearer dkim2-relay-99-${'x'.repeat(43)}`, 'invalid_token', 'no such token'],
      [`Bearer dkim2-relay-1-${'x'.repeat(43)}`, 'invalid_token', 'no such token'],
    ] as const
    for (const [authorization, error, detail] of cases) {
      const headers = authorization === undefined ? {} : { Authorization: authorization }
      const answer = await askApi(rig.port, 'GET', '/status', { headers })
      expect(answer.status).toBe(401)
      expect(answer.headers.get('Content-Type')).toBe('application/problem+json')
      expect(answer.headers.get('WWW-Authenticate')).toMatch(/^Bearer realm="dkim2-relay"/)
      expect(answer.headers.get('WWW-Authenticate')).toContain(error)
      expect(answer.json).toMatchObject({
        status: 401,
        code: 'token',
        detail: expect.stringContaining(detail),
      })
    }
  })

  test('whose time is over is none', async () => {
    const old = makeToken(rig.relay.database, ['read'], { name: 'old', expiresAt: 5 })
    const answer = await rig.ask('GET', '/status', { token: old })
    expect(answer.headers.get('WWW-Authenticate')).toContain('the time of the token is over')
  })

  test('that was revoked is none from then on', async () => {
    expect((await rig.ask('GET', '/status', { token: good() })).status).toBe(200)
    const writer = openWriter(rig.relay.database)
    writer.deleteToken('read')
    writer.close()
    expect((await rig.ask('GET', '/status', { token: good() })).status).toBe(401)
  })

  test('is taken from the Authorization field alone: not from a cookie, and not from the query', async () => {
    const cookie = { headers: { Cookie: `dkim2-relay-session=${good()}` } }
    expect((await askApi(rig.port, 'GET', '/status', cookie)).status).toBe(401)
    expect((await askApi(rig.port, 'GET', `/status?access_token=${good()}`)).status).toBe(401)
  })

  test('of which many wrong ones came from a network is answered with a wait; a good one goes on', async () => {
    for (let guess = 0; guess < apiServer.guesses.perNetwork; guess++)
      expect((await rig.ask('GET', '/status', { token: `guess-${guess}` })).status).toBe(401)
    const answer = await rig.ask('GET', '/status', { token: 'guess' })
    expect(answer.status).toBe(429)
    expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThan(0)
    const logged = rig.relay.log.lines.filter(line => line.text === 'a token of the API is not good')
    expect(logged).toHaveLength(apiServer.guesses.perNetwork)
    expect((await rig.ask('GET', '/status')).status).toBe(200)
  })

  test('is noted with the time of its use, and never stands in the log', async () => {
    await rig.ask('POST', '/aliases', { body: { alias: 'x@alias.example', targets: ['y@far.example'] } })
    const reader = openReader(rig.relay.database)
    expect(reader.tokens().find(one => one.name === 'admin')?.usedAt).toBeGreaterThan(5)
    reader.close()
    const log = JSON.stringify(rig.relay.log.lines)
    for (const scope of scopes) expect(log).not.toContain(rig.tokenOf(scope).slice(-43))
  })
})

describe('a change', () => {
  test('stands in the log: who, what, and to what; without secrets', async () => {
    await rig.ask('POST', '/queue', {
      token: rig.tokenOf('queue'),
      body: { action: 'hold', destination: 'dead.example' },
    })
    await rig.ask('POST', '/accounts', {
      body: { name: 'ann@alias.example', password: 'correct horse battery' },
    })
    const lines = rig.relay.log.lines.filter(line => line.text === 'changed through the API')
    expect(lines.map(line => line.fields)).toMatchObject([
      { by: 'queue', operation: 'changeQueue', asked: { action: 'hold', destination: 'dead.example' } },
      { by: 'admin', operation: 'createAccount', asked: { name: 'ann@alias.example' } },
    ])
    expect(JSON.stringify(rig.relay.log.lines)).not.toContain('correct horse')
    expect((await rig.relay.relay.status()).queue.held).toBe(1)
  })

  test('is seen by the relay at once: what is released is attempted', async () => {
    await rig.ask('POST', '/queue', { body: { action: 'hold', all: true } })
    const before = rig.relay.log.lines.length
    await rig.ask('POST', '/queue', { body: { action: 'release', all: true } })
    await rig.relay.log.until(line => rig.relay.log.lines.indexOf(line) >= before && 'nextHop' in line.fields)
  })

  test('that cannot be made says why, and the log says who tried', async () => {
    const answer = await rig.ask('PUT', '/aliases/team@alias.example', {
      body: { targets: ['x@far.example'] },
    })
    expect(answer.json).toMatchObject({
      status: 409,
      code: 'failed',
      detail: expect.stringContaining('goes first'),
    })
    const tried = rig.relay.log.lines.find(line => line.text === 'not changed through the API')
    expect(tried?.fields).toMatchObject({ by: 'admin', operation: 'setAlias' })
  })
})

describe('a request that is not as it should be', () => {
  test('is told its places, what was expected there and what was found', async () => {
    const cases = [
      ['GET', '/messages?limit=0', undefined, '/limit'],
      ['GET', '/messages?limit=501', undefined, '/limit'],
      ['GET', '/messages?limit=1&limit=2', undefined, '/limit'],
      ['GET', '/messages?colour=red', undefined, '/colour'],
      ['GET', '/messages?state=lost', undefined, '/state'],
      ['GET', '/messages?__proto__=1', undefined, '/__proto__'],
      ['GET', '/messages?subjectHash=nothex', undefined, '/subjectHash'],
      ['GET', `/messages/${'a'.repeat(2_000)}`, undefined, '/queueId'],
      ['POST', '/queue', { action: 'burn', all: true }, '/action'],
      ['POST', '/queue', { action: 'hold', deliveries: [] }, '/deliveries'],
      ['POST', '/queue', { action: 'hold', deliveries: [{}] }, '/deliveries/0'],
      ['POST', '/queue?all=true', { action: 'hold' }, '/all'],
      ['PUT', '/aliases/x@alias.example', { alias: 'y@alias.example', targets: ['a@b.example'] }, '/alias'],
      ['POST', '/held-posts', { action: 'approve', posts: [1.5] }, '/posts/0'],
    ] as const
    for (const [method, path, body, pointer] of cases) {
      const answer = await rig.ask(method, path, { body })
      expect([path, answer.status, answer.headers.get('Content-Type')]).toEqual([
        path,
        400,
        'application/problem+json',
      ])
      expect(answer.json).toMatchObject({
        type: 'about:blank',
        title: 'Bad Request',
        code: 'invalid',
        errors: [{ pointer, detail: expect.stringMatching(/expected|unknown|stands/) }],
      })
    }
  })

  test('with a cursor that no page has said goes nowhere', async () => {
    const cases = [
      ['/queue?after=nonsense', 422],
      [`/queue?after=${'9'.repeat(101)}`, 400],
      ['/aliases?after=x', 422],
      ['/aliases/export?after=-1', 422],
      ['/held-posts?after=1%27%20OR%201=1', 422],
      ['/accounts?after=1e9', 422],
      ['/lists/none@lists.example/subscribers?after=1', 404],
      ['/messages?before=%00', 200],
      ['/keys?after=%ff', 200],
    ] as const
    for (const [path, status] of cases)
      expect([path, (await rig.ask('GET', path)).status]).toEqual([path, status])
  })

  test('with a body that is none is refused before it is believed', async () => {
    const cases = [
      ['{"action":', 'application/json', 400],
      [Buffer.from([0x22, 0xff, 0x22]), 'application/json', 400],
      ['[1]', 'application/json', 400],
      ['['.repeat(200_000), 'application/json', 400],
      ['action=hold', 'application/x-www-form-urlencoded', 415],
      ['{}', '', 415],
      [`{"a":"${'x'.repeat(apiServer.maxJsonBytes)}"}`, 'application/json', 413],
    ] as const
    for (const [body, type, status] of cases) {
      const answer = await fetch(`http://127.0.0.1:${rig.port}/api/v1/queue`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${rig.tokenOf('queue')}`, 'Content-Type': type },
        body: Buffer.from(body),
      })
      expect([answer.status, answer.headers.get('Content-Type')]).toEqual([
        status,
        'application/problem+json',
      ])
    }
  })

  test('a file that is larger than it may be', async () => {
    const answer = await rig.ask('POST', '/aliases/import', {
      body: Buffer.alloc(apiServer.maxOctets + 1, 'a'),
    })
    expect(answer.json).toMatchObject({ status: 413, code: 'too-large' })
  })

  test('for a path that is none, or leads elsewhere, gets there by no trick', async () => {
    const cases = [
      ['GET', '/nothing', 404, 'no-such-route'],
      ['GET', '/', 404, 'no-such-route'],
      ['GET', '/openapi.json/../nothing', 404, 'no-such-route'],
      ['GET', '/messages/..%2f..%2fmetrics', 404, 'not-found'],
      ['GET', '/messages/%2e%2e%2fstatus', 404, 'not-found'],
      ['GET', '/messages/%zz', 404, 'not-found'],
      ['GET', '/lists/%0d%0aSet-Cookie:%20a=b@lists.example', 422, 'usage'],
      ['DELETE', '/status', 405, 'no-such-method'],
      ['OPTIONS', '/status', 405, 'no-such-method'],
    ] as const
    for (const [method, path, status, code] of cases) {
      const raw = await rawRequest(rig.port, method, path, rig.tokenOf('admin'))
      expect([path, raw.status, raw.text]).toEqual([
        path,
        status,
        expect.stringContaining(`"code":"${code}"`),
      ])
      expect(raw.head).not.toMatch(/^Set-Cookie|^Access-Control/im)
    }
    const around = await rawRequest(rig.port, 'GET', '/openapi.json/../status', 'none')
    expect(around.status).toBe(401)
  })

  test('other sites get no leave to ask: there is no CORS', async () => {
    const answer = await rig.ask('GET', '/status', { headers: { Origin: 'https://evil.example' } })
    expect([...answer.headers.keys()].filter(name => name.startsWith('access-control'))).toEqual([])
  })
})

/** As it stands, without what a client would make of the path. */
function rawRequest(
  port: number | undefined,
  method: string,
  path: string,
  token: string,
): Promise<{ status: number; head: string; text: string }> {
  return new Promise((resolve, reject) => {
    const socket = connect(port ?? 0, '127.0.0.1')
    let text = ''
    socket.setEncoding('latin1')
    socket.on('data', chunk => {
      text += chunk
    })
    socket.on('error', reject)
    socket.on('close', () => {
      const [head = '', ...body] = text.split('\r\n\r\n')
      resolve({ status: Number(head.split(' ')[1]), head, text: body.join('\r\n\r\n') })
    })
    socket.write(
      `${method} /api/v1${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`,
    )
  })
}

describe('pages of an answer', () => {
  test('lead from one to the next, and end', async () => {
    const targets = { targets: ['a@far.example'] }
    for (const name of ['a', 'b', 'c', 'd', 'e'])
      await rig.ask('PUT', `/aliases/${name}@alias.example`, { body: targets })
    const seen: string[] = []
    for (let after = ''; ; ) {
      const { json } = await rig.ask(
        'GET',
        `/aliases?limit=2${after === '' ? '' : `&after=${encodeURIComponent(after)}`}`,
      )
      const page = json as { aliases: { alias: string }[]; total: number; next: string | null }
      seen.push(...page.aliases.map(one => one.alias.split('@')[0] ?? ''))
      expect(page.total).toBe(6)
      if (page.next === null) break
      after = page.next
    }
    expect(seen).toEqual(['a', 'b', 'c', 'd', 'e', 'team'])
  })

  test('of the queue lead to every delivery', async () => {
    const writer = openWriter(rig.relay.database)
    writer.holdDeliveries({ kind: 'all' })
    writer.close()
    await rig.ask('PUT', '/aliases/many@alias.example', {
      body: { targets: ['a@dead.example', 'b@dead.example', 'c@dead.example'] },
    })
    await rig.relay.log.until(line => line.text === 'aliases have changed')
    await send(rig.relay.port, {
      from: 'a@origin.example',
      to: ['many@alias.example'],
      octets: plainMessage({ extra: 'X-Two: 2\r\n' }),
    })
    let found = new Set<string>()
    // The copies are queued in the background, and their times move while they are attempted: one may be met on two pages.
    while (found.size < 4) {
      found = new Set()
      for (let after: string | null = ''; after !== null; ) {
        const { json } = await rig.ask('GET', `/queue?limit=1${after === '' ? '' : `&after=${after}`}`)
        const page = json as { deliveries: { rt: string }[]; next: string | null }
        for (const { rt } of page.deliveries) found.add(rt)
        after = page.next
      }
    }
    expect([...found].toSorted()).toEqual([
      'a@dead.example',
      'b@dead.example',
      'c@dead.example',
      'one@dead.example',
    ])
  })
})

describe('following', () => {
  async function follow(query = '', token = rig.tokenOf('read')): Promise<Response> {
    return fetch(`http://127.0.0.1:${rig.port}/api/v1/follow${query}`, {
      headers: { Authorization: `Bearer ${token}` },
    })
  }

  test('tells each message as it comes, one JSON object a line', async () => {
    const response = await follow('?to=alias.example')
    expect(response.headers.get('Content-Type')).toBe('application/x-ndjson')
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    expect((await reader?.read())?.value).toBe('\n')
    const { queueId } = await send(rig.relay.port, {
      from: 'b@origin.example',
      to: ['team@alias.example'],
      octets: plainMessage({ extra: 'X-Two: 2\r\n' }),
    })
    let text = ''
    while (!text.includes('\n')) text += (await reader?.read())?.value ?? ''
    expect(JSON.parse(text.split('\n')[0] ?? '')).toMatchObject({ queueId, mf: 'b@origin.example' })
    await reader?.cancel()
  })

  test('is for a few at a time, and the place of one that leaves is free again', async () => {
    const controllers = Array.from({ length: apiServer.followers }, () => new AbortController())
    const address = `http://127.0.0.1:${rig.port}/api/v1/follow`
    const headers = { Authorization: `Bearer ${rig.tokenOf('read')}` }
    const all = await Promise.all(controllers.map(({ signal }) => fetch(address, { headers, signal })))
    expect(all.map(one => one.status)).toEqual(all.map(() => 200))
    const more = await follow()
    expect([more.status, more.headers.get('Retry-After')]).toEqual([503, '60'])
    controllers[0]?.abort()
    let status = 503
    while (status === 503) {
      const again = await follow()
      status = again.status
      await again.body?.cancel()
    }
    expect(status).toBe(200)
    for (const controller of controllers) controller.abort()
  })
})

test('without the setting there is no API', async () => {
  const relay = await relayOn(await stage(), { admin: { port: 0 }, domains: { 'alias.example': {} } })
  const answer = await askApi(relay.relay.admin?.port, 'GET', '/status', { token: 'x' })
  expect([answer.status, answer.text]).toEqual([404, 'There is no such page.\n'])
})

test('the document is there for everybody, and is the one of docs/', async () => {
  const { status, json } = await askApi(rig.port, 'GET', '/openapi.json')
  expect(status).toBe(200)
  expect(json).toEqual(JSON.parse(JSON.stringify(apiDocument(''))))
})
