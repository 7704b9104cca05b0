import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Rebuilt } from '../../../src/bounce/rebuild.ts'
import { rebuild } from '../../../src/bounce/rebuild.ts'
import type { ReturnedMessage } from '../../../src/bounce/returned-message.ts'
import { returnedMessage } from '../../../src/bounce/returned-message.ts'
import { verifyChain } from '../../../src/dkim2/index.ts'
import { signedAlike } from '../../../src/dkim2/returned.ts'
import type { Message } from '../../../src/message/message.ts'
import { readMessage } from '../../../src/message/message.ts'
import { asList, laterSeconds, lookup, octets, pass, tamper, withField } from '../../support/dkim2-parties.ts'
import { forwarded, forwarding, original, type Way, ways } from './stage.ts'

function whole(message: Message): ReturnedMessage {
  return { message, hasBody: true }
}

function headerOnly(message: Message): ReturnedMessage {
  const found = returnedMessage(octets(message), false)
  if (!found) throw new Error('no header section')
  return found
}

function textOf(rebuilt: Rebuilt): string {
  return rebuilt.kind === 'none' ? '' : octets(rebuilt.message).toString('latin1')
}

function irreversible(way: Way): Promise<Message> {
  return original(way).then(before =>
    pass(
      { ...before, body: Buffer.from('replaced\r\n') },
      { ...forwarding, ...way, recipe: { headers: [], body: 'unrecoverable' } },
    ),
  )
}

describe.each(ways)('the message as the previous hop had sent it, $name', ({ way }) => {
  test('goes back in its exact octets where what came back is the same', async () => {
    const stored = await original(way)
    const returned = whole(withField(await forwarded(way, asList), 'Received', 'by mx.secret.example'))
    const rebuilt = rebuild({ stored, returned, isVerified: true })
    expect(rebuilt).toMatchObject({ kind: 'whole', source: 'stored' })
    expect(textOf(rebuilt)).toBe(octets(stored).toString('latin1'))
  })

  test('goes back with the body that came back where only its header section is stored, if that is verified', async () => {
    const before = await original(way)
    const stored = { ...before, body: Buffer.alloc(0) }
    const input = { stored, hasStoredBody: false, returned: whole(await forwarded(way, asList)) }
    const rebuilt = rebuild({ ...input, isVerified: true })
    expect(rebuilt).toMatchObject({ kind: 'whole', source: 'stored' })
    expect(textOf(rebuilt)).toBe(octets(before).toString('latin1'))
    expect(rebuild({ ...input, isVerified: false })).toMatchObject({
      kind: 'header',
      reason: expect.stringContaining('not verified'),
    })
  })

  test('goes back without its body where another body came back', async () => {
    const stored = await original(way)
    const returned = whole(tamper(await forwarded(way, asList), 'Hello everybody', 'Hello nobody'))
    const rebuilt = rebuild({ stored, returned, isVerified: false })
    expect(rebuilt).toMatchObject({
      kind: 'header',
      source: 'stored',
      reason: expect.stringContaining('differs'),
    })
    expect(textOf(rebuilt)).toContain('Subject: Plans for the week')
    expect(textOf(rebuilt)).not.toContain('Hello')
  })

  test('goes back without its body where no body came back, or nothing at all', async () => {
    const stored = await original(way)
    const returned = headerOnly(await forwarded(way, asList))
    expect(rebuild({ stored, returned, isVerified: true })).toMatchObject({
      kind: 'header',
      source: 'stored',
    })
    expect(rebuild({ stored, isVerified: false })).toMatchObject({ kind: 'header', source: 'stored' })
  })

  test('is undone from what came back where nothing is stored', async () => {
    const stored = await original(way)
    const sent = withField(await forwarded(way, asList), 'Received', 'by mx.secret.example')
    const rebuilt = rebuild({ stored: undefined, returned: whole(sent), isVerified: true })
    expect(rebuilt).toMatchObject({ kind: 'whole', source: 'returned' })
    expect(textOf(rebuilt)).not.toContain('secret')
    expect(textOf(rebuilt)).not.toContain('destination.example')
    if (rebuilt.kind === 'none') throw new Error('nothing')
    expect(
      signedAlike(rebuilt.message, stored, { profile: way.profile ?? 'mailversion', withBody: true }),
    ).toBe(true)
    const verdict = await verifyChain(readMessage(Buffer.from(textOf(rebuilt), 'latin1')), {
      lookup,
      nowSeconds: laterSeconds,
      envelope: { reversePath: 'a@origin.example', forwardPaths: ['team@alias.example'] },
    })
    expect(verdict.state).toBe('pass')
  })

  test('is undone as far as header fields go where only they came back', async () => {
    const returned = headerOnly(await forwarded(way, asList))
    const rebuilt = rebuild({ stored: undefined, returned, isVerified: true })
    expect(rebuilt).toMatchObject({ kind: 'header', source: 'returned' })
    expect(textOf(rebuilt)).toContain('Subject: Plans for the week')
  })

  test('is nothing where nothing is stored and what came back is not verified', async () => {
    const returned = whole(await forwarded(way))
    expect(rebuild({ stored: undefined, returned, isVerified: false }).kind).toBe('none')
    expect(rebuild({ stored: undefined, isVerified: false }).kind).toBe('none')
  })

  test('is the message without DKIM2 where this hop had signed first', async () => {
    const stored = readMessage(Buffer.from('From: Sender <x@alias.example>\r\nSubject: a\r\n\r\nbody\r\n'))
    const sent = await pass(stored, { ...forwarding, ...way })
    expect(rebuild({ stored, returned: whole(sent), isVerified: true }).kind).toBe('whole')
    const undone = rebuild({ stored: undefined, returned: whole(sent), isVerified: true })
    expect(textOf(undone)).toBe(octets(stored).toString('latin1'))
  })
})

test('a change that cannot be undone gives header fields only, stored or not', async () => {
  const way = { profile: 'mailversion' } as const
  const returned = whole(await irreversible(way))
  for (const stored of [await original(way), undefined]) {
    const rebuilt = rebuild({ stored, returned, isVerified: true })
    expect(rebuilt).toMatchObject({ kind: 'header', reason: 'the body cannot be recreated' })
    expect(textOf(rebuilt)).not.toContain('replaced')
  }
})

test('whatever came back is rebuilt without an error', async () => {
  const way = { profile: 'mailversion' } as const
  const stored = await original(way)
  const sent = octets(await forwarded(way, asList))
  fc.assert(
    fc.property(
      fc.nat(sent.length - 1),
      fc.uint8Array({ maxLength: 30 }),
      fc.boolean(),
      (at, junk, isVerified) => {
        const mangled = readMessage(Buffer.concat([sent.subarray(0, at), junk, sent.subarray(at)]))
        expect(rebuild({ stored, returned: whole(mangled), isVerified }).kind).not.toBe('none')
        rebuild({ stored: undefined, returned: whole(mangled), isVerified })
      },
    ),
  )
})

describe('what came back is read by the revision that it was signed by', () => {
  const early = { profile: 'message-instance', revision: '06' } as const
  // Revision 06 leaves this field unsigned, as somebody on the way may write it; 08 signs it.
  const withSign = async () => withField(await forwarded(early), 'Auto-Submitted', 'no')

  test.each([
    ['06', 'whole'],
    ['09', 'header'],
  ] as const)('a field that %s judges in its own way: %s', async (revision, kind) => {
    const stored = await original(early)
    const returned = whole(await withSign())
    expect(rebuild({ stored, returned, isVerified: true, reading: { revision } })).toMatchObject({ kind })
  })
})
