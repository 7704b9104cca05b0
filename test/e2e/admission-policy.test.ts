/** Mail of hosts that do not speak DKIM2: what DMARC, ARC, SPF, DNS and the form of a message decide about it, over real sockets. */
import { describe, expect, test } from 'vitest'
import type { RelayConfigInput } from '../../src/config/schema.ts'
import { hopRecord } from '../../src/hoplog/record.ts'
import { hopRecordText } from '../../src/hoplog/text.ts'
import { sealer } from '../support/arc.ts'
import { openReader } from '../support/database-beside.ts'
import { dkimSigner, mailText } from '../support/dkim.ts'
import { fieldOf, listRelay } from '../support/list.ts'
import { send } from '../support/send.ts'
import { relayOn, type Stage, stage } from '../support/stage.ts'
import { publishKeys, type TestRelay } from '../support/test-relay.ts'

const team = 'team@alias.example'
const aliases = { team: ['someone@destination.example'] }

function relayOf(on: Stage, admit: object = {}, config: Partial<RelayConfigInput> = {}): Promise<TestRelay> {
  return relayOn(on, { domains: { 'alias.example': { aliases, admit } }, ...config })
}

function publishDmarc(on: Stage, domain: string, text: string): void {
  publishKeys(on.zone, { [domain]: { _dmarc: [['txt', text]] } })
}

async function reply(relay: TestRelay, octets: Buffer | string, from = 'a@sender.example', to = team) {
  const { mail, rcpt, data } = await send(relay.port, { from, to: [to], octets: Buffer.from(octets) })
  return data || rcpt.at(-1) || mail
}

const forged = mailText({ from: 'ceo@bank.example', to: team })

function shown(relay: TestRelay, answer: string) {
  const queueId = /queued as (\S+)/.exec(answer)?.[1] ?? ''
  const history = openReader(relay.database).showMessage(queueId)
  if (history === undefined) throw new Error(`nothing is known of ${answer}`)
  return { record: hopRecord(history), text: hopRecordText(hopRecord(history)) }
}

