/** What was signed for somebody else is no command, no post and no owner's word at a list (RFC 6376 sections 5.4.2, 8.2 and 8.15). */
import { describe, expect, test } from 'vitest'
import type { ListSettingsInput } from '../../src/lists/settings.ts'
import { openReader } from '../support/database-beside.ts'
import type { DkimSigner } from '../support/dkim.ts'
import { dkimSigner, mailText } from '../support/dkim.ts'
import { listAddress, listRelay, subscribeAddresses, subscribersOf } from '../support/list.ts'
import { originator } from '../support/originator.ts'
import type { SendResult } from '../support/send.ts'
import { send } from '../support/send.ts'
import type { Stage } from '../support/stage.ts'
import { stage } from '../support/stage.ts'
import type { TestRelay } from '../support/test-relay.ts'

/** A domain that takes at its aliases what means two things. */
const takesAll = { ambiguousFormat: 'accept' } as const
const author = 'jane@origin.example'
const command = 'news-unsubscribe@lists.example'
const friend = 'friend@attacker.example'

interface Scene {
  readonly on: Stage
  readonly relay: TestRelay
  readonly dkim: DkimSigner
}

async function scene(settings: Partial<ListSettingsInput> = {}): Promise<Scene> {
  const on = await stage()
  const relay = await listRelay(on, settings)
  subscribeAddresses(relay, [author])
  return { on, relay, dkim: dkimSigner(on.zone) }
}

/** Somebody who has got hold of it sends it to an address of the list. */
function replay({ relay }: Scene, octets: Buffer | string, to: string, from = 'x@attacker.example') {
  return send(relay.port, { from, to: [to], octets: Buffer.from(octets) })
}

function above(line: string, signed: Buffer): Buffer {
  return Buffer.concat([Buffer.from(line), signed])
}

/** State of the last post that the relay took. */
async function stateOfPost(relay: TestRelay, { queueId }: SendResult): Promise<string | undefined> {
  await relay.log.count('post', 1)
  const reader = openReader(relay.database)
  try {
    return reader.postsOf(queueId)[0]?.state
  } finally {
    reader.close()
  }
}

describe('a command', () => {
  async function isStillSubscribed(made: Scene, octets: Buffer): Promise<boolean> {
    const { data } = await replay(made, octets, command)
    if (data.startsWith('250')) await made.relay.log.count('command', 1)
    return subscribersOf(made.relay).length === 1
  }

  test.each([
    ['To', { to: command }, 'Date:Message-ID:Subject:To:From'],
    [
      'an addressee with a name, in another case',
      { to: `Leave <NEWS-Unsubscribe@Lists.Example>` },
      'To:From:Subject',
    ],
    ['a signed Cc', { to: friend, extra: `Cc: ${command}\r\n` }, 'To:Cc:From:Subject'],
    ['a group', { to: `Lists: ${friend}, ${command};` }, 'To:From:Subject'],
  ])('that names the list in %s and is signed so is obeyed', async (_, mail, headerList) => {
    const made = await scene()
    const octets = await made.dkim.sign(mailText({ from: author, ...mail }), { headerList })
    expect(await isStillSubscribed(made, octets)).toBe(false)
  })

  const toFriend = mailText({ from: author, to: friend })
  const toCommand = mailText({ from: author, to: command })
  const forged: Record<string, (dkim: DkimSigner) => Promise<Buffer>> = {
    'as it was': dkim => dkim.sign(toFriend),
    'with a Cc added above': async dkim => above(`Cc: ${command}\r\n`, await dkim.sign(toFriend)),
    'with a Cc added above one that is signed': async dkim =>
      above(
        `Cc: ${command}\r\n`,
        await dkim.sign(mailText({ from: author, to: friend, extra: 'Cc: b@origin.example\r\n' }), {
          headerList: 'To:Cc:From:Subject',
        }),
      ),
    'with a To added where there was none': async dkim =>
      above(`To: ${command}\r\n`, await dkim.sign(mailText({ from: author }))),
    'with its To folded before the colon, and another above': async dkim => {
      const signed = (await dkim.sign(toFriend)).toString('latin1').replace('\r\nTo: ', '\r\nTo\r\n : ')
      return above(`To: ${command}\r\n`, Buffer.from(signed, 'latin1'))
    },
    'with a Subject where there was none': async dkim => {
      const text = toCommand.replace(/Subject: .*\r\n/, '')
      return above('Subject: leave\r\n', await dkim.sign(text))
    },
    'with a Reply-To added': async dkim =>
      above('Reply-To: x@attacker.example\r\n', await dkim.sign(toCommand)),
    'without To in h=': dkim => dkim.sign(toCommand, { headerList: 'From:Subject:Date' }),
    'without Subject in h=': dkim => dkim.sign(toCommand, { headerList: 'From:To:Date' }),
    'with l= and text behind it': async dkim =>
      Buffer.concat([await dkim.sign(toCommand, { maxBodyLength: 4 }), Buffer.from('More.\r\n')]),
    'with l= that covers all of it': dkim => dkim.sign(toCommand, { maxBodyLength: 8 }),
    'with l=0': dkim => dkim.sign(toCommand, { maxBodyLength: 0 }),
    'that was a post to the list': dkim => dkim.sign(mailText({ from: author, to: listAddress })),
    'that names the list in a display name': dkim =>
      dkim.sign(mailText({ from: author, to: `"${command}" <${friend}>` })),
    'that names it in a comment': dkim => dkim.sign(mailText({ from: author, to: `${friend} (${command})` })),
    'that names an address which only begins like it': dkim =>
      dkim.sign(mailText({ from: author, to: `${command}.attacker.example` })),
    'that names an address which only ends like it': dkim =>
      dkim.sign(mailText({ from: author, to: `all-${command}` })),
  }

  test.each(Object.entries(forged))(
    'signed with DKIM for somebody else, %s, ends no subscription',
    async (_, make) => {
      const made = await scene()
      expect(await isStillSubscribed(made, await make(made.dkim))).toBe(true)
    },
  )
})

