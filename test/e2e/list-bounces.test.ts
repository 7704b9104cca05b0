/** Failures of copies of posts: counted on their subscribers, who are suspended, probed and resumed, and the owners told. */

import { describe, expect, test } from 'vitest'
import type { ListSettingsInput } from '../../src/lists/settings.ts'
import type { Subscriber } from '../../src/store/list-records.ts'
import { openReader } from '../support/database-beside.ts'
import type { LogLine } from '../support/recording-log.ts'
import { plainMessage, send } from '../support/send.ts'
import type { SinkAction, SinkMessage } from '../support/sink.ts'
import type { Stage } from '../support/stage.ts'
import { listOn } from '../support/stored-list.ts'
import type { Timed } from '../support/timed-relay.ts'
import { startTimedRelay } from '../support/timed-relay.ts'

const listAddress = 'news@lists.example'
const gone = 'gone@destination.example'
const here = 'here@destination.example'
const noSuchUser = '550 5.1.1 no such user'

async function timedRelay(settings: Partial<ListSettingsInput> = {}): Promise<Timed> {
  const timed = await startTimedRelay({ domains: { 'lists.example': { aliases: {} } } }, [
    'destination.example',
    'owners.example',
    'origin.example',
  ])
  const owners = ['boss@owners.example']
  await listOn(timed.relay, {
    address: listAddress,
    subscribers: [gone, here],
    settings: { owners, title: 'News', posting: 'anyone', ...settings },
  })
  return timed
}

/** Posts once; the queue id. */
async function post(timed: Timed, subject: string): Promise<string> {
  const { on, relay } = timed
  const mail = { from: 'jane@origin.example', to: [listAddress] }
  const text = plainMessage({ subject }).toString('latin1').replace('<1@', `<${subject}@`)
  const octets = await on.origin.sign(Buffer.from(text, 'latin1'), mail)
  const { data, queueId } = await send(relay.port, { ...mail, octets })
  expect(data).toMatch(/^250 /)
  return queueId
}

function subscriber(timed: Timed, address: string): Subscriber | undefined {
  const reader = openReader(timed.relay.database)
  try {
    return reader.subscriber(reader.list(listAddress)?.id ?? 0, address)
  } finally {
    reader.close()
  }
}

/** Refuses one address in the way that the reply says, and everybody else not at all. */
function refuseGone(on: Stage, reply: string | undefined): void {
  const refuse: SinkAction = async ({ line }) => (line.includes(`<${gone}>`) ? reply : undefined)
  on.sink.always('rcpt', reply === undefined ? undefined : refuse)
}

function to(messages: readonly SinkMessage[], address: string): SinkMessage[] {
  return messages.filter(message => message.forwardPaths.includes(address))
}

function textOf(message: SinkMessage | undefined): string {
  return message?.octets.toString('latin1').replace(/=\r\n/g, '') ?? ''
}

/** Waits until the failures of a post are counted. */
async function counted(timed: Timed, queueId: string): Promise<void> {
  const isCounted = ({ text, fields }: LogLine) => text === 'copies counted' && fields.queueId === queueId
  await timed.relay.log.until(isCounted)
}

/** Posts every day until the subscriber is suspended and the owners are told; how many posts it took. */
async function untilSuspended(timed: Timed): Promise<number> {
  for (let posts = 1; posts < 10; posts++) {
    await counted(timed, await post(timed, `p${posts}`))
    if (subscriber(timed, gone)?.state === 'suspended') {
      await timed.relay.log.count('owners told', 1)
      return posts
    }
    timed.later(1)
  }
  throw new Error('never suspended')
}