describe('DMARC', () => {
  test('reject is refused, and the reply names the policy; nothing went out', async () => {
    const on = await stage()
    publishDmarc(on, 'bank.example', 'v=DMARC1; p=reject')
    const relay = await relayOf(on)
    expect(await reply(relay, forged)).toMatch(
      /^550 5\.7\.1 From is of bank\.example, whose DMARC policy is reject/,
    )
  })

  test('a subdomain that does not exist has np, one that exists has sp', async () => {
    const on = await stage()
    publishDmarc(on, 'bank.example', 'v=DMARC1; p=reject; sp=none; np=reject')
    publishKeys(on.zone, { 'there.bank.example': { '@': [['a', '192.0.2.1']] } })
    const relay = await relayOf(on)
    const of = (domain: string) => mailText({ from: `ceo@${domain}`, to: team })
    expect(await reply(relay, of('ghost.bank.example'))).toMatch(
      /^550 5\.7\.1 From is of ghost\.bank\.example/,
    )
    expect(await reply(relay, of('there.bank.example'))).toMatch(/^250 /)
  })

  test('what DKIM of the organization vouches for passes, and all of it is told', async () => {
    const on = await stage()
    publishDmarc(on, 'bank.example', 'v=DMARC1; p=reject')
    const relay = await relayOf(on)
    const answer = await reply(relay, await dkimSigner(on.zone, 'mail.bank.example').sign(forged))
    expect(answer).toMatch(/^250 /)
    const [copy] = await on.sink.received(1)
    const results = fieldOf(copy, 'Authentication-Results').replace(/\s+/g, ' ')
    expect(results).toMatch(
      /dmarc=pass \(p=reject of bank\.example.*DKIM of mail\.bank\.example aligns.*record v=DMARC1; p=reject\)/,
    )
    expect(results).toMatch(/header\.from=bank\.example policy\.dmarc=reject/)
    const { record, text } = shown(relay, answer)
    expect(record.received.dmarc).toMatchObject({
      result: 'pass',
      aligned: { dkim: 'mail.bank.example' },
      policy: 'reject',
    })
    expect(text).toContain('DMARC    pass for bank.example, policy reject (p of bank.example')
    expect(text).toContain('asked  _dmarc.bank.example record, _dmarc.example absent')
  })

  test('quarantine is marked, for readers and in the hop log', async () => {
    const on = await stage()
    publishDmarc(on, 'bank.example', 'v=DMARC1; p=reject; t=y')
    const relay = await relayOf(on)
    const answer = await reply(relay, forged)
    const [copy] = await on.sink.received(1)
    expect(fieldOf(copy, 'X-DMARC-Failure')).toBe('quarantine; header.from=bank.example')
    expect(fieldOf(copy, 'Authentication-Results')).toContain('policy.dmarc=quarantine')
    expect(shown(relay, answer).text).toContain(
      'marked   X-DMARC-Failure: quarantine; header.from=bank.example',
    )
  })

  test('a list that signed it gets a mark instead of a refusal', async () => {
    const on = await stage()
    publishDmarc(on, 'bank.example', 'v=DMARC1; p=reject')
    const relay = await relayOf(on)
    const post = mailText({ from: 'ceo@bank.example', to: team, extra: 'List-Id: <news.list.example>\r\n' })
    expect(await reply(relay, post)).toMatch(/^550 5\.7\.1 /)
    expect(await reply(relay, await dkimSigner(on.zone, 'list.example').sign(post))).toMatch(/^250 /)
    const [copy] = await on.sink.received(1)
    expect(fieldOf(copy, 'X-DMARC-Failure')).toBe('reject; header.from=bank.example')
  })

  test('a DKIM2 chain of the author is not looked up beside; one of a stranger does not help a forger past the mark', async () => {
    const on = await stage()
    publishDmarc(on, 'bank.example', 'v=DMARC1; p=reject')
    const relay = await relayOf(on)
    const envelope = { from: 'a@origin.example', to: [team] }
    const own = await on.origin.sign(Buffer.from(mailText({ from: 'a@origin.example', to: team })), envelope)
    expect(await reply(relay, own, envelope.from)).toMatch(/^250 /)
    expect(on.dns.queries.filter(({ name, type }) => name.startsWith('_dmarc.') || type === 'MX')).toEqual([])
    const stranger = await on.origin.sign(Buffer.from(forged), envelope)
    expect(await reply(relay, stranger, envelope.from)).toMatch(/^250 /)
    const copies = await on.sink.received(2)
    expect(copies.map(copy => fieldOf(copy, 'X-DMARC-Failure'))).toEqual([
      '',
      'reject; header.from=bank.example',
    ])
  })

  test('names that a forger makes SPF ask for leave none too few for the policy', async () => {
    const on = await stage()
    publishDmarc(on, 'bank.example', 'v=DMARC1; p=reject')
    const includes = Array.from({ length: 9 }, (_, at) => `a:h${at}.sender.example`).join(' ')
    publishKeys(on.zone, { 'sender.example': { '@': [['txt', `v=spf1 ${includes} -all`]] } })
    const relay = await relayOf(on, {}, { limits: { maxNamesPerMessage: 1 } })
    expect(await reply(relay, forged)).toMatch(/^550 5\.7\.1 From is of bank\.example/)
  })

  test('no answer of DNS refuses nothing for good', async () => {
    const on = await stage()
    publishDmarc(on, 'bank.example', 'v=DMARC1; p=reject')
    on.dns.behave('_dmarc.bank.example', 'servfail')
    const relay = await relayOf(on)
    const answer = await reply(relay, forged)
    expect(answer).toMatch(/^250 /)
    expect(shown(relay, answer).text).toContain('DMARC    temperror for bank.example')
    const signed = await dkimSigner(on.zone, 'bank.example').sign(forged)
    on.dns.behave('_dmarc.bank.example', undefined).behave('dkim._domainkey.bank.example', 'servfail')
    expect(await reply(relay, signed)).toMatch(/^451 4\.7\.5 .*try again later/)
  })
})

