import { describe, expect, test } from 'vitest'
import { plainMessage, send } from '../support/send.ts'
import { relayOn, stage } from '../support/stage.ts'
import type { TestRelaySettings } from '../support/test-relay.ts'
import { verifyReceived } from '../support/verify.ts'

const envelope = { from: 'a@origin.example', to: ['team@alias.example'] }

describe.each(['mailversion', 'message-instance'] as const)('a chain of profile %s', profile => {
  test('is continued in its own profile by two relays in a row', async () => {
    const on = await stage()
    const second = await relayOn(on, {
      hostname: 'second.example',
      domains: { 'second.example': { aliases: { box: ['one@destination.example'] } } },
    })
    const first = await relayOn(on, {
      domains: { 'alias.example': { aliases: { team: ['box@second.example'] } } },
      routes: { 'second.example': { host: '127.0.0.1', port: second.port, tls: 'none' } },
    })
    const octets = await on.origin.sign(plainMessage(), envelope, profile)
    await send(first.port, { ...envelope, octets })
    const [message] = await on.sink.received(1)
    const verdict = await verifyReceived(message, on.zone)
    expect(verdict).toMatchObject({ state: 'pass', profile, fullyVerified: true })
    expect(verdict.hops.map(hop => hop.domain)).toEqual(['origin.example', 'alias.example', 'second.example'])
  })

  test('that is broken is refused', async () => {
    const on = await stage()
    const relay = await relayOn(on, {
      domains: { 'alias.example': { aliases: { team: ['one@destination.example'] } } },
    })
    const octets = await on.origin.sign(plainMessage(), envelope, profile)
    const damaged = Buffer.from(octets.toString('latin1').replace('Hello.', 'Hello!'), 'latin1')
    const { data } = await send(relay.port, { ...envelope, octets: damaged })
    expect(data).toMatch(/^550 5\.7\.1 FAIL /)
  })

  test('whose delivery fails is reported in the same profile', async () => {
    const on = await stage()
    on.sink.next('rcpt', '550 5.1.1 no')
    const relay = await relayOn(on, {
      domains: { 'alias.example': { aliases: { team: ['one@destination.example'] } } },
      routes: { 'origin.example': { host: '127.0.0.1', port: on.sink.port, tls: 'none' } },
    })
    const octets = await on.origin.sign(plainMessage(), envelope, profile)
    await send(relay.port, { ...envelope, octets })
    const [report] = await on.sink.received(1)
    expect(report).toMatchObject({ reversePath: '', forwardPaths: ['a@origin.example'] })
    expect(await verifyReceived(report, on.zone)).toMatchObject({ state: 'pass', profile })
  })
})

describe('a message without DKIM2', () => {
  /** A relay that signs what its own clients send. */
  const originate: TestRelaySettings['config'] = {
    domains: { 'origin.example': {} },
    listeners: [
      {
        name: 'local',
        port: 0,
        tls: 'none',
        earlyTalkerDelayMilliseconds: 0,
        trustedClients: ['127.0.0.1'],
      },
    ],
  }
  const mail = { from: 'a@origin.example', to: ['one@destination.example'], octets: plainMessage() }

  test('is signed in the profile of the configuration', async () => {
    const on = await stage()
    const relay = await relayOn(on, { ...originate, profile: 'message-instance' })
    await send(relay.port, mail)
    const [message] = await on.sink.received(1)
    expect(await verifyReceived(message, on.zone)).toMatchObject({
      state: 'pass',
      profile: 'message-instance',
    })
  })

  test('is signed in the profile that is set for its destination', async () => {
    const on = await stage()
    const relay = await relayOn(on, {
      ...originate,
      profiles: { 'destination.example': 'message-instance' },
    })
    await send(relay.port, mail)
    const [message] = await on.sink.received(1)
    expect(await verifyReceived(message, on.zone)).toMatchObject({
      state: 'pass',
      profile: 'message-instance',
    })
  })

  test('goes on without a hop where revision 09 lets this hop not answer for its From field', async () => {
    const on = await stage()
    const relay = await relayOn(on, {
      domains: { 'alias.example': { aliases: { team: ['one@destination.example'] } } },
      profile: 'message-instance',
    })
    await send(relay.port, { ...envelope, octets: plainMessage() })
    const [message] = await on.sink.received(1)
    expect(await verifyReceived(message, on.zone)).toMatchObject({ state: 'none' })
    await relay.log.until(({ text }) => text === 'forwarded without a hop of ours')
  })
})
