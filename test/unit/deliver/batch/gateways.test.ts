import { once } from 'node:events'
import { createSecureServer, type Http2SecureServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { afterEach, expect, test } from 'vitest'
import { Gateways } from '../../../../src/deliver/batch/gateways.ts'
import type { BatchHop } from '../../../../src/discover/gateway.ts'
import { testCertificate } from '../../../support/certificates.ts'
import { mailOf } from '../fixtures.ts'

let server: Http2SecureServer | undefined
let gateways: Gateways | undefined
let now = 1_000_000
afterEach(() => {
  gateways?.closeAll()
  server?.close()
})

/** Answers every object as the plan says; undefined breaks the connection off after it was read. */
async function gateway(plan: (object: string, at: number) => { status: number; body?: string } | undefined) {
  const objects: string[] = []
  server = createSecureServer({ ...testCertificate() })
  server.on('sessionError', () => undefined)
  server.on('stream', async stream => {
    stream.on('error', () => undefined)
    const object = (await buffer(stream)).toString()
    objects.push(object)
    const answer = plan(object, objects.length - 1)
    if (answer === undefined) stream.session?.destroy()
    else {
      stream.respond({ ':status': answer.status })
      stream.end(answer.body ?? '')
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  gateways = new Gateways({
    ehloName: 'earth.example',
    clock: () => now,
    authorities: [testCertificate().cert],
    maxRemembered: 10,
    maxAnswerOctets: 10_000,
  })
  const { port } = server.address() as AddressInfo
  return { objects, hop: hopTo(port), gateways }
}

function hopTo(port: number, changes: Partial<BatchHop> = {}): BatchHop {
  return {
    kind: 'batch',
    url: `https://127.0.0.1:${port}/bsmtp`,
    addresses: ['127.0.0.1'],
    source: 'route',
    lightTimeSeconds: 0,
    answerTimeoutSeconds: 10,
    retrySeconds: [60, 600],
    lifetimeSeconds: 86_400,
    maxMessages: 10,
    maxObjectBytes: 1_000_000,
    gatherMilliseconds: 20,
    ...changes,
  }
}

function mail(queueId: string) {
  return {
    ...mailOf(Buffer.from(`Subject: ${queueId}\r\n\r\n`)),
    queueId,
    forwardPath: `${queueId}@mars.example`,
  }
}

function recipientsIn(object: string | undefined): string[] {
  return [...(object ?? '').matchAll(/^RCPT TO:<([^@]+)@/gm)].map(([, name = '']) => name)
}

test('messages that wait together go in one object, in the order in which they come', async () => {
  const { objects, hop, gateways: all } = await gateway(() => ({ status: 202 }))
  const outcomes = await Promise.all(['q1', 'q2', 'q3'].map(queueId => all.send(hop, mail(queueId))))
  expect(objects.map(recipientsIn)).toEqual([['q1', 'q2', 'q3']])
  expect(outcomes.map(({ kind }) => kind)).toEqual(['delivered', 'delivered', 'delivered'])
})

test('more than one object may have wait for the next one, which is posted after the answer', async () => {
  const { objects, hop, gateways: all } = await gateway(() => ({ status: 204 }))
  const small = { ...hop, maxMessages: 2 }
  await Promise.all(['q1', 'q2', 'q3'].map(queueId => all.send(small, mail(queueId))))
  expect(objects.map(recipientsIn)).toEqual([['q1', 'q2'], ['q3']])
})

test('without an answer everything that waits is deferred to one moment, ever later, and an answer ends that', async () => {
  const { hop, gateways: all } = await gateway((_object, at) => (at < 2 ? undefined : { status: 200 }))
  const small = { ...hop, maxMessages: 1 }
  const first = await Promise.all([all.send(small, mail('q1')), all.send(small, mail('q2'))])
  expect(first.map(({ kind, retryAt }) => [kind, retryAt])).toEqual([
    ['deferred', now + 60_000],
    ['deferred', now + 60_000],
  ])
  now += 60_000
  expect((await all.send(small, mail('q1'))).retryAt).toBe(now + 600_000)
  now += 600_000
  expect((await all.send(small, mail('q1'))).kind).toBe('delivered')
})

test.each([401, 500, 207])('HTTP status %i without replies is no answer about any message', async status => {
  const { hop, gateways: all } = await gateway(() => ({ status }))
  const outcome = await all.send(hop, mail('q1'))
  expect(outcome).toMatchObject({ kind: 'deferred', retryAt: now + 60_000 })
  expect(outcome.reason).toContain(`HTTP status ${status}`)
})

test('an object that is too large for the gateway is posted again in smaller ones at once, and a message that is too large alone has failed', async () => {
  const {
    objects,
    hop,
    gateways: all,
  } = await gateway(object => {
    const names = recipientsIn(object)
    return { status: names.length > 2 || names.includes('q3') ? 413 : 200 }
  })
  const sent = await Promise.all(['q1', 'q2', 'q3', 'q4', 'q5'].map(queueId => all.send(hop, mail(queueId))))
  expect(sent.map(({ kind, status }) => [kind, status])).toEqual([
    ['delivered', undefined],
    ['delivered', undefined],
    ['failed', '5.3.4'],
    ['delivered', undefined],
    ['delivered', undefined],
  ])
  expect(objects.map(recipientsIn)).toEqual([
    ['q1', 'q2', 'q3', 'q4', 'q5'],
    ['q1', 'q2'],
    ['q3', 'q4'],
    ['q3'],
    ['q4'],
    ['q5'],
  ])
})

test('an object that does not get through within a contact becomes smaller until one does, and then larger again', async () => {
  let most = 2
  const {
    objects,
    hop,
    gateways: all,
  } = await gateway(object => (recipientsIn(object).length > most ? undefined : { status: 200 }))
  const names = Array.from({ length: 8 }, (_, at) => `q${at + 10}`)
  let waiting = names
  for (let contact = 0; waiting.length > 0 && contact < 10; contact++) {
    const outcomes = await Promise.all(waiting.map(queueId => all.send(hop, mail(queueId))))
    waiting = waiting.filter((_, at) => outcomes[at]?.kind !== 'delivered')
    now += 3_600_000
    if (objects.length > 3) most = 4
  }
  expect(waiting).toEqual([])
  // The first loss says nothing of the size.
  expect(objects.map(object => recipientsIn(object).length)).toEqual([8, 8, 4, 2, 4, 4, 2])
  const taken = objects.filter((_, at) => [3, 5, 6].includes(at))
  expect(taken.flatMap(recipientsIn)).toEqual(names)
})

test('an object that has become smaller is gathered as any other, and has those that came first', async () => {
  const {
    objects,
    hop,
    gateways: all,
  } = await gateway((_object, at) => (at < 2 ? undefined : { status: 200 }))
  for (let contact = 0; contact < 2; contact++) {
    await Promise.all(['q1', 'q2'].map(queueId => all.send(hop, mail(queueId))))
    now += 3_600_000
  }
  await Promise.all(['q1', 'q2', 'q3'].map(queueId => all.send(hop, mail(queueId))))
  expect(objects.slice(2).map(recipientsIn)).toEqual([['q1'], ['q2', 'q3']])
})

test('between contacts nothing is posted, and everything waits for the next one', async () => {
  const { objects, hop, gateways: all } = await gateway(() => ({ status: 200 }))
  const contacts = [{ from: new Date(now + 5_000).toISOString(), lastsSeconds: 10 }]
  const outcome = await all.send({ ...hop, contacts }, mail('q1'))
  expect(outcome).toMatchObject({ kind: 'deferred', retryAt: now + 5_000 })
  expect(objects).toEqual([])
  now += 5_000
  expect((await all.send({ ...hop, contacts }, mail('q1'))).kind).toBe('delivered')
})

test('a certificate for another name gets nothing', async () => {
  const { objects, hop, gateways: all } = await gateway(() => ({ status: 200 }))
  const url = hop.url.replace('127.0.0.1', 'elsewhere.example')
  const outcome = await all.send({ ...hop, url }, mail('q1'))
  expect(outcome.reason).toContain('the certificate is not for elsewhere.example')
  expect(objects).toEqual([])
})

test('what had begun before an object was lost waits as its messages do, however long it took to come', async () => {
  const { objects, hop, gateways: all } = await gateway(() => undefined)
  const lost = await all.send(hop, { ...mail('q1'), begunAt: now })
  expect(lost).toMatchObject({ kind: 'deferred', retryAt: now + 60_000 })
  const begunAt = now
  now += 30_000
  expect(await all.send(hop, { ...mail('q2'), begunAt })).toMatchObject({
    kind: 'deferred',
    retryAt: begunAt + 60_000,
  })
  expect(objects).toHaveLength(1)
  // Whoever asks for an attempt now gets one.
  await all.send(hop, { ...mail('q2'), begunAt: now })
  expect(objects).toHaveLength(2)
})

test('no memory for the first of them puts off all that wait, to one moment', async () => {
  const { objects, hop, gateways: all } = await gateway(() => ({ status: 200 }))
  const lacking = { hasBareLineEnd: false, hold: async () => ({ unavailable: 'no memory' }) }
  const first = all.send({ ...hop, maxMessages: 2 }, { ...mail('q1'), content: lacking })
  const others = ['q2', 'q3'].map(queueId => all.send({ ...hop, maxMessages: 2 }, mail(queueId)))
  const outcomes = await Promise.all([first, ...others])
  expect(outcomes.map(({ kind, retryAt }) => [kind, retryAt])).toEqual(
    outcomes.map(() => ['deferred', now + 10_000]),
  )
  expect(objects).toEqual([])
})

test('what is broken off because the relay stops is due at once after its next start, all of it', async () => {
  const { hop, gateways: all } = await gateway(() => ({ status: 200 }))
  const waiting = ['q1', 'q2'].map(queueId => all.send({ ...hop, gatherMilliseconds: 5 }, mail(queueId)))
  all.closeAll()
  const outcomes = await Promise.all([...waiting, all.send(hop, mail('q3'))])
  expect(outcomes.map(({ retryAt }) => retryAt)).toEqual([now, now, now])
})
