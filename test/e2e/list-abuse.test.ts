/** What people with bad intentions, and programs without any, do with the addresses of lists. */
import { describe, expect, test } from 'vitest'
import type { CommandMail } from '../support/list.ts'
import {
  commandText,
  fieldOf,
  listRelay,
  sendCommand,
  subscribeAddresses,
  subscribersOf,
  tokenOf,
  writtenFields,
} from '../support/list.ts'
import { originator } from '../support/originator.ts'
import { send } from '../support/send.ts'
import type { Stage } from '../support/stage.ts'
import { stage } from '../support/stage.ts'
import type { TestRelay } from '../support/test-relay.ts'

const subscribe = 'news-subscribe@lists.example'
const unsubscribe = 'news-unsubscribe@lists.example'

/** Nothing else was sent: this mail of the same relay, asked for last, is the first that comes. */
async function expectOnlyHelpAfter(on: Stage, relay: TestRelay, before = 0): Promise<void> {
  await sendCommand(on, relay, { to: 'news-help@lists.example', reversePath: 'last@origin.example' })
  const all = await on.sink.received(before + 1)
  expect(all.map(message => message.forwardPaths[0]).slice(before)).toEqual(['last@origin.example'])
}

const subscribed = (relay: TestRelay) => subscribersOf(relay).map(one => one.address)

describe('subscription bombing', () => {
  test('an address gets no more mails a day than the limit, over all lists together', async () => {
    const on = await stage()
    const addresses = ['news@lists.example', 'more@lists.example', 'most@lists.example']
    const relay = await listRelay(on, {}, { lists: { requestsPerAddress: 3 } }, addresses)
    const to = addresses.map(address => address.replace('@', '-subscribe@'))
    const replies: string[] = []
    for (const one of [...to, ...to])
      replies.push((await sendCommand(on, relay, { to: one })).data.slice(0, 9))
    expect(replies).toEqual(['250 2.0.0', '250 2.0.0', '250 2.0.0', '550 5.7.1', '550 5.7.1', '550 5.7.1'])
    await on.sink.received(3)
    await expectOnlyHelpAfter(on, relay, 3)
  })

  test('twenty requests at the same time are no way around the limit', async () => {
    const on = await stage()
    const relay = await listRelay(on, {}, { lists: { requestsPerAddress: 2 } })
    const sent = await Promise.all(
      Array.from({ length: 20 }, () => sendCommand(on, relay, { to: subscribe })),
    )
    expect(sent.filter(({ data }) => data.startsWith('250'))).toHaveLength(2)
    expect(sent.filter(({ data }) => data.startsWith('550 5.7.1 too many requests'))).toHaveLength(18)
    await on.sink.received(2)
    await expectOnlyHelpAfter(on, relay, 2)
  })

  test('a network that asks for many is told to wait; others are not', async () => {
    const on = await stage()
    const relay = await listRelay(on, {}, { lists: { requestsPerNetwork: 2 } })
    const ask = async (who: string, localAddress: string) =>
      (await sendCommand(on, relay, { to: subscribe, reversePath: `${who}@origin.example`, localAddress }))
        .data
    expect(await ask('a', '127.0.0.2')).toMatch(/^250 /)
    expect(await ask('b', '127.0.0.2')).toMatch(/^250 /)
    expect(await ask('c', '127.0.0.2')).toMatch(/^451 4\.7\.1 too many requests to lists from your network/)
    expect(await ask('c', '127.0.0.3')).toMatch(/^250 /)
  })

  test('a list takes only so many a day, and says that it is not the fault of who asks', async () => {
    const on = await stage()
    const relay = await listRelay(on, {}, { lists: { requestsPerList: 2 } })
    const ask = async (who: string) =>
      (await sendCommand(on, relay, { to: subscribe, reversePath: `${who}@origin.example` })).data
    expect([await ask('a'), await ask('b'), await ask('c')].map(reply => reply.slice(0, 9))).toEqual([
      '250 2.0.0',
      '250 2.0.0',
      '451 4.7.1',
    ])
  })
})

