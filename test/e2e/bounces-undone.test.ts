/** Bounces over hops that change messages: what they had changed is undone on the way back, hop by hop. */
import { describe, expect, test } from 'vitest'
import type { ProfileId } from '../../src/dkim2/index.ts'
import type { Message } from '../../src/message/message.ts'
import { footer } from '../../src/revise/footer.ts'
import type { Revision } from '../../src/revise/revision.ts'
import { revise } from '../../src/revise/revision.ts'
import { subjectTag } from '../../src/revise/subject-tag.ts'
import { listAddress, listRelay, subscribeAddresses } from '../support/list.ts'
import type { MeshRelay } from '../support/mesh.ts'
import { meshRelay } from '../support/mesh.ts'
import { plainReport, returnedIn, textOf } from '../support/reports.ts'
import type { RevisingHop } from '../support/revising-hop.ts'
import { startRevisingHop } from '../support/revising-hop.ts'
import { plainMessage, send } from '../support/send.ts'
import type { SinkMessage } from '../support/sink.ts'
import { stage } from '../support/stage.ts'
import { verifyOctets, verifyReceived } from '../support/verify.ts'

const asList =
  (tag: string) =>
  (message: Message): Revision =>
    revise(message, [subjectTag(tag), footer({ text: `-- \nwritten to ${tag}` })])

/** The text that was there before is lost. */
function irreversible(message: Message): Revision {
  const after = { ...message, body: Buffer.from('Something else.\r\n') }
  return { message: after, recipe: { headers: [], body: 'unrecoverable' }, addedFields: [] }
}

interface Journey {
  readonly report: SinkMessage
  readonly relays: readonly MeshRelay[]
  readonly revisers: readonly RevisingHop[]
  readonly zone: Awaited<ReturnType<typeof stage>>['zone']
}

/** origin.example, one.example (changes), hop1.example, two.example (changes), hop2.example, and a host that refuses. */
async function journey(
  profile: ProfileId,
  first: (message: Message) => Revision,
  second: (message: Message) => Revision,
): Promise<Journey> {
  const on = await stage()
  on.sink.always('rcpt', async ({ line }) => (line.includes('<one@') ? '550 5.1.1 no such user' : undefined))
  const relays: MeshRelay[] = []
  const portOf = (index: number) => () => relays[index]?.localPort ?? 0
  const hop = (index: number, domain: string, revision: (message: Message) => Revision) =>
    startRevisingHop(on, {
      domain,
      profile,
      next: `box@hop${index + 1}.example`,
      nextPort: portOf(index + 1),
      previousPort: portOf(index),
      revise: revision,
    })
  const revisers = [await hop(0, 'one.example', first), await hop(1, 'two.example', second)]
  const routes = Object.fromEntries(
    ['one.example', 'two.example'].map((domain, index) => [
      domain,
      { host: '127.0.0.1', port: revisers[index]?.port ?? 0, tls: 'none' as const },
    ]),
  )
  const add = async (domain: string, aliases: Record<string, string[]>) => {
    relays.push(await meshRelay(on, domain, aliases, { profile, routes }))
  }
  await add('origin.example', { a: ['home@destination.example'] })
  await add('hop1.example', { box: ['box@two.example'] })
  await add('hop2.example', { box: ['one@destination.example'] })
  const mail = { from: 'a@origin.example', to: ['box@one.example'], octets: plainMessage() }
  await send(relays[0]?.localPort ?? 0, mail)
  const [report] = await Promise.race([on.sink.received(1), ...revisers.map(({ failed }) => failed)])
  if (report === undefined) throw new Error('nothing came back')
  return { report, relays, revisers, zone: on.zone }
}

