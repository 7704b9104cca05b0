import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { MemoryBudget } from '../../../src/receive/memory-budget.ts'
import type { Received } from '../../../src/receive/received.ts'
import { localError, queued } from '../../../src/smtp/replies.ts'
import { ListenerRig, type RigSettings } from '../../support/listener-rig.ts'
import type { RawClient } from '../../support/raw-client.ts'

let rig: ListenerRig
const start = async (settings: RigSettings = {}) => {
  rig = await ListenerRig.start(settings)
  return rig
}
afterEach(() => rig.close().catch(() => undefined))

const graceMilliseconds = 20_000

describe('a listener that closes', () => {
  test('says 421 4.3.2 to clients that have no message under way, greeted or not', async () => {
    await start({ listener: { earlyTalkerDelayMilliseconds: 3_600_000, noDelayNetworks: ['127.0.0.2'] } })
    const waiting = await rig.client()
    const idle = await rig.greeted({ localAddress: '127.0.0.2' })
    const inTransaction = await rig.greeted({ localAddress: '127.0.0.2' })
    await inTransaction.command('MAIL FROM:<>')
    const closed = rig.listener.close(graceMilliseconds)
    for (const client of [waiting, idle, inTransaction]) {
      expect(await client.reply()).toBe('421 4.3.2 shutting down, try again later')
      await client.closed
    }
    await closed
  })

  test('lets a message under way be finished, and then says 421', async () => {
    await start()
    const client = await rig.inData()
    await client.write('Subject: x\r\n')
    const closed = rig.listener.close(graceMilliseconds)
    expect(await client.command('\r\nbody\r\n.')).toBe('250 2.0.0 queued as Q1')
    expect(await client.reply()).toMatch(/^421 4\.3\.2/)
    await closed
    expect(rig.messages).toHaveLength(1)
  })

  test('waits for a message that is being stored', async () => {
    const gate = Promise.withResolvers<void>()
    const stored = Promise.withResolvers<void>()
    const accept = async ({ queueId }: { queueId: string }) => {
      stored.resolve()
      await gate.promise
      return queued(queueId)
    }
    await start({ hooks: { accept } })
    const client = await rig.inData()
    await client.write('.\r\n')
    await stored.promise
    const closed = rig.listener.close(graceMilliseconds)
    gate.resolve()
    expect(await client.reply()).toMatch(/^250/)
    expect(await client.reply()).toMatch(/^421/)
    await closed
  })

  test('cuts off what is not finished when the grace time is over', async () => {
    await start()
    const client = await rig.inData()
    await client.write('Subject: never finished\r\n')
    await rig.listener.close(50)
    await client.closed
    expect(rig.messages).toEqual([])
  })

  test('takes no new connection', async () => {
    await start()
    const client = await rig.inData()
    const { port } = rig
    const closed = rig.listener.close(graceMilliseconds)
    const refused = new Promise<string>(resolve => {
      connect({ port, host: '127.0.0.1' }).on('error', (error: NodeJS.ErrnoException) =>
        resolve(error.code ?? ''),
      )
    })
    expect(await refused).toBe('ECONNREFUSED')
    client.reset()
    await closed
  })
})

describe('a client that goes away', () => {
  const phases: [phase: string, lines: readonly string[]][] = [
    ['before the greeting', []],
    ['after EHLO', ['EHLO client.example']],
    ['after MAIL', ['EHLO client.example', 'MAIL FROM:<>']],
    ['after RCPT', ['EHLO client.example', 'MAIL FROM:<>', 'RCPT TO:<team@alias.example>']],
    ['after DATA', ['EHLO client.example', 'MAIL FROM:<>', 'RCPT TO:<team@alias.example>', 'DATA']],
  ]
  const ways: [way: string, leave: (client: RawClient) => void][] = [
    ['closes', client => client.end()],
    ['resets', client => client.reset()],
  ]
  const cases = phases.flatMap(([phase, lines]) =>
    ways.map(([way, leave]) => [phase, way, lines, leave] as const),
  )

  test.each(cases)(
    '%s (%s) leaves nothing behind and stops nobody else',
    async (_phase, _way, lines, leave) => {
      await start()
      const client = await rig.client()
      if (lines.length > 0) await client.reply()
      await client.commands(...lines)
      leave(client)
      await rig.event(({ event }) => event === 'close')
      const next = await rig.inData()
      expect(await next.command('.')).toMatch(/^250/)
      expect(rig.messages).toHaveLength(1)
    },
  )

  test('while its message is being stored: the message stays, the log says that the reply was not heard', async () => {
    const gate = Promise.withResolvers<void>()
    await start({ hooks: { accept: ({ queueId }) => gate.promise.then(() => queued(queueId)) } })
    const client = await rig.inData()
    await client.write('.\r\n')
    client.reset()
    await rig.event(({ event }) => event === 'close')
    gate.resolve()
    const lost = await rig.event(({ event, reply }) => event === 'lost' && reply !== undefined)
    expect(lost).toMatchObject({
      reply: queued('Q1'),
      text: 'the client left before the reply to its message',
    })
  })

  test('is told of to whoever judges its message, and its memory is given back', async () => {
    const memory = new MemoryBudget(1_000_000)
    const judging = Promise.withResolvers<void>()
    const accept = async (_received: Received, gone: AbortSignal) => {
      judging.resolve()
      await once(gone, 'abort')
      return localError
    }
    await start({ listener: { memory }, hooks: { accept } })
    const client = await rig.inData()
    await client.write(`${'x'.repeat(70)}\r\n.\r\n`)
    await judging.promise
    expect(memory.usedBytes).toBe(72)
    client.reset()
    await rig.event(({ event, reply }) => event === 'lost' && reply !== undefined)
    expect(memory.usedBytes).toBe(0)
  })

  test('within a command line: the piece is not worked on', async () => {
    await start()
    const client = await rig.greeted()
    await client.commands('MAIL FROM:<>')
    await client.write('RCPT TO:<team@alias.example>')
    client.end()
    await client.closed
    expect(rig.asked).toEqual([])
  })
})

describe('a rude client', () => {
  test('random octets in every phase crash nothing', async () => {
    await start({ limits: { maxErrors: 5 } })
    const noise = Buffer.from(Array.from({ length: 20_000 }, (_, at) => (at * 7_919 + (at >> 3)) & 0xff))
    for (let at = 0; at < 10; at++) {
      const client = await rig.client()
      await client.write(noise.subarray(at * 1_500))
      await client.closed
    }
    expect(await (await rig.inData()).command('.')).toMatch(/^250/)
  })

  test('ten thousand pipelined commands are answered one by one', async () => {
    await start()
    const client = await rig.greeted()
    await client.write('NOOP\r\n'.repeat(10_000))
    for (let at = 0; at < 10_000; at++) expect(await client.line()).toBe('250 2.0.0 OK')
  })
})
