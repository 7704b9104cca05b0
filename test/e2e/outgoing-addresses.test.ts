/** Copies of a running relay leave from the address, and with the name, that is said of their domain or destination. */
import { expect, test } from 'vitest'
import { plainMessage, send } from '../support/send.ts'
import { relayOn, stage } from '../support/stage.ts'

test('by destination first, then by the own domain that sends, then by the relay', async () => {
  const on = await stage()
  const sink = { host: '127.0.0.1', port: on.sink.port, tls: 'none' } as const
  const relay = await relayOn(on, {
    domains: {
      'alias.example': { aliases: { team: ['one@destination.example'], far: ['two@other.example'] } },
      'second.example': {
        aliases: { team: ['three@destination.example'], far: ['four@other.example'] },
        outgoing: { ipv4: '127.0.0.3', ehloName: 'second-out.example', families: 'ipv4-only' },
      },
    },
    routes: { 'other.example': sink },
    delivery: { outgoing: { ipv4: '127.0.0.2' } },
    destinations: { 'other.example': { outgoing: { ipv4: '127.0.0.4', ehloName: 'special.example' } } },
  })
  for (const to of ['team@alias.example', 'team@second.example', 'far@alias.example', 'far@second.example'])
    await send(relay.port, { from: 'a@origin.example', to: [to], octets: plainMessage() })
  const received = await on.sink.received(4)
  const seen = received.map(({ forwardPaths, clientAddress, helo }) => [forwardPaths[0], clientAddress, helo])
  expect(seen.sort()).toEqual([
    ['four@other.example', '127.0.0.4', 'special.example'],
    ['one@destination.example', '127.0.0.2', 'relay.example'],
    ['three@destination.example', '127.0.0.3', 'second-out.example'],
    ['two@other.example', '127.0.0.4', 'special.example'],
  ])
})
