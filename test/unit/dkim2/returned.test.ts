import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MessageVersion } from '../../../src/dkim2/message-version.ts'
import type { Recipe } from '../../../src/dkim2/model.ts'
import type { Returned, ReturnedOptions } from '../../../src/dkim2/returned.ts'
import { beforeHighestHop, signedAlike, verifyReturned } from '../../../src/dkim2/returned.ts'
import type { Message } from '../../../src/message/message.ts'
import { newField, readMessage } from '../../../src/message/message.ts'
import {
  alias,
  asList,
  laterSeconds,
  list,
  lookup,
  message,
  octets,
  origin,
  type Passage,
  pass,
  passRevised,
  plain,
  replaceField,
  tamper,
  withField,
} from '../../support/dkim2-parties.ts'

const lifeSeconds = 30 * 86_400

function verify(of: Returned, options: Partial<ReturnedOptions> = {}) {
  return verifyReturned(of, { lookup, nowSeconds: laterSeconds, maxAgeSeconds: lifeSeconds, ...options })
}

function whole(of: Message): Returned {
  return { message: of, hasBody: true }
}

/** As a report returns it under text/rfc822-headers. */
function headerOnly(of: Message): Returned {
  const text = octets({ ...of, body: Buffer.alloc(0), separator: Buffer.alloc(0) })
  return { message: readMessage(text), hasBody: false }
}

/** What the hosts behind this hop add before the message comes back. */
function asDelivered(of: Message): Message {
  const trace = withField(of, 'Received', 'from alias.example by mx.secret.example; now')
  const results = withField(trace, 'Authentication-Results', 'mx.secret.example; dkim=pass')
  return { ...results, fields: [...results.fields, newField('X-Secret', 'placed at the bottom')] }
}

const variants = [
  { name: 'mailversion', way: { profile: 'mailversion' } },
  { name: 'message-instance', way: { profile: 'message-instance' } },
] as const

describe.each(variants)('a returned message, $name', ({ way }) => {
  const start = () => pass(message(plain), { ...origin, ...way })
  const forwarded = async () => pass(await start(), { ...list, ...way })
  const revised = async () => passRevised(await start(), asList, { ...list, ...way })

  test('is the one that was sent where the highest signature and all hashes hold', async () => {
    const verdict = await verify(whole(asDelivered(await revised())))
    expect(verdict).toMatchObject({
      state: 'pass',
      hasBody: true,
      highest: { sequence: 2, domain: 'list.example', reversePath: list.from, forwardPaths: list.to },
    })
  })

  test('is verified by its header section alone where no body came back', async () => {
    expect(await verify(headerOnly(asDelivered(await revised())))).toMatchObject({
      state: 'pass',
      hasBody: false,
    })
  })

  test('is judged although it is older than a message may be that comes in', async () => {
    const late = laterSeconds + 20 * 86_400
    expect((await verify(whole(await forwarded()), { nowSeconds: late })).state).toBe('pass')
    const error = 'DKIM2-Signature i=2 signature expired'
    const tooLate = { nowSeconds: laterSeconds + 40 * 86_400 }
    expect(await verify(whole(await forwarded()), tooLate)).toMatchObject({ state: 'permerror', error })
  })

  test('from the future is none of ours', async () => {
    const early = { nowSeconds: laterSeconds - 5 * 86_400 }
    expect((await verify(whole(await forwarded()), early)).error).toContain('future')
  })

  test('fails with a changed header field, whether its body came back or not', async () => {
    const changed = replaceField(await forwarded(), 'Subject', 'Something else')
    expect((await verify(whole(changed))).state).toBe('fail')
    expect((await verify(headerOnly(changed))).state).toBe('fail')
  })

  test('fails with a changed body where that came back', async () => {
    const changed = tamper(await forwarded(), 'Hello everybody', 'Hello nobody')
    expect((await verify(whole(changed))).state).toBe('fail')
    expect((await verify(headerOnly(changed))).state).toBe('pass')
  })

  test('fails with a changed signature', async () => {
    const sent = await forwarded()
    const fields = sent.fields.map(field => {
      const text = field.octets.toString('latin1')
      const isOurs = field.name === 'DKIM2-Signature' && text.includes('list.example')
      return isOurs ? newField(field.name, text.slice(16, -2).replace('i=2', 'i=2; n=x').trim()) : field
    })
    expect((await verify(whole({ ...sent, fields }))).state).toBe('fail')
  })

  test('waits for a key that cannot be looked up now', async () => {
    const broken = { lookup: async () => ({ kind: 'temporary', reason: 'timeout' }) as const }
    expect((await verify(whole(await forwarded()), broken)).state).toBe('temperror')
    const rejecting = { lookup: () => Promise.reject(new Error('resolver gone')) }
    expect((await verify(whole(await forwarded()), rejecting)).state).toBe('temperror')
  })

  test('is no proof where the key is gone', async () => {
    const gone = { lookup: async () => ({ kind: 'absent' }) as const }
    expect((await verify(whole(await forwarded()), gone)).state).toBe('permerror')
  })

  test('without DKIM2 is none', async () => {
    expect(await verify(whole(message(plain)))).toEqual({ state: 'none', hasBody: true })
  })

  test('is asked of its highest hop only: the key of an earlier hop may be gone by then', async () => {
    const onlyList = {
      lookup: (name: string) =>
        name.endsWith('.list.example') ? lookup(name) : Promise.resolve({ kind: 'absent' } as const),
    }
    expect((await verify(whole(await revised()), onlyList)).state).toBe('pass')
  })

  test('becomes what the highest hop had received, without anything that later hosts wrote', async () => {
    const before = await start()
    const recreated = beforeHighestHop(whole(asDelivered(await revised())))
    const fields = recreated?.fields ?? []
    const body = recreated?.body ?? Buffer.alloc(0)
    const again: Message = { fields, separator: Buffer.from('\r\n'), body }
    expect(signedAlike(again, before, { ...way, withBody: true })).toBe(true)
    expect(octets(again).toString('latin1')).not.toContain('secret')
    expect(octets(again).toString('latin1')).not.toContain('d=list.example')
  })

  test('of which the header section came back becomes the header section that was received', async () => {
    const before = await start()
    const recreated = beforeHighestHop(headerOnly(asDelivered(await revised())))
    expect(recreated?.body).toBeUndefined()
    const again = { ...before, fields: recreated?.fields ?? [] }
    expect(signedAlike(again, before, { ...way, withBody: false })).toBe(true)
  })

  test('of the first hop becomes the message without DKIM2', async () => {
    const recreated = beforeHighestHop(whole(await start()))
    const names = recreated?.fields.map(field => field.name) ?? []
    expect(names).not.toContain('DKIM2-Signature')
    expect(names).not.toContain('MailVersion')
    expect(names).not.toContain('Message-Instance')
    expect(recreated?.body?.equals(message(plain).body)).toBe(true)
  })

  test('of a hop that changed nothing keeps the versions of earlier hops', async () => {
    const before = await revised()
    const recreated = beforeHighestHop(whole(await pass(before, { ...alias, ...way })))
    const again = { ...before, fields: recreated?.fields ?? [] }
    expect(signedAlike(again, before, { ...way, withBody: true })).toBe(true)
  })
})

