/** Commands to lists by mail, over real sockets: what each does, and what it sends to whom. */
import { describe, expect, test } from 'vitest'
import { openWriter } from '../support/database-beside.ts'
import type { CommandMail } from '../support/list.ts'
import {
  fieldOf,
  listAddress,
  listRelay,
  sendCommand,
  subscribeAddresses,
  subscribersOf,
} from '../support/list.ts'
import { plainMessage, send } from '../support/send.ts'
import { stage } from '../support/stage.ts'
import { publishKeys } from '../support/test-relay.ts'
import { verifyReceived } from '../support/verify.ts'

const addresses = (relay: Parameters<typeof subscribersOf>[0]) =>
  subscribersOf(relay).map(({ address, state }) => `${address} ${state}`)

describe('subscribing', () => {
  test('takes two mails: a request, and the answer to the mail that it leads to', async () => {
    const on = await stage()
    const relay = await listRelay(on)
    const asked = await sendCommand(on, relay, { to: 'news-subscribe@lists.example' })
    expect(asked.data).toMatch(/^250 /)
    const [confirmation] = await on.sink.received(1)
    expect(confirmation).toMatchObject({ reversePath: '', forwardPaths: ['a@origin.example'] })
    expect(await verifyReceived(confirmation, on.zone)).toMatchObject({
      state: 'pass',
      hops: [{ sequence: 1, domain: 'lists.example', reversePath: '' }],
    })
    expect(fieldOf(confirmation, 'Auto-Submitted')).toBe('auto-replied')
    expect(fieldOf(confirmation, 'In-Reply-To')).toBe('<1@origin.example>')
    expect(addresses(relay)).toEqual([])

    const answerTo = fieldOf(confirmation, 'Reply-To')
    expect(answerTo).toMatch(/^news-confirm\+[0-9a-z]+@lists\.example$/)
    // The answer may come from anywhere: whoever holds the token has read the mail.
    const answered = await sendCommand(on, relay, {
      to: answerTo,
      reversePath: 'a@work.example',
      isSigned: false,
    })
    expect(answered.data).toMatch(/^250 /)
    const [, welcome] = await on.sink.received(2)
    expect(fieldOf(welcome, 'Subject')).toBe('Welcome to Garden news')
    expect(welcome?.forwardPaths).toEqual(['a@origin.example'])
    expect(addresses(relay)).toEqual(['a@origin.example active'])
  })

  test('waits for an owner where the list says so, who answers a mail as well', async () => {
    const on = await stage()
    const relay = await listRelay(on, { subscription: 'approval' })
    await sendCommand(on, relay, { to: 'news-subscribe@lists.example' })
    const [confirmation] = await on.sink.received(1)
    await sendCommand(on, relay, { to: fieldOf(confirmation, 'Reply-To') })
    const [, question] = await on.sink.received(2)
    expect(question?.forwardPaths).toEqual(['owner@owners.example'])
    expect(await verifyReceived(question, on.zone)).toMatchObject({ state: 'pass' })
    expect(addresses(relay)).toEqual([])
    const yes = await sendCommand(on, relay, {
      to: fieldOf(question, 'Reply-To'),
      reversePath: 'owner@owners.example',
      isSigned: false,
    })
    expect(yes.data).toMatch(/^250 /)
    const [, , welcome] = await on.sink.received(3)
    expect(welcome?.forwardPaths).toEqual(['a@origin.example'])
    expect(addresses(relay)).toEqual(['a@origin.example active'])
    const again = await sendCommand(on, relay, { to: fieldOf(question, 'Reply-To') })
    expect(again.data).toMatch(/^550 5\.7\.1 this request was answered already/)
  })

  test('is refused by an owner with another answer, and the person is told', async () => {
    const on = await stage()
    const relay = await listRelay(on, { subscription: 'approval' })
    await sendCommand(on, relay, { to: 'news-subscribe@lists.example' })
    const [confirmation] = await on.sink.received(1)
    await sendCommand(on, relay, { to: fieldOf(confirmation, 'Reply-To') })
    const [, question] = await on.sink.received(2)
    const text = question?.octets.toString('latin1') ?? ''
    const deny = /news-moderate\+d[0-9a-z]+@lists\.example/.exec(text)?.[0] ?? ''
    await sendCommand(on, relay, { to: deny })
    const [, , answer] = await on.sink.received(3)
    expect(answer?.forwardPaths).toEqual(['a@origin.example'])
    expect(answer?.octets.toString('latin1')).toContain('decided not to subscribe')
    expect(addresses(relay)).toEqual([])
  })

  test('is refused in the session where only owners subscribe people', async () => {
    const on = await stage()
    const relay = await listRelay(on, { subscription: 'closed' })
    const asked = await sendCommand(on, relay, { to: 'news-subscribe@lists.example' })
    expect(asked.data).toMatch(/^550 5\.7\.1 .*news-owner@lists\.example/)
  })

  test('needs no DKIM2: SPF of the domain in From is enough, for a sender of that domain', async () => {
    const on = await stage()
    publishKeys(on.zone, { 'origin.example': { '@': [['txt', 'v=spf1 ip4:127.0.0.1 -all']] } })
    const relay = await listRelay(on)
    const ask = async (mail: Partial<CommandMail>) =>
      (await sendCommand(on, relay, { to: 'news-subscribe@lists.example', isSigned: false, ...mail })).data
    expect(await ask({})).toMatch(/^250 /)
    expect(await ask({ from: 'b@elsewhere.example' })).toMatch(/^550 5\.7\.1 neither/)
    expect(await ask({ localAddress: '127.0.0.9' })).toMatch(/^550 5\.7\.1 neither/)
    const [confirmation] = await on.sink.received(1)
    expect(confirmation?.forwardPaths).toEqual(['a@origin.example'])
  })

  test('brings somebody back who was suspended', async () => {
    const on = await stage()
    const relay = await listRelay(on)
    subscribeAddresses(relay, ['a@origin.example'])
    const writer = openWriter(relay.database)
    const suspension = { at: 1_000, by: 'bounces', reason: '550 5.1.1 no such user' } as const
    writer.suspendSubscribers(1, ['a@origin.example'], suspension)
    writer.close()
    await sendCommand(on, relay, { to: 'news-subscribe@lists.example' })
    const [confirmation] = await on.sink.received(1)
    await sendCommand(on, relay, { to: fieldOf(confirmation, 'Reply-To') })
    await on.sink.received(2)
    expect(addresses(relay)).toEqual(['a@origin.example active'])
  })

  test('again changes nothing and says so', async () => {
    const on = await stage()
    const relay = await listRelay(on)
    subscribeAddresses(relay, ['A@origin.example'])
    await sendCommand(on, relay, { to: 'news-subscribe@lists.example' })
    const [notice] = await on.sink.received(1)
    expect(fieldOf(notice, 'Subject')).toBe('You are subscribed to Garden news already')
    expect(addresses(relay)).toEqual(['A@origin.example active'])
  })
})

