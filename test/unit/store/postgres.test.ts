/** What PostgreSQL may do to a relay: restart, break off in the middle, be full, be slow; and what it must not learn or tell. */
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import type { DmarcEvaluation } from '../../../src/record/dmarc-evaluation.ts'
import { openStore } from '../../../src/store/open-store.ts'
import type { Store } from '../../../src/store/store.ts'
import { certificateFor } from '../../support/certificates.ts'
import { PostgresServer, postgresMissing } from '../../support/postgres.ts'
import { TcpProxy } from '../../support/tcp-proxy.ts'
import { forwarded, newAttempt, newDelivery, newFile, newMessage, queueId } from './fixtures.ts'

const server =
  postgresMissing === undefined
    ? await PostgresServer.start({ settings: { max_connections: 40 } })
    : undefined
afterAll(() => server?.stop())

function started(): PostgresServer {
  if (server === undefined) throw new Error(postgresMissing)
  return server
}

let relays = 0

async function open(url: string, settings: object = {}): Promise<Store> {
  const relay = { name: `relay ${++relays}`, now: 0, leaseMilliseconds: 60_000 }
  const store = await openStore({ file: newFile(), postgres: { url, connections: 4, ...settings }, relay })
  onTestFinished(() => store.close())
  return store
}

/** A store behind a line that the test can cut. */
async function behindProxy() {
  const proxy = await TcpProxy.start(started().port)
  const database = await started().newDatabase()
  const store = await open(started().url(database, 'tcp', proxy.port))
  onTestFinished(() => {
    proxy.isDown = true
  })
  const other = await open(started().url(database))
  onTestFinished(() => proxy.close())
  return { proxy, store, other }
}

describe.skipIf(server === undefined)('a connection that ends', () => {
  test.each(['lost', 'unanswered'] as const)(
    'at any piece that is sent, %s: what is answered was made once, with the answer that it had',
    async fate => {
      const { proxy, store, other } = await behindProxy()
      for (let number = 1; number <= 24; number++) {
        let pieces = 0
        proxy.decide = () => (pieces++ === number % 8 ? fate : 'forwarded')
        await store.spool(newMessage(number))
        const planned = await store.plan(queueId(number), [newDelivery(0), newDelivery(1)], forwarded)
        const stored = [await other.delivery(queueId(number), 0), await other.delivery(queueId(number), 1)]
        expect(planned).toEqual(stored)
        const [first] = planned
        if (first === undefined) throw new Error('nothing is planned')
        await store.finishAttempt(first, newAttempt())
        expect((await other.showMessage(queueId(number)))?.deliveries[0]?.log).toHaveLength(1)
      }
    },
  )

  test('in the middle of a commit: the server is asked whether it happened', async () => {
    const { proxy, store, other } = await behindProxy()
    let cut = 0
    proxy.decide = piece => {
      if (!piece.includes('COMMIT')) return 'forwarded'
      cut += 1
      return cut % 2 === 0 ? 'unanswered' : 'forwarded'
    }
    await Promise.all(Array.from({ length: 60 }, (_, number) => store.spool(newMessage(number))))
    for (let number = 60; number < 80; number++) await store.spool(newMessage(number))
    expect(cut).toBeGreaterThan(10)
    expect((await other.unplanned({ limit: 100 })).length).toBe(0)
    expect(await other.counts()).toMatchObject({ spooled: 80 })
  })
})

test.skipIf(server === undefined)(
  'a relay has all of its connections from its start: there may be no file descriptors for them later',
  async () => {
    const database = await started().newDatabase()
    await open(started().url(database), { connections: 5 })
    const client = new pg.Client(started().url('postgres'))
    await client.connect()
    const { rows } = await client.query(
      'SELECT count(*)::int AS open FROM pg_stat_activity WHERE datname = $1',
      [database],
    )
    await client.end()
    expect(rows).toEqual([{ open: 5 }])
  },
)