describe('an owner passes the moderation', () => {
  const moderated: Partial<ListSettingsInput> = { moderation: 'all', owners: [author] }
  const post = mailText({ from: author, to: listAddress })
  const toFriend = mailText({ from: author, to: friend })

  test('with a post that DKIM signs for the list', async () => {
    const made = await scene(moderated)
    const sent = await replay(made, await made.dkim.sign(post), listAddress, author)
    expect(await stateOfPost(made.relay, sent)).toBe('accepted')
  })

  test.each(['mailversion', 'message-instance'] as const)(
    'with a post that a chain of %s hands to the list',
    async profile => {
      const made = await scene(moderated)
      const envelope = { from: author, to: [listAddress] }
      const signed = await made.on.origin.sign(Buffer.from(toFriend), envelope, profile)
      const sent = await replay(made, signed, listAddress, author)
      expect(await stateOfPost(made.relay, sent)).toBe('accepted')
    },
  )

  const held: Record<string, (dkim: DkimSigner) => Promise<Buffer>> = {
    'a private mail as it was': dkim => dkim.sign(toFriend),
    'a private mail with the list added in Cc': async dkim =>
      above(`Cc: ${listAddress}\r\n`, await dkim.sign(toFriend)),
    'a private mail with l= and text appended': async dkim =>
      Buffer.concat([await dkim.sign(toFriend, { maxBodyLength: 4 }), Buffer.from('Buy!\r\n')]),
    'a post with l= and text appended': async dkim =>
      Buffer.concat([await dkim.sign(post, { maxBodyLength: 4 }), Buffer.from('Buy!\r\n')]),
    'a mail to the owner address of the list': dkim =>
      dkim.sign(mailText({ from: author, to: 'news-owner@lists.example' })),
  }

  test.each(Object.entries(held))('not with %s', async (_, make) => {
    for (const from of ['x@attacker.example', author]) {
      const made = await scene(moderated)
      const sent = await replay(made, await make(made.dkim), listAddress, from)
      expect(await stateOfPost(made.relay, sent)).toBe('held')
    }
  })

  test('not with a second Subject above a post', async () => {
    const made = await scene(moderated)
    const octets = above('Subject: Buy!\r\n', await made.dkim.sign(post))
    expect((await replay(made, octets, listAddress)).data).toMatch(/^550 5\.6\.0 .*Subject/)
  })

  test('not by SPF alone: it says who brought it', async () => {
    const made = await scene(moderated)
    made.on.zone['origin.example'] = {
      ...made.on.zone['origin.example'],
      '@': [['txt', 'v=spf1 ip4:127.0.0.1 -all']],
    }
    const sent = await replay(made, post, listAddress, author)
    expect(await stateOfPost(made.relay, sent)).toBe('held')
  })

  test.each(['mailversion', 'message-instance'] as const)(
    'not with a private mail that its addressee sends on to the list (%s)',
    async profile => {
      const made = await scene(moderated)
      const attacker = originator(made.on.zone, 'attacker.example')
      const first = await made.on.origin.sign(Buffer.from(toFriend), { from: author, to: [friend] }, profile)
      const second = await attacker.sign(first, { from: friend, to: [listAddress] }, profile)
      const sent = await replay(made, second, listAddress, friend)
      expect(sent.data).toMatch(/^250 /)
      expect(await stateOfPost(made.relay, sent)).toBe('held')
    },
  )
})

