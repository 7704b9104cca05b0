import { describe, expect, test } from 'vitest'
import { addressKey } from '../../../src/lists/list-address.ts'
import type { Poster } from '../../../src/lists/poster.ts'
import { posterOf } from '../../../src/lists/poster.ts'
import type { PostingSettings } from '../../../src/lists/who-may-post.ts'
import { whoMayPost } from '../../../src/lists/who-may-post.ts'
import { readMessage } from '../../../src/message/message.ts'
import type { AdmissionRecord, DkimPass } from '../../../src/record/admission-record.ts'
import { listSettings } from './support.ts'

const vouched: Poster = {
  from: 'jane@origin.example',
  reversePath: 'jane@origin.example',
  isFromVouched: true,
  isOwnWord: true,
  isSenderVouched: true,
  isContradicted: false,
}
const unknown: Poster = { ...vouched, isFromVouched: false, isOwnWord: false, isSenderVouched: false }

async function verdict(
  poster: Poster,
  settings: Partial<PostingSettings>,
  subscribers = ['Jane@Origin.Example'],
): Promise<string> {
  const keys = new Set(subscribers.map(addressKey))
  const members = { key: addressKey, isSubscriber: async (one: string) => keys.has(addressKey(one)) }
  return (await whoMayPost(poster, { ...listSettings(), ...settings }, members)).kind
}

describe('a list of its subscribers', () => {
  test('takes what the domain of a subscriber vouches for, whatever the envelope says', async () => {
    expect(await verdict(vouched, {})).toBe('accepted')
    expect(await verdict({ ...vouched, reversePath: 'bounce-17@mailer.example' }, {})).toBe('accepted')
  })

  test('takes what nobody vouches for only if author and sender are both subscribed', async () => {
    expect(await verdict(unknown, {})).toBe('accepted')
    expect(await verdict({ ...unknown, reversePath: 'evil@elsewhere.example' }, {})).toBe('refused')
    expect(await verdict({ ...unknown, from: 'evil@elsewhere.example' }, {})).toBe('refused')
  })

  test('does not take a claim that somebody contradicts', async () => {
    expect(await verdict({ ...unknown, isContradicted: true }, {})).toBe('refused')
  })

  test('does not take a message without one author', async () => {
    expect(await verdict({ ...vouched, from: undefined }, {})).toBe('refused')
  })

  test('takes owners and those it names, too', async () => {
    expect(await verdict(vouched, { owners: ['jane@origin.example'] }, [])).toBe('accepted')
    expect(await verdict(vouched, { mayPost: ['jane@origin.example'] }, [])).toBe('accepted')
    expect(await verdict(vouched, {}, [])).toBe('refused')
  })
})

test('a list of those it names does not take subscribers', async () => {
  expect(await verdict(vouched, { posting: 'listed' })).toBe('refused')
  expect(await verdict(vouched, { posting: 'listed', mayPost: ['jane@origin.example'] })).toBe('accepted')
})

test('a list for anyone takes every message', async () => {
  expect(await verdict({ ...unknown, from: undefined, isContradicted: true }, { posting: 'anyone' })).toBe(
    'accepted',
  )
})

describe('moderation', () => {
  test('of others holds what would be refused', async () => {
    expect(await verdict(vouched, { moderation: 'others' }, [])).toBe('held')
    expect(await verdict(vouched, { moderation: 'others' })).toBe('accepted')
  })

  test('of all lets only an owner by whose own word it is', async () => {
    const settings = { moderation: 'all', owners: ['jane@origin.example'] } as const
    expect(await verdict(vouched, { moderation: 'all' })).toBe('held')
    expect(await verdict(vouched, settings)).toBe('accepted')
    expect(await verdict(unknown, settings)).toBe('held')
    expect(await verdict({ ...vouched, isOwnWord: false }, settings)).toBe('held')
  })
})

