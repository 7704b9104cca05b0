/** Mail from outside in the name of own domains needs somebody who vouches for it (RFC 5321 section 7.1, RFC 7489 section 3.1). */
import { describe, expect, test } from 'vitest'
import type { RelayConfigInput } from '../../src/config/schema.ts'
import { fieldValue, readMessage } from '../../src/message/message.ts'
import { openReader } from '../support/database-beside.ts'
import { dkimSigner, mailText } from '../support/dkim.ts'
import { fieldOf, listRelay, subscribeAddresses } from '../support/list.ts'
import { originator } from '../support/originator.ts'
import { send } from '../support/send.ts'
import type { Stage } from '../support/stage.ts'
import { relayOn, stage } from '../support/stage.ts'
import { publishKeys, type TestRelay } from '../support/test-relay.ts'
import { verifyReceived } from '../support/verify.ts'

const team = 'team@alias.example'
const aliases = { team: ['someone@destination.example'] }
/** A second From is refused for its own sake elsewhere; here it must not help a forger where it is let pass. */
const both = {
  'alias.example': { aliases, admit: { ambiguousFormat: 'accept' as const } },
  'lists.example': { aliases },
  'xn--bcher-kva.example': { aliases },
}

interface Mail {
  readonly mailFrom?: string
  readonly from?: string
  readonly to?: string
  readonly extra?: string
}

async function relayOf(
  on: Stage,
  domains: RelayConfigInput['domains'] = both,
  config = {},
): Promise<TestRelay> {
  return relayOn(on, { domains, ...config })
}

async function reply(relay: TestRelay, mail: Mail): Promise<string> {
  const { mailFrom = 'a@origin.example', from = mailFrom, to = team, extra = '' } = mail
  const octets = Buffer.from(mailText({ from, to, extra }))
  const parameters = /[^\x00-\x7f]/.test(mailFrom) ? { mailParameters: 'SMTPUTF8' } : {}
  const {
    mail: first,
    rcpt,
    data,
  } = await send(relay.port, { from: mailFrom, to: [to], octets, ...parameters })
  return data || rcpt.at(-1) || first
}

function publishSpf(on: Stage, domain: string, text = 'v=spf1 ip4:127.0.0.1 -all'): void {
  publishKeys(on.zone, { [domain]: { '@': [['txt', text]] } })
}

describe('a stranger is refused', () => {
  const forged: Record<string, Mail> = {
    'with MAIL FROM and From of an own domain': { mailFrom: 'me@alias.example' },
    'with From alone': { from: 'me@alias.example' },
    'with MAIL FROM alone': { mailFrom: 'me@alias.example', from: 'a@origin.example' },
    'with another own domain than that of the recipient': { mailFrom: 'me@lists.example' },
    'with a name below an own domain': { mailFrom: 'me@mail.alias.example', from: 'a@origin.example' },
    'with a name below an own domain in From': { from: 'me@a.b.alias.example' },
    'in another case': { from: 'ME@ALIAS.Example' },
    'in U-labels': { mailFrom: 'me@bücher.example', from: 'a@origin.example' },
    'in U-labels in From': { from: 'me@bücher.example' },
    'in A-labels of another case': { from: 'me@XN--BCHER-KVA.example' },
    'with a second mailbox in From': { from: 'a@origin.example, me@alias.example' },
    'with a second From': { extra: 'From: me@alias.example\r\n' },
    'with a group in From': { from: 'Us: me@alias.example;' },
    'with comments within the address': { from: 'me@(x)alias(y).example' },
    'with a null reverse-path': { mailFrom: '', from: 'me@alias.example' },
    'with a bounce address as sender': {
      mailFrom: 'b+0000000000000@alias.example',
      from: 'a@origin.example',
    },
    'with a List-Id that nobody signs': {
      from: 'me@alias.example',
      extra: 'List-Id: <x.foreign.example>\r\n',
    },
  }

  test.each(Object.entries(forged))('%s', async (_, mail) => {
    const on = await stage()
    publishSpf(on, 'origin.example')
    const relay = await relayOf(on)
    expect(await reply(relay, mail)).toMatch(/^550 5\.7\.1 (?:MAIL FROM|From) is of /)
  })

  test('at a list, and at the addresses for its commands', async () => {
    const on = await stage()
    const relay = await listRelay(on, { posting: 'anyone' })
    for (const to of ['news@lists.example', 'news-subscribe@lists.example', 'news-owner@lists.example'])
      expect(await reply(relay, { mailFrom: 'me@lists.example', to })).toMatch(/^550 5\.7\.1 MAIL FROM is of/)
  })

  test('whose chain begins with another domain, or was changed by one', async () => {
    const on = await stage()
    const relay = await relayOf(on)
    const own = originator(on.zone, 'alias.example')
    const text = Buffer.from(mailText({ from: 'me@alias.example', to: team }))
    const stranger = { from: 'a@origin.example', to: [team] }
    const forged = await on.origin.sign(text, stranger)
    const genuine = await own.sign(text, { from: 'me@alias.example', to: [stranger.from] })
    const text2 = Buffer.from(genuine.toString('latin1').replace('Hello.', 'Pay here.'), 'latin1')
    const changed = await on.origin.sign(text2, stranger, 'mailversion', [], genuine)
    for (const octets of [forged, changed])
      expect((await send(relay.port, { ...stranger, octets })).data).toMatch(/^550 5\.7\.1 From is of/)
    const unchanged = await on.origin.sign(genuine, stranger)
    expect((await send(relay.port, { ...stranger, octets: unchanged })).data).toMatch(/^250 /)
  })

  test('with DKIM of an own domain that leaves out a second From, or a part of the text', async () => {
    const on = await stage()
    const relay = await relayOf(on)
    const dkim = dkimSigner(on.zone, 'alias.example')
    const text = mailText({ from: 'me@alias.example', to: team })
    const second = Buffer.concat([Buffer.from('From: boss@alias.example\r\n'), await dkim.sign(text)])
    const longer = Buffer.concat([await dkim.sign(text, { maxBodyLength: 4 }), Buffer.from('More.\r\n')])
    for (const octets of [second, longer])
      expect((await send(relay.port, { from: 'a@origin.example', to: [team], octets })).data).toMatch(
        /^550 5\.7\.1 /,
      )
  })
})

