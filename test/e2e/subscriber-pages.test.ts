/** The page of a subscriber, over real sockets: pause, resume, leave, and another address once that has confirmed. */
import { describe, expect, test } from 'vitest'
import { openWriter } from '../support/database-beside.ts'
import {
  fieldOf,
  httpConfig,
  listRelay,
  sendCommand,
  subscribeAddresses,
  subscribersOf,
  tokenOf,
} from '../support/list.ts'
import type { SinkMessage } from '../support/sink.ts'
import { stage } from '../support/stage.ts'
import type { TestRelay } from '../support/test-relay.ts'

async function ownPage(settings = {}) {
  const on = await stage()
  const relay = await listRelay(on, settings, httpConfig)
  subscribeAddresses(relay, ['a@origin.example', 'b@origin.example'])
  return { on, relay, page: `/subscriber/${tokenOf(relay, { kind: 'manage' })}` }
}

function at(relay: TestRelay, path: string): string {
  return `http://127.0.0.1:${relay.relay.http?.port}${path}`
}

function post(relay: TestRelay, path: string, fields: Record<string, string>): Promise<Response> {
  return fetch(at(relay, path), { method: 'POST', body: new URLSearchParams(fields) })
}

const first = (relay: TestRelay) => subscribersOf(relay).find(({ id }) => id === 1)

/** The link of a mail that this relay wrote, as the path that its listener answers. */
function linkIn(message: SinkMessage | undefined, kind: string): string {
  const text = message?.octets.toString('latin1').replace(/=\r\n/g, '').replaceAll('=3D', '=') ?? ''
  const found = new RegExp(`https://www\\.lists\\.example/lists(/${kind}/\\S+)`).exec(text)?.[1]
  if (found === undefined) throw new Error(`no link to ${kind} in ${text}`)
  return found
}

describe('the page of a subscriber', () => {
  test('is linked to from the mail about the list, and from the page of the link in every post', async () => {
    const { on, relay } = await ownPage()
    await sendCommand(on, relay, { to: 'news-help@lists.example' })
    const [help] = await on.sink.received(1)
    expect((await fetch(at(relay, linkIn(help, 'subscriber')))).status).toBe(200)
    const leaving = await (await fetch(at(relay, `/unsubscribe/${tokenOf(relay)}`))).text()
    expect(leaving).toContain('href="../subscriber/m')
  })

  test('pauses delivery and resumes it; opening it changes nothing and shows no whole address', async () => {
    const { relay, page } = await ownPage()
    const opened = await (await fetch(at(relay, page))).text()
    expect(opened).toContain('Pause delivery')
    expect(opened).not.toContain('a@origin.example')
    expect(first(relay)?.state).toBe('active')
    expect(await (await post(relay, page, { do: 'pause' })).text()).toContain('Resume delivery')
    expect(first(relay)).toMatchObject({ state: 'suspended', suspendedBy: 'subscriber' })
    await post(relay, page, { do: 'resume' })
    expect(first(relay)?.state).toBe('active')
  })

  test('leads to the button that ends the subscription', async () => {
    const { relay, page } = await ownPage()
    const text = await (await fetch(at(relay, page))).text()
    const path = /href="\.\.(\/unsubscribe\/[^"]+)"/.exec(text)?.[1] ?? ''
    await post(relay, path, { 'List-Unsubscribe': 'One-Click' })
    expect(subscribersOf(relay).map(({ address }) => address)).toEqual(['b@origin.example'])
    expect((await fetch(at(relay, page))).status).toBe(404)
  })

  test('resumes nothing that an owner has stopped', async () => {
    const { relay, page } = await ownPage()
    const writer = openWriter(relay.database)
    writer.suspendSubscribers(1, ['a@origin.example'], { at: 1, by: 'operator', reason: 'asked to' })
    writer.close()
    await post(relay, page, { do: 'resume' })
    expect(first(relay)).toMatchObject({ state: 'suspended', suspendedBy: 'operator' })
  })

  test.each([
    ['another kind', { kind: 'unsubscribe' } as const, undefined],
    ['another person', { kind: 'manage' } as const, ['news@lists.example', 'b@origin.example']],
    ['another list', { kind: 'manage' } as const, ['other@lists.example', 'a@origin.example']],
  ])('is shown for no token of %s', async (_, said, boundTo) => {
    const { relay } = await ownPage()
    const path = `/subscriber/${tokenOf(relay, said, boundTo)}`
    expect((await fetch(at(relay, path))).status).toBe(404)
    expect((await post(relay, path, { do: 'pause' })).status).toBe(404)
    expect(first(relay)?.state).toBe('active')
  })

  test('is too old after its day, and takes no wish that it does not know', async () => {
    const { relay, page } = await ownPage()
    const old = tokenOf(relay, { kind: 'manage', expiresAtMilliseconds: Date.now() - 2 * 86_400_000 })
    expect((await fetch(at(relay, `/subscriber/${old}`))).status).toBe(410)
    expect((await post(relay, page, { do: 'delete' })).status).toBe(400)
    expect((await fetch(at(relay, page), { method: 'DELETE' })).status).toBe(405)
    expect(first(relay)?.state).toBe('active')
  })
})