describe('who vouches for the author', () => {
  const list = 'news@lists.example'
  const message = readMessage(Buffer.from(`From: Jane <jane@origin.example>\r\nTo: ${list}\r\n\r\n`))
  const none = { state: 'none', hops: [], addHop: true, senderAuthenticated: false } as const
  const sender = { spf: 'none', dkimDomains: [], authenticated: false }
  const covers = { from: 1, to: 1 }

  function poster(record: Partial<AdmissionRecord>, reversePath = 'jane@origin.example'): Poster {
    return posterOf(message, reversePath, { ...none, ...record }, [list])
  }

  function signed(domain: string, changes: Partial<DkimPass> = {}): Partial<AdmissionRecord> {
    return { sender: { ...sender, dkim: [{ domain, covers, isWhole: true, ...changes }] } }
  }

  test('a DKIM signature of the domain or of one above it', () => {
    expect(poster(signed('origin.example'))).toMatchObject({ isFromVouched: true, isOwnWord: true })
    expect(poster(signed('example')).isFromVouched).toBe(true)
    expect(poster(signed('mailer.example')).isFromVouched).toBe(false)
  })

  test('not a DKIM signature that leaves out a telling field or a part of the body', () => {
    expect(poster(signed('origin.example', { covers: { from: 1 } })).isFromVouched).toBe(false)
    expect(poster(signed('origin.example', { covers: { to: 1 } })).isFromVouched).toBe(false)
    expect(poster(signed('origin.example', { isWhole: false })).isFromVouched).toBe(false)
    const { dkim: _, ...older } = { ...sender, dkimDomains: ['origin.example'], dkim: [] }
    expect(poster({ sender: older }).isFromVouched).toBe(false)
  })

  test('SPF, where the sender is of the same domain; it makes no owner', () => {
    const passed = { sender: { ...sender, spf: 'pass', authenticated: true } }
    expect(poster(passed)).toMatchObject({ isFromVouched: true, isOwnWord: false })
    expect(poster(passed, 'x@elsewhere.example').isFromVouched).toBe(false)
  })

  test('the first hop of a chain that passed, and no other', () => {
    const hop = { sequence: 1, domain: 'origin.example', flags: [], forwardPaths: [list] }
    const pass = { state: 'pass', profile: 'mailversion', senderAuthenticated: true }
    const chain = (hops: object[]) => poster({ ...pass, hops } as unknown as Partial<AdmissionRecord>)
    expect(chain([hop])).toMatchObject({ isFromVouched: true, isOwnWord: true })
    expect(chain([{ ...hop, domain: 'evil.example' }]).isFromVouched).toBe(false)
    expect(
      chain([
        { ...hop, domain: 'evil.example' },
        { ...hop, sequence: 2 },
      ]).isFromVouched,
    ).toBe(false)
    const elsewhere = [
      { ...hop, forwardPaths: ['friend@evil.example'] },
      { ...hop, sequence: 2, domain: 'evil.example' },
    ]
    expect(chain(elsewhere)).toMatchObject({ isFromVouched: true, isOwnWord: false })
  })

  test('SPF that fails, also softly, contradicts unless DKIM vouches for this message', () => {
    expect(poster({ sender: { ...sender, spf: 'softfail' } }).isContradicted).toBe(true)
    expect(poster({ sender: { ...sender, spf: 'fail' } }).isContradicted).toBe(true)
    const elsewhere = { ...sender, spf: 'fail', authenticated: true, dkimDomains: ['origin.example'] }
    expect(poster({ sender: elsewhere }).isContradicted).toBe(true)
    const dkim = [{ domain: 'origin.example', covers, isWhole: true }]
    expect(poster({ sender: { ...elsewhere, dkim } }).isContradicted).toBe(false)
    expect(poster({ sender: { ...sender, spf: 'neutral' } }).isContradicted).toBe(false)
    expect(poster({ state: 'fail' }).isContradicted).toBe(true)
  })
})