describe('mail of an own domain is taken', () => {
  test('with DKIM, and with DKIM2 of it', async () => {
    const on = await stage()
    const relay = await relayOf(on)
    const own = { from: 'me@alias.example', to: [team] }
    const text = mailText({ from: 'me@alias.example', to: team })
    const dkim = dkimSigner(on.zone, 'alias.example')
    const signed = await dkim.sign(text)
    expect((await send(relay.port, { ...own, octets: signed })).data).toMatch(/^250 /)
    expect((await send(relay.port, { from: '', to: [team], octets: signed })).data).toMatch(/^250 /)
    const other = await dkim.sign(mailText({ from: 'me@alias.example', to: team, id: '2' }))
    expect((await send(relay.port, { from: 'a@origin.example', to: [team], octets: other })).data).toMatch(
      /^250 /,
    )
    const originated = originator(on.zone, 'alias.example')
    for (const profile of ['mailversion', 'message-instance'] as const) {
      const octets = await originated.sign(Buffer.from(text), own, profile)
      expect((await send(relay.port, { ...own, octets })).data).toMatch(/^250 /)
    }
  })

  test('with SPF of it', async () => {
    const on = await stage()
    publishSpf(on, 'alias.example')
    publishSpf(on, 'mail.lists.example')
    const relay = await relayOf(on)
    expect(await reply(relay, { mailFrom: 'me@alias.example', from: 'me@mail.alias.example' })).toMatch(
      /^250 /,
    )
    expect(await reply(relay, { mailFrom: 'me@mail.lists.example' })).toMatch(/^250 /)
  })

  test('in U-labels, with DKIM or SPF of the A-labels', async () => {
    const on = await stage()
    publishSpf(on, 'xn--bcher-kva.example')
    const relay = await relayOf(on)
    expect(await reply(relay, { mailFrom: 'me@bücher.example' })).toMatch(/^250 /)
    const dkim = dkimSigner(on.zone, 'xn--bcher-kva.example')
    const text = Buffer.from(mailText({ from: 'me@bücher.example', to: team })).toString('latin1')
    const octets = await dkim.sign(text)
    expect((await send(relay.port, { from: 'a@origin.example', to: [team], octets })).data).toMatch(/^250 /)
  })

  test('from a trusted client, whatever it says', async () => {
    const on = await stage()
    const listeners = [{ name: 'mx', port: 0, tls: 'none' as const, trustedClients: ['127.0.0.1'] }]
    const relay = await relayOf(on, both, { listeners })
    expect(await reply(relay, { mailFrom: 'me@alias.example' })).toMatch(/^250 /)
    expect(await reply(relay, { from: 'me@lists.example' })).toMatch(/^250 /)
  })

  test('and so is that of a foreign domain that publishes nothing', async () => {
    const on = await stage()
    const relay = await relayOf(on)
    expect(await reply(relay, { mailFrom: 'a@notalias.example' })).toMatch(/^250 /)
    expect(await reply(relay, { from: '"me@alias.example" <a@other.example>' })).toMatch(/^250 /)
  })

  test('that this relay had sent out itself, and that comes back by a forwarder', async () => {
    const on = await stage()
    const relay = await listRelay(
      on,
      { posting: 'anyone', fromRewrite: 'always' },
      { domains: { 'lists.example': { aliases } } },
    )
    const post = { from: 'a@origin.example', to: ['news@lists.example'] }
    subscribeAddresses(relay, ['b@destination.example'])
    const text = Buffer.from(mailText({ from: post.from, to: 'news@lists.example' }))
    await send(relay.port, { ...post, octets: await on.origin.sign(text, post) })
    const [copy] = await on.sink.received(1)
    expect(fieldOf(copy, 'From')).toContain('news@lists.example')
    const back = { from: 'b@destination.example', to: ['team@lists.example'] }
    const forwarder = originator(on.zone, 'destination.example')
    const octets = await forwarder.sign(copy?.octets ?? Buffer.alloc(0), back)
    expect((await send(relay.port, { ...back, octets })).data).toMatch(/^250 /)
  })
})

