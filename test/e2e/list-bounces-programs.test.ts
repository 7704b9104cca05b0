/** Failures that a real Exim and a real Sendmail cause or report: counted for what they say, and passed back along the path. */
import { describe, expect, test } from 'vitest'
import type { CountedList } from '../support/counted-list.ts'
import { countedListRelay, reader } from '../support/counted-list.ts'
import type { FarServer } from '../support/far-server.ts'
import { exim, sendmail } from '../support/far-server.ts'
import { freePorts } from '../support/free-ports.ts'
import { plainMessage, send } from '../support/send.ts'
import type { SinkPhase } from '../support/sink.ts'
import { relayOn, stage } from '../support/stage.ts'

/** A list whose reader is behind the program, and a host behind that. */
async function listBehind(program: FarServer, refused: readonly string[] = []): Promise<CountedList> {
  const [port = 0] = await freePorts(1)
  const list = await countedListRelay({}, { host: '127.0.0.1', port, tls: 'none' })
  const far = { farPort: list.on.sink.port, backDomain: 'lists.example', backPort: list.relay.port }
  await program.start({ port, ...far, refused })
  return list
}

const later: readonly (readonly [SinkPhase, string, number])[] = [
  ['rcpt', '550 5.1.1 <x@second.example>: user unknown', 1],
  ['rcpt', '550 no such user here', 1],
  ['rcpt', '552 5.2.2 mailbox full', 0.25],
  ['rcpt', '550 rejected because the address of this host is on a block list', 0],
  ['mail', '550 5.1.0 address rejected', 0],
  ['body', '550 5.7.1 SPF check failed', 0],
]

describe.each([exim, sendmail])('behind $name', program => {
  describe.skipIf(program.missing !== undefined)('', () => {
    test('an address that it refuses counts', async () => {
      const list = await listBehind(program, [reader])
      expect(await list.refused()).toBe(1)
      expect(list.subscriber()?.reason).toMatch(/^550 (?:5\.1\.1 )?.*no such user here/)
    })

    test.each(later)(
      'what the host behind it says counts when its report is here: %s %s',
      async (phase, reply, points) => {
        const list = await listBehind(program)
        // What the relay itself sends to the owner comes to the same host.
        list.on.sink.always(phase, async ({ message, line }) =>
          /owner@owners/.test(`${line}${message.forwardPaths}`) ||
          (phase === 'mail' && !line.includes('lists.example'))
            ? undefined
            : reply,
        )
        await list.post()
        const counted = ({ text }: { text: string }) => text === 'bounce taken for a subscriber'
        const { fields } = await list.relay.log.until(counted)
        expect(fields.reason).toContain(reply.slice(4, 20))
        expect(list.subscriber()?.bounceScore).toBe(points)
        const told = list.relay.log.lines.filter(
          ({ text }) => text === 'a host refuses this relay or the sender',
        )
        expect(told).toHaveLength(points === 0 ? 1 : 0)
      },
    )

    test('a report travels back to who wrote the message, and names nothing from beyond', async () => {
      const on = await stage()
      const [port = 0] = await freePorts(1)
      const sink = { host: '127.0.0.1', port: on.sink.port, tls: 'none' } as const
      const relay = await relayOn(on, {
        domains: { 'alias.example': { aliases: { team: [reader] } } },
        routes: { 'origin.example': sink, 'second.example': { host: '127.0.0.1', port, tls: 'none' } },
      })
      await program.start({ port, farPort: on.sink.port, backDomain: 'alias.example', backPort: relay.port })
      on.sink.always('rcpt', async ({ line }) =>
        line.includes(reader) ? '550 5.1.1 <x@second.example>: user unknown' : undefined,
      )
      const mail = { from: 'a@origin.example', to: ['team@alias.example'] }
      const octets = await on.origin.sign(plainMessage(), mail)
      expect((await send(relay.port, { ...mail, octets })).data).toMatch(/^250 /)
      const [report] = await on.sink.received(1)
      if (report === undefined) throw new Error('nothing came back')
      expect(report).toMatchObject({ reversePath: '', forwardPaths: ['a@origin.example'] })
      const text = report.octets.toString('latin1')
      expect(text).toContain('Final-Recipient: rfc822; team@alias.example\r\n')
      expect(text).toMatch(/Status: 5\.(?:0\.0|1\.1)\r\n/)
      expect(text).not.toContain('second.example')
      expect(text).toContain('Subject: Plans\r\n')
    })
  })
})