describe('another address', () => {
  test('is written to once it has confirmed, by the button and not by opening the link; the former one hears of it', async () => {
    const { on, relay, page } = await ownPage()
    await post(relay, page, { do: 'change', address: 'new@origin.example' })
    const [question] = await on.sink.received(1)
    expect(question?.forwardPaths).toEqual(['new@origin.example'])
    const link = linkIn(question, 'change')
    expect((await fetch(at(relay, link))).status).toBe(200)
    expect(first(relay)?.address).toBe('a@origin.example')
    expect((await post(relay, link, { do: 'confirm' })).status).toBe(200)
    expect(first(relay)).toMatchObject({ address: 'new@origin.example', addressKey: 'new@origin.example' })
    const [, told] = await on.sink.received(2)
    expect(told?.forwardPaths).toEqual(['a@origin.example'])
    expect(fieldOf(told, 'Subject')).toBe('Your address for Garden news was changed')
    expect((await post(relay, link, { do: 'confirm' })).status).toBe(404)
  })

  test('is not the one that somebody has put into the link', async () => {
    const { on, relay, page } = await ownPage()
    await post(relay, page, { do: 'change', address: 'new@origin.example' })
    const [question] = await on.sink.received(1)
    const link = linkIn(question, 'change').replace('new%40', 'thief%40')
    expect((await post(relay, link, { do: 'confirm' })).status).toBe(404)
    expect(first(relay)?.address).toBe('a@origin.example')
  })

  test('that is subscribed already stays as it is', async () => {
    const { on, relay, page } = await ownPage()
    await post(relay, page, { do: 'change', address: 'b@origin.example' })
    const [question] = await on.sink.received(1)
    expect((await post(relay, linkIn(question, 'change'), { do: 'confirm' })).status).toBe(404)
    expect(subscribersOf(relay)).toHaveLength(2)
  })

  test.each(['nobody', 'a@b, c@d.example', 'news@lists.example', ''])(
    'that cannot be subscribed is refused and gets no mail: %j',
    async address => {
      const { on, relay, page } = await ownPage()
      expect((await post(relay, page, { do: 'change', address })).status).toBe(400)
      expect(on.sink.messages).toHaveLength(0)
    },
  )

  test('is asked for a few times a day: the page floods nobody', async () => {
    const { on, relay, page } = await ownPage()
    for (let n = 0; n < 5; n++)
      expect((await post(relay, page, { do: 'change', address: `n${n}@origin.example` })).status).toBe(200)
    expect((await post(relay, page, { do: 'change', address: 'n6@origin.example' })).status).toBe(429)
    expect(await on.sink.received(5)).toHaveLength(5)
  })

  test('is for the owners to take where they decide who is subscribed', async () => {
    const { relay, page } = await ownPage({ subscription: 'approval' })
    expect(await (await fetch(at(relay, page))).text()).not.toContain('name="address"')
    expect((await post(relay, page, { do: 'change', address: 'new@origin.example' })).status).toBe(400)
  })
})