describe('a post of a subscriber', () => {
  test('that DKIM signs for the list is taken from anywhere', async () => {
    const made = await scene()
    const sent = await replay(
      made,
      await made.dkim.sign(mailText({ from: author, to: listAddress })),
      listAddress,
    )
    expect(sent.data).toMatch(/^250 /)
  })

  test('that was a private mail is refused, also in the envelope of its author where SPF says no', async () => {
    const made = await scene()
    made.on.zone['origin.example'] = {
      ...made.on.zone['origin.example'],
      '@': [['txt', 'v=spf1 ip4:192.0.2.1 ~all']],
    }
    const octets = await made.dkim.sign(mailText({ from: author, to: friend }))
    for (const from of ['x@attacker.example', author])
      expect((await replay(made, octets, listAddress, from)).data).toMatch(/^550 5\.7\.1 /)
  })

  test('that its addressee sends on with a hop of its own is refused', async () => {
    const made = await scene()
    const attacker = originator(made.on.zone, 'attacker.example')
    const text = Buffer.from(mailText({ from: author, to: friend }))
    const first = await made.on.origin.sign(text, { from: author, to: [friend] })
    const second = await attacker.sign(first, { from: friend, to: [listAddress] })
    expect((await replay(made, second, listAddress, friend)).data).toMatch(/^550 5\.7\.1 /)
  })
})

describe('a message that means two things', () => {
  const fields = ['Subject', 'From', 'To', 'Cc', 'Reply-To', 'Message-ID', 'Date'] as const
  const one = mailText({
    from: author,
    to: listAddress,
    extra: 'Cc: c@origin.example\r\nReply-To: r@origin.example\r\n',
  })

  test.each(fields)('as it has two of %s is no post and no command, and the reply names it', async name => {
    const made = await scene({ posting: 'anyone' })
    const value = new RegExp(`^${name}: (.*)\r\n`, 'm').exec(one)?.[1]
    const octets = Buffer.from(`${name.toUpperCase()}: ${value}\r\n${one}`)
    for (const to of [listAddress, command, 'news-subscribe@lists.example'])
      expect((await replay(made, octets, to)).data).toMatch(new RegExp(`^550 5\\.6\\.0 .*2 ${name} fields`))
  })

  test('as it has no From is no post; with each field once it is one', async () => {
    const made = await scene({ posting: 'anyone' })
    const without = one.replace(/^From: .*\r\n/m, '')
    expect((await replay(made, without, listAddress)).data).toMatch(/^550 5\.6\.0 .*no From field/)
    expect((await replay(made, one, listAddress)).data).toMatch(/^250 /)
  })

  test('is not refused at an alias', async () => {
    const on = await stage()
    const relay = await listRelay(
      on,
      {},
      {
        domains: { 'lists.example': { aliases: { team: ['a@destination.example'] }, admit: takesAll } },
      },
    )
    const octets = Buffer.from(`Subject: two\r\n${one}`)
    const { data } = await send(relay.port, { from: author, to: ['team@lists.example'], octets })
    expect(data).toMatch(/^250 /)
  })

  test('is refused where an alias leads to the list: the sender is told', async () => {
    const on = await stage()
    const relay = await listRelay(
      on,
      { posting: 'anyone' },
      {
        domains: { 'lists.example': { aliases: { posts: [listAddress] }, admit: takesAll } },
      },
    )
    const envelope = { from: author, to: ['posts@lists.example'] }
    const octets = await on.origin.sign(Buffer.from(`Subject: two\r\n${one}`), envelope)
    expect((await send(relay.port, { ...envelope, octets })).data).toMatch(/^250 /)
    const [report] = await on.sink.received(1)
    expect(report?.octets.toString('latin1')).toContain('Status: 5.6.0')
  })
})

test('a post by way of an alias is meant for the list where To names the alias', async () => {
  const on = await stage()
  const relay = await listRelay(
    on,
    { moderation: 'all', owners: [author] },
    {
      domains: { 'lists.example': { aliases: { posts: [listAddress] } } },
    },
  )
  const dkim = dkimSigner(on.zone)
  const octets = await dkim.sign(mailText({ from: author, to: 'posts@lists.example' }))
  const sent = await send(relay.port, { from: 'x@other.example', to: ['posts@lists.example'], octets })
  expect(await stateOfPost(relay, sent)).toBe('accepted')
})