describe.each(['mailversion', 'message-instance'] as const)(
  'over two hops that change it, in profile %s',
  profile => {
    test('a message comes back to each as that had sent it, and to its author as it was written', async () => {
      const { report, relays, revisers, zone } = await journey(profile, asList('one'), asList('two'))
      expect(await verifyReceived(report, zone)).toMatchObject({ state: 'pass' })
      const returned = returnedIn(report)
      expect(returned).toContain('Subject: Plans\r\n')
      expect(returned).toMatch(/\r\n\r\nHello\.\r\n\.dot\r\n$/)
      const verdict = await verifyOctets(Buffer.from(returned, 'latin1'), zone)
      expect(verdict).toMatchObject({ state: 'pass', hops: [{ domain: 'origin.example' }] })

      // What came back to a hop verifies as what it had sent, its own changes still in it.
      for (const [index, tags] of [
        [0, ['one']],
        [1, ['one', 'two']],
      ] as const) {
        const [bounce] = revisers[index]?.bounces ?? []
        const text = bounce === undefined ? '' : returnedIn(bounce)
        expect(await verifyOctets(Buffer.from(text, 'latin1'), zone)).toMatchObject({ state: 'pass' })
        const subject = /^Subject: (.*)$/m.exec(text)?.[1] ?? ''
        expect(['one', 'two'].filter(tag => subject.includes(tag))).toEqual(tags)
        expect(['one', 'two'].filter(tag => text.includes(`written to ${tag}`))).toEqual(tags)
      }
      // The relay between the two had to believe what a changing hop gave back.
      const judged = relays[1]?.log.lines.find(({ text }) => text === 'bounce')
      expect(judged?.fields.judgement).toMatchObject({ bounce: { judgement: 'authentic', isVerified: true } })
      const passedOn = relays[1]?.log.lines.find(
        ({ text }) => text === 'bounce passed on to the previous hop',
      )
      expect(passedOn?.fields.form).toBe('full')
    })
  },
)

test('one change that cannot be undone: only header fields go back from there (message-instance allows no such change of a body)', async () => {
  const { report, revisers, zone } = await journey('mailversion', asList('one'), irreversible)
  const returned = returnedIn(report, 'text/rfc822-headers')
  expect(returned).toContain('Subject: Plans\r\n')
  expect(report.octets.toString('latin1')).not.toContain('Hello.')
  expect(report.octets.toString('latin1')).not.toContain('Something else.')
  expect(await verifyReceived(report, zone)).toMatchObject({ state: 'pass' })
  const [bounce] = revisers[1]?.bounces ?? []
  expect(bounce?.octets.toString('latin1')).toContain('Something else.')
})

test('what this relay had changed itself, as a list that propagates failures, is undone for who wrote the post', async () => {
  const on = await stage()
  const relay = await listRelay(
    on,
    { bounces: 'propagate', subjectTag: '[news]', footer: { text: 'written to news' }, posting: 'anyone' },
    {
      routes: {
        'origin.example': { host: '127.0.0.1', port: on.sink.port, tls: 'none' },
        'destination.example': { host: '127.0.0.1', port: on.sink.port, tls: 'none' },
      },
    },
  )
  subscribeAddresses(relay, ['reader@destination.example'])
  const envelope = { from: 'a@origin.example', to: [listAddress] }
  await send(relay.port, { ...envelope, octets: await on.origin.sign(plainMessage(), envelope) })
  const [copy] = await on.sink.received(1)
  if (copy === undefined) throw new Error('nothing received')
  expect(textOf(copy)).toMatch(/^Subject: .*news.*Plans\r$/m)
  expect(textOf(copy)).toContain('written to news')
  await send(relay.port, { from: '', to: [copy.reversePath], octets: plainReport(copy) })
  const [, report] = await on.sink.received(2)
  expect(report).toMatchObject({ reversePath: '', forwardPaths: ['a@origin.example'] })
  const returned = returnedIn(report)
  expect(returned).toContain('Subject: Plans\r\n')
  expect(returned).toMatch(/\r\n\r\nHello\.\r\n\.dot\r\n$/)
  expect(await verifyOctets(Buffer.from(returned, 'latin1'), on.zone)).toMatchObject({
    state: 'pass',
    hops: [{ domain: 'origin.example' }],
  })
})
