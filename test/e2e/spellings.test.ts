/** Whoever writes to this relay may spell an address in any of its equivalent forms, and may put a tag on it. */
import { describe, expect, test } from 'vitest'
import { listRelay, subscribeAddresses } from '../support/list.ts'
import { plainMessage, send } from '../support/send.ts'
import { relayOn, stage } from '../support/stage.ts'

const domains = {
  'alias.example': {
    aliases: {
      team: ['team@destination.example'],
      'team+own': ['own@destination.example'],
      'first.last': ['first@destination.example'],
      'gr\u00fcn': ['green@destination.example'],
    },
  },
  'lists.example': { aliases: { team: ['team@destination.example'], '*': ['*@destination.example'] } },
  'plain.example': {
    subaddresses: false,
    aliases: { team: ['team@destination.example'], '*': ['*@destination.example'] },
  },
}

describe('an alias', () => {
  test('is found in every spelling, and with a tag; the whole address first, the catch-all last with the tag kept', async () => {
    const on = await stage()
    const relay = await relayOn(on, { domains, postmaster: 'admin@destination.example' })
    const rows: [string, string | undefined][] = [
      ['team@alias.example', 'team'],
      ['"team"@alias.example', 'team'],
      ['"TEAM"@alias.example', 'team'],
      ['"t\\eam"@alias.example', 'team'],
      ['"first.last"@alias.example', 'first'],
      ['"postmaster"@alias.example', 'admin'],
      ['postmaster+spam@alias.example', 'admin'],
      ['gru\u0308n@alias.example', 'green'],
      ['"Gr\u00fcn"@alias.example', 'green'],
      ['team+tag@alias.example', 'team'],
      ['Team+Tag+more@alias.example', 'team'],
      ['"team+tag"@alias.example', 'team'],
      ['team+own@alias.example', 'own'],
      ['"TEAM+own"@alias.example', 'own'],
      ['team+own+x@alias.example', 'team'],
      ['nobody+tag@alias.example', undefined],
      ['+team@alias.example', undefined],
      ['b+team@alias.example', undefined],
      ['team+tag@lists.example', 'team'],
      ['nobody+Tag@lists.example', 'nobody+Tag'],
      ['team+tag@plain.example', 'team+tag'],
    ]
    const told: [string, string | undefined][] = []
    for (const [address] of rows) {
      const mail = { from: 'a@origin.example', to: [address], mailParameters: 'SMTPUTF8' }
      const octets = await on.origin.sign(plainMessage({ subject: 'x' }), mail)
      const before = on.sink.messages.length
      const { rcpt } = await send(relay.port, { ...mail, octets })
      if (!rcpt[0]?.startsWith('250')) told.push([address, undefined])
      else {
        await on.sink.received(before + 1)
        told.push([address, on.sink.messages.at(-1)?.forwardPaths[0]?.split('@')[0]])
      }
    }
    expect(told).toEqual(rows)
  })
})

const news = 'news@lists.example'

describe('a list', () => {
  test('takes posts and commands in every spelling; a tag leads to the list, and commands keep their own', async () => {
    const on = await stage()
    const relay = await listRelay(on)
    const rows: [string, RegExp][] = [
      ['"news"@lists.example', /^250 /],
      ['"NEWS"@lists.example', /^250 /],
      ['news+tag@lists.example', /^250 /],
      ['"news+tag"@lists.example', /^250 /],
      ['"news-subscribe"@lists.example', /^250 /],
      ['"news-owner"@lists.example', /^250 /],
      ['news-confirm+none@lists.example', /^250 /],
      ['"news tag"@lists.example', /^55[03] /],
      ['new+s@lists.example', /^550 /],
      ['b+news@lists.example', /^550 5\.7\.1/],
    ]
    for (const [address, expected] of rows) {
      const mail = { from: 'a@origin.example', to: [address] }
      expect((await send(relay.port, { ...mail, octets: plainMessage() })).rcpt[0], address).toMatch(expected)
    }
  })

  test.each([
    ['From: "jane"@origin.example', 'jane@origin.example', /^250 /],
    ['From: Jane <"Jane"@origin.example>', 'jane@origin.example', /^250 /],
    ['From: jane@origin.example', '"jane"@origin.example', /^250 /],
    ['From: "jane".doe@origin.example', 'jane@origin.example', /^550 5\.6\.0 .*From/],
  ])('knows a subscriber who posts with %s and MAIL FROM %s', async (from, reversePath, expected) => {
    const on = await stage()
    const relay = await listRelay(on, { posting: 'subscribers' })
    subscribeAddresses(relay, ['jane@origin.example'])
    const octets = Buffer.from(`${from}\r\nTo: ${news}\r\nMessage-ID: <1@origin.example>\r\n\r\nHello.\r\n`)
    expect((await send(relay.port, { from: reversePath, to: [news], octets })).data).toMatch(expected)
  })

  test('takes the quoted form of the address of a copy for its report', async () => {
    const on = await stage()
    const relay = await listRelay(on, { posting: 'anyone' })
    subscribeAddresses(relay, ['jane@destination.example'])
    const post = { from: 'a@origin.example', to: [news] }
    await send(relay.port, { ...post, octets: await on.origin.sign(plainMessage(), post) })
    const [copy] = await on.sink.received(1)
    const [localPart, domain] = copy?.reversePath.split('@') ?? []
    const report = { from: '', to: [`"${localPart}"@${domain}`], octets: plainMessage() }
    expect((await send(relay.port, report)).rcpt).toEqual([expect.stringMatching(/^250 /)])
  })
})
