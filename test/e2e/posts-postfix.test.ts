/** A list between two real Postfixes: one that its poster uses, and one where its subscribers are. */
import { describe, expect, test } from 'vitest'
import { verifyChain } from '../../src/dkim2/index.ts'
import { zoneResolver } from '../../src/dns/zone-resolver.ts'
import { readMessage } from '../../src/message/message.ts'
import { Postfix, postfixMissing } from '../support/postfix.ts'
import { send } from '../support/send.ts'
import { afterTest, relayOn, stage } from '../support/stage.ts'
import { listOn } from '../support/stored-list.ts'

const listAddress = 'news@list.example'

describe.skipIf(postfixMissing !== undefined)('between two Postfixes', () => {
  test('every subscriber gets the post, what Postfix adds breaks no signature, and a refusal comes back to the poster', async () => {
    const on = await stage()
    const receiver = await Postfix.start({
      hostname: 'mx.destination.example',
      relayDomains: ['destination.example'],
      routes: { 'destination.example': { port: on.sink.port } },
    })
    afterTest(() => receiver.stop())
    const relay = await relayOn(on, {
      domains: { 'list.example': { aliases: {} } },
      routes: {
        'destination.example': { host: '127.0.0.1', port: receiver.port, tls: 'none' },
        'origin.example': { host: '127.0.0.1', port: on.sink.port, tls: 'none' },
      },
    })
    const sender = await Postfix.start({
      hostname: 'mail.origin.example',
      isTrusting: true,
      routes: { 'list.example': { port: relay.port }, '*': { port: on.sink.port } },
    })
    afterTest(() => sender.stop())
    const subscribers = ['one@destination.example', 'two@destination.example']
    const settings = {
      subjectTag: '[news]',
      footer: { text: 'You read this on the news list.' },
      posting: 'subscribers' as const,
      mayPost: ['jane@origin.example'],
    }
    await listOn(relay, { address: listAddress, subscribers, settings })

    const envelope = { from: 'jane@origin.example', to: [listAddress] }
    const signed = await on.origin.sign(letter('jane@origin.example'), envelope)
    await send(sender.port, { ...envelope, octets: signed })
    const received = await on.sink.received(subscribers.length)
    expect(received.flatMap(copy => copy.forwardPaths).sort()).toEqual(subscribers)
    for (const copy of received) {
      const text = copy.octets.toString('latin1')
      expect(text).toContain('by mx.destination.example (Postfix)')
      expect(text).toContain('by mail.origin.example (Postfix)')
      expect(text).toContain('Subject: [news] Plans')
      expect(text).toContain('You read this on the news list.')
      const verdict = await verifyChain(readMessage(copy.octets), {
        envelope: copy,
        lookup: name => zoneResolver(on.zone).txt(name),
        nowSeconds: Math.floor(Date.now() / 1000),
      })
      expect(verdict).toMatchObject({ state: 'pass', fullyVerified: true })
      expect(verdict.hops.map(hop => hop.domain)).toEqual(['origin.example', 'list.example'])
    }

    const stranger = { from: 'eve@origin.example', to: [listAddress] }
    const refused = await on.origin.sign(letter('eve@origin.example'), stranger)
    await send(sender.port, { ...stranger, octets: refused })
    const [report] = (await on.sink.received(subscribers.length + 1)).slice(-1)
    expect(report).toMatchObject({ reversePath: '', forwardPaths: ['eve@origin.example'] })
    expect(report?.octets.toString('latin1')).toContain('only subscribers of the list may post')
  }, 60_000)
})

/** Whole, so that Postfix has nothing to add for its own clients. */
function letter(from: string): Buffer {
  const fields = [
    `From: <${from}>`,
    `To: ${listAddress}`,
    'Subject: Plans',
    'Date: Fri, 20 Nov 2026 10:00:00 +0000',
    `Message-ID: <plans-of-${from}>`,
  ]
  return Buffer.from([...fields, '', 'Hello.', '.dot', ''].join('\r\n'))
}