describe('leaving', () => {
  test('takes one mail from the address that is subscribed', async () => {
    const on = await stage()
    const relay = await listRelay(on)
    subscribeAddresses(relay, ['a@origin.example', 'b@origin.example'])
    await sendCommand(on, relay, { to: 'news-unsubscribe@lists.example' })
    const [goodbye] = await on.sink.received(1)
    expect(fieldOf(goodbye, 'Subject')).toBe('You have left Garden news')
    expect(addresses(relay)).toEqual(['b@origin.example active'])
  })

  test('asks the subscriber first where nobody vouches for the sender', async () => {
    const on = await stage()
    const relay = await listRelay(on)
    subscribeAddresses(relay, ['a@origin.example'])
    const asked = await sendCommand(on, relay, { to: 'news-unsubscribe@lists.example', isSigned: false })
    expect(asked.data).toMatch(/^250 /)
    const [confirmation] = await on.sink.received(1)
    expect(confirmation?.forwardPaths).toEqual(['a@origin.example'])
    expect(addresses(relay)).toEqual(['a@origin.example active'])
    await sendCommand(on, relay, { to: fieldOf(confirmation, 'Reply-To'), isSigned: false })
    await on.sink.received(2)
    expect(addresses(relay)).toEqual([])
  })

  test('by who is not subscribed is answered, so that the person looks for the right address', async () => {
    const on = await stage()
    const relay = await listRelay(on)
    await sendCommand(on, relay, { to: 'news-unsubscribe@lists.example' })
    const [answer] = await on.sink.received(1)
    expect(fieldOf(answer, 'Subject')).toBe('You are not subscribed to Garden news')
  })
})

describe('other addresses of a list', () => {
  test.each(['news-help@lists.example', 'news-request@lists.example'])('%s explains the list', async to => {
    const on = await stage()
    const relay = await listRelay(on)
    await sendCommand(on, relay, { to })
    const [help] = await on.sink.received(1)
    expect(help?.octets.toString('latin1')).toContain(listAddress)
  })

  test('the word subscribe in the subject of a mail for help is a request', async () => {
    const on = await stage()
    const relay = await listRelay(on)
    await sendCommand(on, relay, { to: 'news-request@lists.example', subject: 'Subscribe' })
    const [confirmation] = await on.sink.received(1)
    expect(fieldOf(confirmation, 'Subject')).toBe('Confirm your subscription to Garden news')
  })

  test('-owner leads to the owners, signed as any forwarded mail, and failures go back to who wrote it', async () => {
    const on = await stage()
    const relay = await listRelay(on)
    await sendCommand(on, relay, { to: 'news-owner@lists.example' })
    const [copy] = await on.sink.received(1)
    expect(copy?.forwardPaths).toEqual(['owner@owners.example'])
    expect(copy?.reversePath).toMatch(/^b\+.*@lists\.example$/)
    expect(await verifyReceived(copy, on.zone)).toMatchObject({ state: 'pass', hops: [{}, {}] })
  })

  test('commands come one at a time', async () => {
    const on = await stage()
    const relay = await listRelay(on)
    const to = ['news-subscribe@lists.example', 'news-help@lists.example']
    const { rcpt } = await send(relay.port, { from: 'a@origin.example', to, octets: plainMessage() })
    expect(rcpt[1]).toMatch(/^452 4\.5\.3 /)
  })
})