describe('a subscriber whose host refuses it at RCPT TO', () => {
  test('is suspended after five days with posts; the others get every post, and the owner is told once', async () => {
    const timed = await timedRelay()
    refuseGone(timed.on, noSuchUser)
    expect(await untilSuspended(timed)).toBe(5)
    expect(subscriber(timed, gone)).toMatchObject({
      suspendedBy: 'bounces',
      reason: '550 5.1.1 no such user',
      probes: 0,
    })
    await timed.on.sink.until(({ messages }) => to(messages, 'boss@owners.example').length > 0)
    await post(timed, 'p6')
    await timed.on.sink.until(({ messages }) => to(messages, here).length === 6)
    const { messages } = timed.on.sink
    const [notice, ...more] = to(messages, 'boss@owners.example')
    expect(more).toEqual([])
    expect(textOf(notice)).toContain('Subject: A subscriber of News: mail fails')
    expect(textOf(notice)).toContain(`${gone}: suspended`)
    expect(textOf(notice)).toContain('550 5.1.1 no such user')
    expect(textOf(notice)).toMatch(/^Auto-Submitted: auto-generated\r$/m)
    // Nobody reports a subscriber to who wrote the post.
    expect(to(messages, 'jane@origin.example')).toEqual([])
  })

  test('counts once for any number of posts on one day', async () => {
    const timed = await timedRelay()
    refuseGone(timed.on, noSuchUser)
    for (let posts = 1; posts <= 6; posts++) {
      const queueId = await post(timed, `p${posts}`)
      await timed.on.sink.until(({ messages }) => to(messages, here).length === posts)
      await counted(timed, queueId)
    }
    expect(subscriber(timed, gone)).toMatchObject({ state: 'active', bounceScore: 1 })
  })

  test('is reported to who wrote the post, and counted nowhere, where the list propagates failures', async () => {
    const timed = await timedRelay({ bounces: 'propagate' })
    refuseGone(timed.on, noSuchUser)
    await post(timed, 'p1')
    await timed.on.sink.until(({ messages }) => to(messages, 'jane@origin.example').length > 0)
    expect(subscriber(timed, gone)).toMatchObject({ state: 'active', bounceScore: 0 })
    const [report] = to(timed.on.sink.messages, 'jane@origin.example')
    expect(textOf(report)).toContain(`Final-Recipient: rfc822; ${listAddress}`)
  })
})

test.each([
  '550 5.7.26 Unauthenticated email from origin.example is not accepted',
  '550 5.7.1 rejected by the DMARC policy of origin.example',
  '554 5.7.1 message does not pass DMARC',
])('a refusal about DMARC never counts: %s', async reply => {
  const timed = await timedRelay({ bounceScore: { onceInHours: 0, suspendAt: 1 } })
  refuseGone(timed.on, reply)
  for (const subject of ['p1', 'p2', 'p3']) {
    const queueId = await post(timed, subject)
    await counted(timed, queueId)
  }
  expect(subscriber(timed, gone)).toMatchObject({ state: 'active', bounceScore: 0, bouncedAt: null })
  expect(to(timed.on.sink.messages, 'jane@origin.example')).toEqual([])
})

/** What a host that had taken a message writes when it cannot deliver it. */
function report(copy: SinkMessage, status: string, diagnostic: string): Buffer {
  const [rt = ''] = copy.forwardPaths
  return Buffer.from(
    [
      'From: MAILER-DAEMON@destination.example',
      `To: ${copy.reversePath}`,
      'Subject: Undelivered',
      'Auto-Submitted: auto-replied',
      'MIME-Version: 1.0',
      'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
      '',
      '--b',
      'Content-Type: text/plain',
      '',
      'It did not work.',
      '--b',
      'Content-Type: message/delivery-status',
      '',
      'Reporting-MTA: dns; mx.destination.example',
      '',
      `Final-Recipient: rfc822; ${rt}`,
      'Action: failed',
      `Status: ${status}`,
      `Diagnostic-Code: smtp; ${diagnostic}`,
      '--b',
      'Content-Type: message/rfc822',
      '',
      `${copy.octets.toString('latin1')}`,
      '--b--',
      '',
    ].join('\r\n'),
    'latin1',
  )
}

function returned(timed: Timed, copy: SinkMessage, status: string, diagnostic: string) {
  const mail = { from: '', to: [copy.reversePath], octets: report(copy, status, diagnostic) }
  return send(timed.relay.port, mail)
}

