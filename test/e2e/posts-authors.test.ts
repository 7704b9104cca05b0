/** Posts whose From needs a second look: several authors, UTF-8, and what cannot be read. */
import { describe, expect, test } from 'vitest'
import { fieldOf, listRelay, subscribeAddresses } from '../support/list.ts'
import { send } from '../support/send.ts'
import { stage } from '../support/stage.ts'

const news = 'news@lists.example'
const post = (from: string) =>
  Buffer.from(
    `From: ${from}\r\nTo: ${news}\r\nSubject: x\r\nMessage-ID: <1@origin.example>\r\n\r\nHello.\r\n`,
  )

describe('only subscribers may post', () => {
  test.each([
    ['Jane Doe <jane@origin.example>', /^250 /],
    ['Joe <joe@origin.example>', /^550 5\.7\.1 .*only subscribers .*joe@origin\.example is none/],
    ['Doe, Jane <jane@origin.example>', /^550 5\.7\.1 .*the From field is not one plain address/],
    ['Jane: jane@origin.example;', /^550 5\.7\.1 .*From/],
    ['jane@origin.example, joe@origin.example', /^550 5\.7\.1 .*From/],
    ['Jane <jane@origin.example', /^550 5\.[67]\.\d .*From/],
    ['"Jane <jane@origin.example>', /^550 5\.[67]\.\d .*From/],
    ['jane at origin.example', /^550 5\.[67]\.\d .*From/],
    ['<>', /^550 5\.[67]\.\d .*From/],
    ['undisclosed-senders:;', /^550 5\.[67]\.\d .*From/],
  ])('From: %s', async (from, expected) => {
    const on = await stage()
    const relay = await listRelay(on, { posting: 'subscribers' })
    subscribeAddresses(relay, ['jane@origin.example'])
    const mail = { from: 'jane@origin.example', to: [news] }
    const octets = await on.origin.sign(post(from), mail)
    expect((await send(relay.port, { ...mail, octets })).data).toMatch(expected)
  })
})

test('a list that puts its own name into every From refuses a post of which it cannot', async () => {
  const on = await stage()
  const relay = await listRelay(on, { posting: 'anyone', fromRewrite: 'always' })
  const mail = { from: 'jane@origin.example', to: [news], octets: post('nobody that can be read') }
  expect((await send(relay.port, mail)).data).toMatch(/^550 5\.6\.0 .*From/)
})

test.each([
  ['Joe <joe@lax.example>, Jane <jane@strict.example>', true],
  ['Jane <jane@strict.example>, Joe <joe@lax.example>', true],
  ['uwe@b\u00fccher.example', true],
  ['joe@lax.example, jim@lax.example', false],
])('From: %s names the list in the copies: %s', async (from, isRewritten) => {
  const on = await stage()
  on.zone['strict.example'] = { _dmarc: [['txt', 'v=DMARC1; p=reject']] }
  on.zone['lax.example'] = { _dmarc: [['txt', 'v=DMARC1; p=none']] }
  on.zone['xn--bcher-kva.example'] = { _dmarc: [['txt', 'v=DMARC1; p=reject']] }
  // Nobody vouches for these authors; what is shown here is what becomes of posts that were let in.
  const domains = { 'lists.example': { aliases: {}, admit: { dmarcReject: 'accept' as const } } }
  const relay = await listRelay(on, { posting: 'anyone' }, { domains })
  subscribeAddresses(relay, ['one@destination.example'])
  const mail = { from: 'joe@origin.example', to: [news], mailParameters: 'SMTPUTF8', octets: post(from) }
  expect((await send(relay.port, mail)).data).toMatch(/^250 /)
  const [copy] = await on.sink.received(1)
  expect(fieldOf(copy, 'From').endsWith(`<${news}>`)).toBe(isRewritten)
})