describe('in the name of somebody else', () => {
  const forged: Record<string, Partial<CommandMail> & { readonly reply?: RegExp }> = {
    'without any signature': { isSigned: false },
    'with the signature of another domain': {
      reversePath: 'attacker@origin.example',
      from: 'victim@other.example',
    },
    'with two addresses in From': { from: 'a@origin.example, victim@other.example' },
    'with a second From': {
      extra: 'From: victim@other.example\r\n',
      isSigned: false,
      reply: /^550 5\.6\.0 there are 2 From fields/,
    },
    'with an address in the display name': { from: '"victim@other.example" <x@other.example>' },
    'with a group in From': { from: 'People: victim@other.example;', isSigned: false },
    'with nobody in From': {
      from: 'nobody',
      isSigned: false,
      reply: /^550 5\.6\.0 From names no mailbox/,
    },
  }

  test.each(Object.entries(forged))(
    '%s: no list writes to the victim',
    async (_, { reply: words = /^550 5\.7\.1 /, ...mail }) => {
      const on = await stage()
      const relay = await listRelay(on)
      for (const to of [subscribe, 'news-help@lists.example']) {
        const reply = (await sendCommand(on, relay, { to, ...mail })).data
        expect(reply).toMatch(words)
      }
      await expectOnlyHelpAfter(on, relay)
    },
  )

  test('nobody is unsubscribed: the subscriber is asked, once a day, and keeps what is theirs of the limits', async () => {
    const on = await stage()
    const relay = await listRelay(on, {}, { lists: { requestsPerAddress: 2 } })
    subscribeAddresses(relay, ['victim@origin.example'])
    const attacker = originator(on.zone, 'attacker.example')
    const envelope = { from: 'x@attacker.example', to: [unsubscribe] }
    const text = commandText({ to: unsubscribe, from: 'victim@origin.example', reversePath: envelope.from })
    const octets = await attacker.sign(text, envelope)
    const first = await send(relay.port, { ...envelope, octets })
    expect(first.data).toMatch(/^250 /)
    expect((await send(relay.port, { ...envelope, octets })).data).toMatch(/^550 5\.7\.1 too many/)
    const [question] = await on.sink.received(1)
    expect(question?.forwardPaths).toEqual(['victim@origin.example'])
    expect(subscribed(relay)).toEqual(['victim@origin.example'])
    const own = await sendCommand(on, relay, { to: unsubscribe, reversePath: 'victim@origin.example' })
    expect(own.data).toMatch(/^250 /)
    await on.sink.received(2)
    expect(subscribed(relay)).toEqual([])
  })

  test('who is not subscribed is not told so by a stranger’s request, and the reply is the same', async () => {
    const on = await stage()
    const relay = await listRelay(on)
    const mail = { to: unsubscribe, reversePath: 'victim@origin.example', isSigned: false }
    expect((await sendCommand(on, relay, mail)).data).toMatch(/^250 2\.0\.0 queued/)
    await relay.log.count('command', 1)
    await expectOnlyHelpAfter(on, relay)
  })

  test('a message that was signed for somebody else is no command of its author', async () => {
    const on = await stage()
    const relay = await listRelay(on)
    subscribeAddresses(relay, ['a@origin.example'])
    const text = commandText({ to: 'friend@attacker.example' })
    const octets = await on.origin.sign(text, { from: 'a@origin.example', to: ['friend@attacker.example'] })
    const replayed = await send(relay.port, { from: 'a@origin.example', to: [unsubscribe], octets })
    expect(replayed.data).toMatch(/^550 5\.7\.1 /)
    expect(subscribed(relay)).toEqual(['a@origin.example'])
  })
})