test('a body that cannot be recreated leaves the header section', async () => {
  const before = await pass(message(plain), origin)
  const recipe: Recipe = { headers: [], body: 'unrecoverable' }
  const changed = { ...before, body: Buffer.from('gone\r\n') }
  const recreated = beforeHighestHop(whole(await pass(changed, { ...list, recipe })))
  expect(recreated?.body).toBeUndefined()
  const again = { ...before, fields: recreated?.fields ?? [] }
  expect(signedAlike(again, before, { profile: 'mailversion', withBody: false })).toBe(true)
})

test('a header section that cannot be recreated leaves nothing', async () => {
  const before = await pass(message(plain), origin)
  const recipe: Recipe = { headers: [{ name: 'Subject', change: 'unrecoverable' }] }
  const changed = replaceField(before, 'Subject', 'gone')
  expect(beforeHighestHop(whole(await pass(changed, { ...list, recipe })))).toBeUndefined()
})

test('messages are alike only with the same DKIM2 fields', async () => {
  const one = await pass(message(plain), origin)
  const other = await pass(message(plain), { ...origin, to: ['other@list.example'] })
  const same = new MessageVersion(0, one).headerForm.equals(new MessageVersion(0, other).headerForm)
  expect(same).toBe(true)
  expect(signedAlike(one, other, { profile: 'mailversion', withBody: true })).toBe(false)
})

test('a returned message of any octets is judged and taken apart without an error', async () => {
  const sent: Passage = { ...list, to: ['x@y.example'] }
  const text = octets(await pass(await pass(message(plain), origin), sent))
  await fc.assert(
    fc.asyncProperty(
      fc.nat(text.length - 1),
      fc.uint8Array({ maxLength: 40 }),
      fc.boolean(),
      async (at, junk, hasBody) => {
        const cut = Buffer.concat([text.subarray(0, at), junk, text.subarray(at)])
        const returned: Returned = { message: readMessage(cut), hasBody }
        expect(['pass', 'fail', 'permerror', 'none']).toContain((await verify(returned)).state)
        beforeHighestHop(returned)
      },
    ),
    { numRuns: 200 },
  )
})