describe.skipIf(server === undefined)('results of DMARC that several relays count', () => {
  const evaluation: DmarcEvaluation = {
    headerFrom: 'shop.example',
    envelopeFrom: 'shop.example',
    disposition: 'none',
    dkimAligned: true,
    spfAligned: false,
    reasons: [],
    dkim: [],
  }
  const day = '2026-11-21'
  const bounds = { maxDomains: 3, maxRowsOfDomain: 8, maxRows: 100 }
  const judged = (number: number) => ({
    day,
    policyDomain: number % 3 === 0 ? 'a.example' : 'b.example',
    record: `record ${number % 2}`,
    source: `192.0.2.${number % 5}`,
    evaluation,
  })

  test('are all counted, in a few transactions in place of one for each message', async () => {
    const url = started().url(await started().newDatabase())
    const stores = [await open(url), await open(url)]
    const before = stores.map(({ statistics }) => statistics.commits)
    for (let round = 0; round < 5; round++)
      await Promise.all(
        stores.flatMap(store =>
          Array.from({ length: 300 }, (_, number) => store.countDmarcResult(judged(number), bounds)),
        ),
      )
    const [store = await open(url)] = stores
    const days = await Promise.all(['a.example', 'b.example'].map(domain => store.dmarcDay({ day, domain })))
    expect(days.map(one => one?.rows.reduce((sum, { messages }) => sum + messages, 0))).toEqual([
      1_000, 2_000,
    ])
    expect(days.map(one => one?.rows.length)).toEqual([5, 5])
    for (const [at, { statistics }] of stores.entries())
      expect(statistics.commits - (before[at] ?? 0)).toBeLessThanOrEqual(20)
  })

  test('are bounded as on SQLite where many new ones come together, and the last policy of the day counts', async () => {
    const store = await open(started().url(await started().newDatabase()))
    const many = Array.from({ length: 40 }, (_, number) =>
      store.countDmarcResult(
        { ...judged(1), record: `record ${number}`, source: `2001:db8:${number}::${number}` },
        { ...bounds, maxRowsOfDomain: 4 },
      ),
    )
    expect(await Promise.all(many)).toEqual([
      ...Array(4).fill('counted'),
      ...Array(4).fill('coarse'),
      ...Array(32).fill('lost'),
    ])
    const key = { day, domain: 'b.example' }
    expect((await store.dmarcDay(key))?.record).toBe('record 39')
    const known = { ...judged(1), source: '2001:db8:1::1' }
    await Promise.all(['first', 'last'].map(record => store.countDmarcResult({ ...known, record }, bounds)))
    const { record, rows = [] } = (await store.dmarcDay(key)) ?? {}
    expect([record, rows.find(({ source }) => source === known.source)?.messages]).toEqual(['last', 3])
  })
})

describe.skipIf(server === undefined)('a server that is away', () => {
  test('is told as such at once, and is used again when it is back, without the store being opened anew', async () => {
    const own = await PostgresServer.start()
    onTestFinished(() => own.stop())
    const store = await open(own.url(await own.newDatabase()))
    await store.spool(newMessage(1))
    for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
      await own.halt(signal)
      await expect(store.spool(newMessage(2))).rejects.toMatchObject({ code: 'away' })
      await expect(store.message(queueId(1))).rejects.toMatchObject({ code: 'away' })
      await own.launch()
      expect(await store.message(queueId(1))).toMatchObject({ queueId: queueId(1) })
      await store.spool(newMessage(signal === 'SIGINT' ? 3 : 4))
    }
    expect(await store.counts()).toMatchObject({ spooled: 3 })
    await own.halt()
  })

  test('a pool that is full refuses for the moment', async () => {
    const own = await PostgresServer.start({
      settings: { max_connections: 8, superuser_reserved_connections: 0 },
    })
    onTestFinished(() => own.stop())
    const database = await own.newDatabase()
    const url = own.url(database)
    // Each has three connections at the most; one of them listens.
    const stores = [await open(url, { connections: 3 }), await open(url, { connections: 3 })]
    const refused: unknown[] = []
    const third = await open(url, { connections: 3 }).catch((error: unknown) => refused.push(error))
    await Promise.all(stores.flatMap(store => [store.spool(newMessage(++relays)), store.counts()]))
    const all = await Promise.allSettled(stores.map(store => store.spool(newMessage(++relays))))
    expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled'])
    const one = typeof third === 'object' ? await third.counts().catch((error: unknown) => error) : refused[0]
    expect(one).toMatchObject({ code: 'away' })
    await stores[0]?.close()
    if (typeof third === 'object') expect(await third.counts()).toMatchObject({ spooled: 4 })
  })

  test('what does not fit into memory while it hangs is refused at once, and the rest is made when it goes on', async () => {
    const { proxy, store } = await behindProxy()
    proxy.isStalled = true
    const octets = Buffer.alloc(16 * 1024 * 1024)
    const waiting = Array.from({ length: 24 }, (_, number) => store.spool(newMessage(number, { octets })))
    await expect(Promise.race(waiting)).rejects.toMatchObject({ code: 'busy' })
    proxy.isStalled = false
    const all = await Promise.allSettled(waiting)
    const made = all.filter(({ status }) => status === 'fulfilled').length
    expect(made).toBeGreaterThan(4)
    expect(await store.counts()).toMatchObject({ spooled: made })
  })
})

