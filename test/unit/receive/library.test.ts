/** The receiving stage stands on internal methods of smtp-server. What it overrides must be there, and must be what is called. */
import { SMTPConnection } from 'smtp-server/lib/smtp-connection.js'
import { SMTPStream } from 'smtp-server/lib/smtp-stream.js'
import { describe, expect, test, vi } from 'vitest'
import { Connection } from '../../../src/receive/connection.ts'
import { InputStream } from '../../../src/receive/input-stream.ts'
import { ListenerRig } from '../../support/listener-rig.ts'

function notIn(own: object, base: object): string[] {
  return Object.getOwnPropertyNames(own).filter(name => !(name in base))
}

describe('smtp-server', () => {
  test('still has every method of a connection that is overridden; only these are new', () => {
    expect(notIn(Connection.prototype, SMTPConnection.prototype).sort()).toEqual([
      'destroy',
      'handler_CLIENTID',
      'handler_EXPN',
      'reply',
      'stop',
    ])
  })

  test('still has every method of the parser that is overridden; only these are new', () => {
    expect(notIn(InputStream.prototype, SMTPStream.prototype)).toEqual(['hasLine', 'expectMessage'])
  })

  test('puts no wait of its own between connection and greeting', async () => {
    const rig = await ListenerRig.start({
      listener: { earlyTalkerDelayMilliseconds: 3_600_000, noDelayNetworks: ['127.0.0.2'] },
      limits: { commandTimeoutMilliseconds: 7_200_000 },
    })
    const timers = vi.spyOn(globalThis, 'setTimeout')
    await (await rig.client({ localAddress: '127.0.0.2' })).reply()
    const stranger = await rig.client()
    await rig.event(({ event, peer }) => event === 'connect' && peer?.startsWith('127.0.0.1:') === true)
    const waits = timers.mock.calls.map(([, milliseconds]) => milliseconds)
    timers.mockRestore()
    // The time for the first command after the one greeting, the wait before the other.
    expect(waits).toEqual([7_200_000, 3_600_000])
    expect(stranger.unread).toBe('')
    await rig.close()
  })
})