test('what cannot be looked up is a matter of time: deferred, not refused', async () => {
  const on = await stage()
  publishSpf(on, 'alias.example')
  const relay = await relayOf(on)
  on.dns.behave('alias.example', 'servfail')
  expect(await reply(relay, { mailFrom: 'me@alias.example' })).toMatch(/^451 4\.7\.5 /)
  const octets = await dkimSigner(on.zone, 'lists.example').sign(
    mailText({ from: 'me@lists.example', to: team }),
  )
  on.dns.behave('dkim._domainkey.lists.example', 'servfail')
  const sent = await send(relay.port, { from: 'a@origin.example', to: [team], octets })
  expect(sent.data).toMatch(/^451 4\.7\.5 /)
})

describe('the setting of a domain', () => {
  const onlyBelow = { mailFrom: 'me@mail.alias.example', from: 'me@alias.example' }

  test.each([
    ['strict', /^550 5\.7\.1 From is of alias\.example/],
    ['relaxed', /^250 /],
  ] as const)('%s: a pass of a name within it', async (ownSenders, expected) => {
    const on = await stage()
    publishSpf(on, 'mail.alias.example')
    const relay = await relayOf(on, { 'alias.example': { aliases, ownSenders } })
    expect(await reply(relay, onlyBelow)).toMatch(expected)
    expect(await reply(relay, { mailFrom: 'me@alias.example' })).toMatch(/^550 5\.7\.1 /)
  })

  test('unchecked: as it comes; the longest name counts', async () => {
    const on = await stage()
    const relay = await relayOf(on, {
      'alias.example': { aliases, ownSenders: 'unchecked' },
      'strict.alias.example': { aliases },
    })
    publishKeys(on.zone, { 'x.alias.example': { '@': [['mx', '10 mail.alias.example']] } })
    expect(await reply(relay, { mailFrom: 'me@alias.example' })).toMatch(/^250 /)
    expect(await reply(relay, { mailFrom: 'me@x.alias.example' })).toMatch(/^250 /)
    expect(await reply(relay, { mailFrom: 'me@strict.alias.example' })).toMatch(/^550 /)
  })
})