describe.skipIf(server === undefined)('a server is trusted with mail', () => {
  const secret = 'correct-horse'

  test('with a password; a wrong one is refused, and neither it nor the user is in the error', async () => {
    const own = await PostgresServer.start({ password: secret })
    onTestFinished(() => own.stop())
    const database = await own.newDatabase()
    const plain = new URL(own.url(database, 'tcp'))
    const passwordFile = join(dirname(newFile()), 'password')
    writeFileSync(passwordFile, `${secret}\n`)
    expect(await (await open(plain.href, { passwordFile })).lists()).toEqual([])
    const wrong = new URL(plain)
    wrong.password = 'battery-staple'
    const error = await open(wrong.href).catch((cause: unknown) => cause)
    expect(error).toMatchObject({ code: 'refused' })
    expect(JSON.stringify([String(error), error])).not.toMatch(/battery|staple|"relay"|relay@/)
  })

  test('over TLS only under the name in its certificate, and only where somebody vouches for it', async () => {
    const folder = dirname(newFile())
    const certificate = certificateFor(['127.0.0.1', 'localhost'])
    const other = certificateFor(['elsewhere.example'])
    const authorityFile = join(folder, 'authority.pem')
    writeFileSync(authorityFile, certificate.cert)
    const otherFile = join(folder, 'other.pem')
    writeFileSync(otherFile, other.cert)
    const own = await PostgresServer.start({ certificate })
    onTestFinished(() => own.stop())
    const url = (mode: string) => `${own.url(database, 'tcp')}?sslmode=${mode}`
    const database = await own.newDatabase()
    const store = await open(url('verify-full'), { authorityFile })
    expect(await store.lists()).toEqual([])
    expect(
      await own.query(
        'SELECT bool_and(ssl) AS ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE client_addr IS NOT NULL',
      ),
    ).toEqual([{ ssl: true }])
    await expect(open(url('verify-full'))).rejects.toMatchObject({ code: 'away' })
    await expect(open(url('verify-full'), { authorityFile: otherFile })).rejects.toMatchObject({
      code: 'away',
    })
    await expect(open(url('require'))).rejects.toMatchObject({ code: 'refused' })
    const named = url('verify-full').replace('127.0.0.1', '127.0.0.2')
    await expect(open(named, { authorityFile })).rejects.toMatchObject({ code: 'away' })
  })
})

describe.skipIf(server === undefined)('new messages', () => {
  test('are each told once, in their order, also when one with a lower number is committed later', async () => {
    const database = await started().newDatabase()
    const store = await open(started().url(database))
    await store.spool(newMessage(1))
    const { last } = await store.newMessages({ limit: 10 })
    const slow = new pg.Client(started().url(database))
    await slow.connect()
    onTestFinished(() => slow.end())
    await slow.query('BEGIN')
    await slow.query(
      `INSERT INTO messages (queue_id, received_at, direction, state, size_bytes, peer, envelope, verdict, removed, prepend)
       SELECT '${queueId(2)}', received_at, direction, state, size_bytes, peer, envelope, verdict, removed, prepend
       FROM messages`,
    )
    await store.spool(newMessage(3))
    const before = await store.newMessages({ after: last, limit: 10 })
    expect(before.messages).toEqual([])
    await slow.query('COMMIT')
    const after = await store.newMessages({ after: before.last, limit: 10 })
    expect(after.messages.map(one => one.queueId)).toEqual([queueId(2), queueId(3)])
    expect((await store.newMessages({ after: after.last, limit: 10 })).messages).toEqual([])
  })
})

describe.skipIf(server === undefined)('the tables', () => {
  test('of a later program are refused, and those of somebody else are not touched', async () => {
    const database = await started().newDatabase()
    await (await open(started().url(database))).close()
    await started().query('UPDATE schema_version SET version = 999', database)
    await expect(open(started().url(database))).rejects.toMatchObject({ code: 'newer' })
    const foreign = await started().newDatabase()
    await started().query('CREATE TABLE messages (id bigint)', foreign)
    await expect(open(started().url(foreign))).rejects.toMatchObject({ code: 'not-a-store' })
  })

  test('are made once, however many relays start at the same time', async () => {
    const database = await started().newDatabase()
    const stores = await Promise.all([1, 2, 3].map(() => open(started().url(database))))
    expect(stores.map(store => store.relay).sort()).toEqual([0, 1, 2])
  })
})