describe('tokens', () => {
  test('that are forged, altered, expired, of another purpose, list or person are refused with a clear text', async () => {
    const on = await stage()
    const relay = await listRelay(on, {}, {}, ['news@lists.example', 'more@lists.example'])
    await sendCommand(on, relay, { to: subscribe })
    const [confirmation] = await on.sink.received(1)
    const good = /\+([0-9a-z]+)@/.exec(fieldOf(confirmation, 'Reply-To'))?.[1] ?? ''
    const past = Date.now() - 5 * 86_400_000
    const bad = [
      `${good.slice(0, 9)}${good[9] === '0' ? '1' : '0'}${good.slice(10)}`,
      `${good.slice(0, -1)}2`,
      good.slice(0, -1),
      tokenOf(relay, { kind: 'confirm', id: 1 }, ['news@lists.example', 'b@origin.example']),
      tokenOf(relay, { kind: 'confirm', id: 1 }, ['more@lists.example', 'a@origin.example']),
      tokenOf(relay, { kind: 'confirm', id: 2 }),
      tokenOf(relay, { kind: 'unsubscribe', id: 1 }),
      tokenOf(relay, { kind: 'admit', id: 1 }),
      'x',
    ]
    for (const token of bad) {
      const reply = (await sendCommand(on, relay, { to: `news-confirm+${token}@lists.example` })).data
      expect(reply).toMatch(/^550 5\.7\.1 this address was not issued here, or not for this list$/)
    }
    const other = (await sendCommand(on, relay, { to: `more-confirm+${good}@lists.example` })).data
    expect(other).toMatch(/^550 5\.7\.1 this address was not issued here/)
    const moderate = (await sendCommand(on, relay, { to: `news-moderate+${good}@lists.example` })).data
    expect(moderate).toMatch(/^550 5\.7\.1 this address was not issued here/)
    const old = tokenOf(relay, { kind: 'confirm', id: 1, expiresAtMilliseconds: past })
    expect((await sendCommand(on, relay, { to: `news-confirm+${old}@lists.example` })).data).toMatch(
      /^550 5\.7\.1 this address was good for some days only/,
    )
    expect((await sendCommand(on, relay, { to: 'news-confirm@lists.example' })).data).toMatch(/^550 5\.7\.1 /)
    expect(subscribed(relay)).toEqual([])
    expect(
      (await sendCommand(on, relay, { to: `news-confirm+${good.toUpperCase()}@lists.example` })).data,
    ).toMatch(/^250 /)
    await on.sink.received(2)
    expect(subscribed(relay)).toEqual(['a@origin.example'])
  })

  test('are good once: a second answer is refused, and twenty at once subscribe one address with one welcome', async () => {
    const on = await stage()
    const relay = await listRelay(on)
    await sendCommand(on, relay, { to: subscribe })
    const [confirmation] = await on.sink.received(1)
    const to = fieldOf(confirmation, 'Reply-To')
    const sent = await Promise.all(Array.from({ length: 20 }, () => sendCommand(on, relay, { to })))
    await on.sink.received(2)
    await relay.log.count('command', 1 + sent.filter(({ data }) => data.startsWith('250')).length)
    expect((await sendCommand(on, relay, { to })).data).toMatch(
      /^550 5\.7\.1 this request was answered already/,
    )
    await expectOnlyHelpAfter(on, relay, 2)
    expect(subscribed(relay)).toEqual(['a@origin.example'])
  })
})

describe('programs', () => {
  const programs: Record<string, Partial<CommandMail>> = {
    'a null reverse-path': { reversePath: '', from: 'a@origin.example', isSigned: false },
    'Auto-Submitted: auto-replied': { extra: 'Auto-Submitted: auto-replied (vacation)\r\n' },
    'Auto-Submitted: auto-generated': { extra: 'auto-submitted:\tAUTO-generated; x=y\r\n' },
    'Precedence: bulk': { extra: 'Precedence: bulk\r\n' },
    'Precedence: junk': { extra: 'Precedence: Junk\r\n' },
    'X-Autoreply': { extra: 'X-Autoreply: yes\r\n' },
    'MAILER-DAEMON': { reversePath: 'MAILER-DAEMON@origin.example' },
  }

  test.each(Object.entries(programs))(
    '%s: it is taken, subscribes nobody, and nobody is answered',
    async (_, mail) => {
      const on = await stage()
      const relay = await listRelay(on)
      subscribeAddresses(relay, ['b@origin.example'])
      for (const to of [subscribe, 'news-help@lists.example', 'news-bounces@lists.example']) {
        expect((await sendCommand(on, relay, { to, ...mail })).data).toMatch(/^250 /)
      }
      await expectOnlyHelpAfter(on, relay)
      expect(subscribed(relay)).toEqual(['b@origin.example'])
    },
  )

  test.each([
    'Auto-Submitted: auto-replied\r\nX-Apple-Unsubscribe: true',
    'Auto-Submitted: auto-generated',
    'Auto-Submitted: auto-replied (vacation)',
    'Auto-Submitted: auto-generated; owner-email="x@y.example"',
    'Auto-Submitted: auto-notified',
    'Precedence: bulk',
    'Precedence: auto-reply',
    'X-Autoreply: yes',
    'X-Autogenerated: yes',
  ])('a request to leave that is vouched for is obeyed, and not answered, with %s', async field => {
    const on = await stage()
    const relay = await listRelay(on)
    subscribeAddresses(relay, ['a@origin.example', 'b@origin.example'])
    expect((await sendCommand(on, relay, { to: unsubscribe, extra: `${field}\r\n` })).data).toMatch(/^250 /)
    await relay.log.count('command', 1)
    expect(subscribed(relay)).toEqual(['b@origin.example'])
    await expectOnlyHelpAfter(on, relay)
  })

  test.each([
    { isSigned: false, extra: 'Auto-Submitted: auto-replied\r\n' },
    { reversePath: '', from: 'a@origin.example', isSigned: false },
  ])('one that nobody vouches for is ignored: %o', async mail => {
    const on = await stage()
    const relay = await listRelay(on)
    subscribeAddresses(relay, ['a@origin.example'])
    expect((await sendCommand(on, relay, { to: unsubscribe, ...mail })).data).toMatch(/^250 /)
    await expectOnlyHelpAfter(on, relay)
    expect(subscribed(relay)).toEqual(['a@origin.example'])
  })

  test('a vacation notice to a confirmation confirms nothing', async () => {
    const on = await stage()
    const relay = await listRelay(on)
    await sendCommand(on, relay, { to: subscribe })
    const [confirmation] = await on.sink.received(1)
    const to = fieldOf(confirmation, 'Reply-To')
    const notice = { to, from: 'a@origin.example', extra: 'Auto-Submitted: auto-replied\r\n' }
    expect((await sendCommand(on, relay, notice)).data).toMatch(/^250 /)
    expect((await sendCommand(on, relay, { ...notice, reversePath: '', isSigned: false })).data).toMatch(
      /^250 /,
    )
    await expectOnlyHelpAfter(on, relay, 1)
    expect(subscribed(relay)).toEqual([])
  })

  test('the posts of another list are refused, so that it stops sending them', async () => {
    const on = await stage()
    const relay = await listRelay(on)
    const post = { to: subscribe, extra: 'List-Id: <other.example.org>\r\n' }
    expect((await sendCommand(on, relay, post)).data).toMatch(/^550 5\.7\.1 .*post of a list/)
  })

  test('a list subscribes to no list, not even to itself', async () => {
    const on = await stage()
    // Where own domains are not checked before.
    const domains = { 'lists.example': { aliases: {}, ownSenders: 'unchecked' as const } }
    const relay = await listRelay(on, {}, { domains })
    for (const from of ['news@lists.example', 'news-help@lists.example', 'NEWS-Owner@Lists.Example']) {
      expect((await sendCommand(on, relay, { to: subscribe, from })).data).toMatch(
        /^550 5\.7\.1 a list cannot/,
      )
    }
  })
})