describe('ARC', () => {
  test.each([
    [['list.example'], /^250 /],
    [[], /^550 5\.7\.1 /],
  ])('sealers trusted: %j', async (trustedSealers, expected) => {
    const on = await stage()
    publishDmarc(on, 'bank.example', 'v=DMARC1; p=reject')
    const list = sealer('list.example')
    publishKeys(on.zone, { 'list.example': { 'arc._domainkey': [['txt', list.record[1]]] } })
    const relay = await relayOf(on, {}, { trustedSealers })
    const answer = await reply(
      relay,
      await list.seal(Buffer.from(forged), 'dmarc=pass header.from=bank.example'),
    )
    expect(answer).toMatch(expected)
    if (trustedSealers.length === 0) return
    const [copy] = await on.sink.received(1)
    expect(fieldOf(copy, 'X-DMARC-Failure')).toBe('')
    expect(fieldOf(copy, 'Authentication-Results')).toMatch(/arc=pass \(i=1 list\.example\)/)
    const { text } = shown(relay, answer)
    expect(text).toContain('ARC      pass, sealed by list.example; list.example is trusted')
    expect(text).toContain('noted    DMARC fail is lifted')
  })
})

describe('the sender', () => {
  const mail = mailText({ from: 'a@shop.example', to: team })

  test('of a domain that does not exist is refused; DNS that fails refuses nobody', async () => {
    const on = await stage()
    const relay = await relayOf(on)
    expect(await reply(relay, mail, 'a@ghost.nowhere.example')).toMatch(
      /^550 5\.1\.8 the sender's domain ghost\.nowhere\.example does not exist/,
    )
    on.dns.behave('lost.nowhere.example', 'servfail')
    expect(await reply(relay, mail, 'b@lost.nowhere.example')).toMatch(/^250 /)
  })

  test('that takes no mail may not give commands, and is noted elsewhere', async () => {
    const on = await stage()
    publishKeys(on.zone, {
      'mute.example': {
        '@': [
          ['mx', '0 .'],
          ['txt', 'v=spf1 ip4:127.0.0.1 -all'],
        ],
      },
    })
    const relay = await listRelay(on, { posting: 'anyone' }, { domains: { 'lists.example': { aliases } } })
    const of = (to: string) => reply(relay, mailText({ from: 'a@mute.example', to }), 'a@mute.example', to)
    expect(await of('news-subscribe@lists.example')).toMatch(/^550 5\.7\.27 .*null MX/)
    const answer = await of('team@lists.example')
    expect(shown(relay, answer).text).toContain("noted    the sender's domain mute.example takes no mail")
  })

  test('whose SPF says no is noted, or refused where that is set', async () => {
    const on = await stage()
    publishKeys(on.zone, { 'shop.example': { '@': [['txt', 'v=spf1 ip4:192.0.2.1 -all']] } })
    const lax = await relayOf(on)
    expect(shown(lax, await reply(lax, mail, 'a@shop.example')).text).toContain(
      'noted    SPF of shop.example',
    )
    const strict = await relayOf(on, { spfFail: 'refuse' })
    expect(await reply(strict, mail, 'a@shop.example')).toMatch(/^550 5\.7\.23 SPF of shop\.example/)
  })
})

describe('the form of a message', () => {
  test.each([
    [
      'a second Subject',
      `Subject: y\r\n${forged}`,
      /^550 5\.6\.0 there are 2 Subject fields; .*RFC 5322 section 3\.6/,
    ],
    ['no From', 'Subject: x\r\n\r\nHello\r\n', /^550 5\.6\.0 there is no From field/],
    ['From without an address', 'From: nobody\r\n\r\nHello\r\n', /^550 5\.6\.0 From names no mailbox/],
    ['no header section', 'Hello\r\n', /^550 5\.6\.0 there is no header field/],
  ])('%s is refused, and taken where that is set', async (_, octets, expected) => {
    const on = await stage()
    const relay = await relayOf(on)
    expect(await reply(relay, octets)).toMatch(expected)
    const lax = await relayOf(on, { ambiguousFormat: 'accept' })
    expect(shown(lax, await reply(lax, octets)).record.received.lookedAt[0]).toMatch(/^format: /)
  })

  test('what everybody reads the same is noted', async () => {
    const on = await stage()
    const relay = await relayOf(on)
    const octets = Buffer.from(
      `Received: ; now\r\nX-Name: J\xf6rg\r\n${forged}${'x'.repeat(1_200)}\r\n`,
      'latin1',
    )
    const { lookedAt } = shown(relay, await reply(relay, octets)).record.received
    expect(lookedAt).toEqual([
      expect.stringMatching(/^format: X-Name has octets above 127.*line 2 \(/),
      expect.stringMatching(/^format: a Received field says nothing.*line 1 \(/),
      expect.stringMatching(/^format: a line has 1200 octets \(RFC 5322 section 2\.1\.1\)$/),
    ])
  })
})