describe('what comes back from a foreign list', () => {
  const list = 'List-Id: Readers <readers.foreign.example>\r\n'
  const envelope = { from: 'readers-bounces@foreign.example', to: [team] }
  const text = mailText({ from: 'me@alias.example', to: 'readers@foreign.example', extra: list })

  function marks(octets: Buffer): string[] {
    const fields = readMessage(octets).fields
    const named = fields.filter(field => field.name === 'Authentication-Results')
    return named.map(fieldValue).filter(value => value.includes('x-own-domain='))
  }

  test('is taken with a mark, and goes on from and signed by a domain that is none of From', async () => {
    const on = await stage()
    const relay = await relayOf(on)
    const octets = await dkimSigner(on.zone, 'foreign.example').sign(text)
    const sent = await send(relay.port, { ...envelope, octets })
    expect(sent.data).toMatch(/^250 /)
    const [copy] = await on.sink.received(1)
    expect(copy?.reversePath).toMatch(/^b\+[^@]+@lists\.example$/)
    expect(fieldOf(copy, 'From')).toBe('me@alias.example')
    expect(marks(copy?.octets ?? Buffer.alloc(0))).toEqual([
      expect.stringContaining(
        'x-own-domain=foreign-list header.from=alias.example policy.list=foreign.example',
      ),
    ])
    const verdict = await verifyReceived(copy, on.zone)
    expect(verdict).toMatchObject({ state: 'pass' })
    expect(verdict.hops.map(hop => hop.domain)).toEqual(['lists.example'])
    const reader = openReader(relay.database)
    expect(reader.message(sent.queueId)?.record.admission).toMatchObject({
      foreignList: { domain: 'foreign.example', from: ['alias.example'] },
    })
    reader.close()
  })

  test('goes on as it came where every own domain is related to From: no signature here vouches for it', async () => {
    const on = await stage()
    const relay = await relayOf(on, { 'alias.example': { aliases }, 'more.alias.example': { aliases } })
    const octets = await dkimSigner(on.zone, 'foreign.example').sign(text)
    expect((await send(relay.port, { ...envelope, octets })).data).toMatch(/^250 /)
    const [copy] = await on.sink.received(1)
    expect(copy?.reversePath).toBe(envelope.from)
    expect(fieldOf(copy, 'DKIM2-Signature')).toBe('')
    await relay.log.count('forwarded without a hop of ours', 1)
  })

  test('by DKIM2: a chain that can only go on under the domain of From goes on as it came', async () => {
    const on = await stage()
    const relay = await relayOf(on)
    const foreign = originator(on.zone, 'foreign.example')
    const octets = await foreign.sign(Buffer.from(text), envelope)
    expect((await send(relay.port, { ...envelope, octets })).data).toMatch(/^250 /)
    const [copy] = await on.sink.received(1)
    expect(copy?.reversePath).toBe(envelope.from)
    const signed = readMessage(copy?.octets ?? Buffer.alloc(0)).fields.filter(
      ({ name }) => name === 'DKIM2-Signature',
    )
    expect(signed).toHaveLength(1)
    const other = { ...envelope, to: ['team@lists.example'] }
    const again = await foreign.sign(Buffer.from(text), other)
    expect((await send(relay.port, { ...other, octets: again })).data).toMatch(/^250 /)
    const [, unrelated] = await on.sink.received(2)
    expect(unrelated?.reversePath).toMatch(/@lists\.example$/)
    expect(await verifyReceived(unrelated, on.zone)).toMatchObject({ state: 'pass' })
  })

  test('is refused where the list did not sign, is of an own domain, has no sender, or where MAIL FROM is forged too', async () => {
    const on = await stage()
    const relay = await relayOf(on)
    const signer = dkimSigner(on.zone, 'foreign.example')
    const signed = await signer.sign(text)
    const other = await signer.sign(text.replace('readers.foreign', 'readers.elsewhere'))
    const part = await signer.sign(text, { maxBodyLength: 4 })
    const own = await dkimSigner(on.zone, 'lists.example').sign(
      text.replace('readers.foreign', 'readers.lists'),
    )
    const plain = await signer.sign(text.replace(list, ''))
    for (const octets of [Buffer.from(text), other, part, own, plain])
      expect((await send(relay.port, { ...envelope, octets })).data).toMatch(/^550 5\.7\.1 From is of/)
    for (const from of ['', 'me@alias.example'])
      expect((await send(relay.port, { ...envelope, from, octets: signed })).data).toMatch(/^550 5\.7\.1 /)
  })

  test('is no post to a list of a domain that From is related to', async () => {
    const on = await stage()
    const relay = await listRelay(on, { posting: 'anyone' })
    const octets = await dkimSigner(on.zone, 'foreign.example').sign(text.replace('me@alias', 'me@lists'))
    const to = ['news@lists.example']
    expect((await send(relay.port, { ...envelope, to, octets })).data).toMatch(
      /^550 5\.7\.1 news@lists\.example: From is of a domain of this relay/,
    )
  })
})