describe('a report that comes back to the bounce address of a copy', () => {
  async function copyOf(timed: Timed, subject: string): Promise<SinkMessage> {
    await post(timed, subject)
    await timed.on.sink.until(({ messages }) =>
      to(messages, gone).some(one => textOf(one).includes(`Subject: ${subject}`)),
    )
    return to(timed.on.sink.messages, gone).find(one =>
      textOf(one).includes(`Subject: ${subject}`),
    ) as SinkMessage
  }

  test('counts on its subscriber, once, and goes no further', async () => {
    const timed = await timedRelay({ bounceScore: { onceInHours: 0 } })
    const copy = await copyOf(timed, 'p1')
    expect((await returned(timed, copy, '5.1.1', '550 5.1.1 no such user')).data).toMatch(/^250 /)
    await timed.relay.log.count('failure counted on a subscriber', 1)
    await returned(timed, copy, '5.1.1', '550 5.1.1 no such user')
    await timed.relay.log.count('bounce', 2)
    expect(subscriber(timed, gone)).toMatchObject({ bounceScore: 1, reason: '5.1.1 550 5.1.1 no such user' })
    expect(subscriber(timed, here)).toMatchObject({ bounceScore: 0 })
    expect(to(timed.on.sink.messages, 'jane@origin.example')).toEqual([])
  })

  test('does not count when it is about DMARC', async () => {
    const timed = await timedRelay({ bounceScore: { onceInHours: 0 } })
    await returned(timed, await copyOf(timed, 'p1'), '5.7.26', '550 5.7.26 not authenticated')
    await returned(timed, await copyOf(timed, 'p2'), '5.7.1', '550 5.7.1 refused by DMARC policy')
    await timed.relay.log.count('bounce taken for a subscriber', 2)
    expect(subscriber(timed, gone)).toMatchObject({ bounceScore: 0, bouncedAt: null })
  })
})

describe('a suspended subscriber is probed', () => {
  const quick = { bounceScore: { suspendAt: 1, maxProbes: 2 } }

  /** Suspends, and lets the week pass after which the probe goes out. */
  async function probed(settings: Partial<ListSettingsInput>, atRcpt?: string): Promise<Timed> {
    const timed = await timedRelay(settings)
    refuseGone(timed.on, noSuchUser)
    expect(await untilSuspended(timed)).toBe(1)
    refuseGone(timed.on, atRcpt)
    timed.later(7.01)
    await timed.restart()
    return timed
  }

  async function probeIn(timed: Timed): Promise<SinkMessage> {
    const isProbe = (one: SinkMessage) => textOf(one).includes('This mail is a trial')
    await timed.on.sink.until(({ messages }) => to(messages, gone).some(isProbe))
    return to(timed.on.sink.messages, gone).find(isProbe) as SinkMessage
  }

  test('and resumed when the probe does not come back', async () => {
    const timed = await probed(quick)
    const probe = await probeIn(timed)
    expect(probe.reversePath).toMatch(/^b\+/)
    expect(subscriber(timed, gone)).toMatchObject({ state: 'suspended', probes: 1 })
    timed.later(3.01)
    await timed.restart()
    await timed.relay.log.count('subscriber resumed', 1)
    expect(subscriber(timed, gone)).toMatchObject({ state: 'active', bounceScore: 0, probeDueAt: null })
    await post(timed, 'again')
    await timed.on.sink.until(({ messages }) =>
      to(messages, gone).some(one => textOf(one).includes('Subject: again')),
    )
  })

  test('and stays suspended when it comes back, until the address is given up', async () => {
    const timed = await probed(quick)
    const probe = await probeIn(timed)
    expect((await returned(timed, probe, '5.1.1', '550 5.1.1 still nobody')).data).toMatch(/^250 /)
    await timed.relay.log.count('bounce taken for a subscriber', 1)
    expect(subscriber(timed, gone)).toMatchObject({ state: 'suspended', probes: 1, probeQueueId: null })
    refuseGone(timed.on, noSuchUser)
    timed.later(7.01)
    await timed.restart()
    await timed.relay.log.count('subscriber given up', 1)
    expect(subscriber(timed, gone)).toMatchObject({ state: 'suspended', probes: 2, probeDueAt: null })
    await timed.on.sink.until(({ messages }) => to(messages, 'boss@owners.example').length === 2)
    expect(textOf(to(timed.on.sink.messages, 'boss@owners.example')[1])).toContain('no more trials')
  })

  test('and removed, where the list wants that, when its host refuses the last probe', async () => {
    const timed = await probed(
      { bounceScore: { ...quick.bounceScore, maxProbes: 1, afterProbes: 'remove' } },
      noSuchUser,
    )
    await timed.relay.log.count('subscriber removed', 1)
    expect(subscriber(timed, gone)).toBeUndefined()
  })
})
