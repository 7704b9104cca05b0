/** A rotation as the receiver sees it: a relay that runs, keys made beside it, messages before and after. */
import { expect, test } from 'vitest'
import { verifyChain } from '../../../src/dkim2/index.ts'
import { zoneResolver } from '../../../src/dns/zone-resolver.ts'
import { readMessage } from '../../../src/message/message.ts'
import { loadKeyring } from '../../../src/sign/keyring.ts'
import { keyZone } from '../../../src/sign/published.ts'
import { rotateKeys } from '../../../src/sign/rotate.ts'
import { plainMessage, send } from '../../support/send.ts'
import type { SinkMessage } from '../../support/sink.ts'
import type { Stage } from '../../support/stage.ts'
import { afterTest, relayOn, stage } from '../../support/stage.ts'
import type { TestRelay } from '../../support/test-relay.ts'
import { publishKeys, startTestRelay } from '../../support/test-relay.ts'

const domain = 'alias.example'
const aliases = { team: ['one@destination.example'] }
const envelope = { from: 'a@origin.example', to: [`team@${domain}`] }

/** Sends one message and gives the copy that arrived, the so-many-th of all. */
async function forwarded(on: Stage, relay: TestRelay, number: number): Promise<SinkMessage> {
  await send(relay.port, { ...envelope, octets: plainMessage() })
  const message = (await on.sink.received(number))[number - 1]
  if (message === undefined) throw new Error('nothing received')
  return message
}

async function verdict(on: Stage, message: SinkMessage) {
  return verifyChain(readMessage(message.octets), {
    envelope: message,
    lookup: name => zoneResolver(on.zone).txt(name),
    nowSeconds: Math.floor(Date.now() / 1000),
  })
}

test('a key made beside a running relay signs after its record is published, and what the old one signed still passes', async () => {
  const on = await stage()
  const first = await relayOn(on, { domains: { [domain]: { aliases } } })
  const { keysDirectory } = first.config
  const [made] = await rotateKeys(keysDirectory, { domain, kind: 'ed25519', nowMilliseconds: Date.now() })
  const selector = made?.key.selector ?? ''
  const before = await forwarded(on, first, 1)
  expect((await verdict(on, before)).hops[0]?.selectors).toEqual(['ed', 'rsa'])

  publishKeys(on.zone, keyZone((await loadKeyring(keysDirectory)).keys))
  await first.stop()
  const sink = { host: '127.0.0.1', port: on.sink.port, tls: 'none' } as const
  const config = { domains: { [domain]: { aliases } }, routes: { 'destination.example': sink } }
  const second = await startTestRelay({ config, dns: on.dns, zone: on.zone, folder: first.folder })
  afterTest(() => second.stop())
  expect(second.log.lines.find(line => line.text === 'a new key signs from now on')?.fields).toMatchObject({
    selector,
    replaces: 'ed',
  })
  const after = await forwarded(on, second, 2)
  expect(await verdict(on, after)).toMatchObject({ state: 'pass', hops: [{ selectors: [selector, 'rsa'] }] })
  expect(await verdict(on, before)).toMatchObject({ state: 'pass', hops: [{ selectors: ['ed', 'rsa'] }] })
})