describe('nothing that a stranger writes becomes a header field of a notice', () => {
  const injections: Record<string, Partial<CommandMail>> = {
    'a folded Subject': { subject: 'x\r\n Bcc: victim@other.example' },
    'an encoded line end in Subject': { subject: '=?utf-8?q?x=0D=0ABcc:_victim=40other.example?=' },
    '8-bit octets': { subject: 'caf\xe9 \xff\xfe', from: '"J\xf6rg" <a@origin.example>' },
    'UTF-8 that turns the text around': {
      subject: '\xe2\x80\xaehsilgne',
      from: '"\xe2\x80\xae" <a@origin.example>',
    },
    'an encoded line end in the name': {
      from: '=?utf-8?q?x=0D=0ABcc=3A_victim=40other.example?= <a@origin.example>',
    },
    'a folded name': { from: '"x\r\n Bcc: victim@other.example" <a@origin.example>' },
    'a Message-ID that is none': { extra: 'Message-ID: <x>\r\n Bcc: victim@other.example\r\n' },
    'signs in the local part': { reversePath: "o'brien=x+{y}%z@origin.example" },
  }

  test.each(Object.entries(injections))('%s', async (_, mail) => {
    const on = await stage()
    const relay = await listRelay(on)
    await sendCommand(on, relay, { to: subscribe, reversePath: 'ordinary@origin.example', extra: '' })
    const [ordinary] = await on.sink.received(1)
    const reversePath = mail.reversePath ?? 'a@origin.example'
    const sent = await sendCommand(on, relay, { to: subscribe, ...mail, reversePath })
    expect(sent.data).toMatch(/^250 /)
    const [, notice] = await on.sink.received(2)
    expect(notice?.forwardPaths).toEqual([reversePath])
    const optional = (name: string) => !['In-Reply-To', 'References'].includes(name)
    expect(writtenFields(notice).filter(optional)).toEqual(writtenFields(ordinary).filter(optional))
    expect(notice?.octets.toString('latin1')).not.toContain('victim')
  })

  test('local parts that no field can carry plainly are refused', async () => {
    const on = await stage()
    const relay = await listRelay(on)
    for (const from of [
      '"a b"@origin.example',
      '"x\\"<victim@other.example>"@origin.example',
      'a\xe9@origin.example',
    ]) {
      const reply = (await sendCommand(on, relay, { to: subscribe, from, isSigned: false })).data
      expect(reply).toMatch(/^550 5\.7\.1 /)
    }
    await expectOnlyHelpAfter(on, relay)
  })
})
