import { describe, expect, test } from 'vitest'
import { openReader } from '../support/database-beside.ts'
import { RawClient } from '../support/raw-client.ts'
import { plainMessage, send } from '../support/send.ts'
import { relayOn, stage } from '../support/stage.ts'
import { verifyReceived } from '../support/verify.ts'

const envelope = { from: 'a@origin.example', to: ['team@alias.example'] }
const oneAlias = { 'alias.example': { aliases: { team: ['one@destination.example'] } } }

describe('what would not verify afterwards is refused in the session', () => {
  test.each([' ', '\t'])('a header section that begins with a continuation line (%j)', async space => {
    const on = await stage()
    const relay = await relayOn(on, { domains: oneAlias })
    const octets = Buffer.concat([Buffer.from(`${space}folded\r\n`), plainMessage()])
    expect((await send(relay.port, { ...envelope, octets })).data).toMatch(/^550 5\.6\.0 /)
  })

  test('a header section of more lines than anybody needs: every line costs time and memory', async () => {
    const on = await stage()
    const relay = await relayOn(on, { domains: oneAlias })
    const octets = Buffer.concat([Buffer.from('a\r\n'.repeat(6_000)), plainMessage()])
    expect((await send(relay.port, { ...envelope, octets })).data).toMatch(/^552 5\.3\.4 /)
  })
})

describe('addresses', () => {
  test('an own domain is found under its U-label, and signs under its A-label', async () => {
    const on = await stage()
    const relay = await relayOn(on, {
      domains: { 'xn--bcher-kva.example': { aliases: { team: ['one@destination.example'] } } },
    })
    const client = await RawClient.connect({ port: relay.port })
    await client.reply()
    const replies = await client.commands(
      'EHLO client.example',
      'MAIL FROM:<a@origin.example> SMTPUTF8',
      'RCPT TO:<team@bücher.example>',
      'DATA',
    )
    expect(replies[2]).toMatch(/^250 /)
    await client.write(`${plainMessage().toString('latin1')}.\r\n`)
    expect(await client.reply()).toMatch(/^250 /)
    client.end()
    const [message] = await on.sink.received(1)
    if (message === undefined) throw new Error('nothing received')
    expect(message.reversePath).toMatch(/@xn--bcher-kva\.example$/)
    const verdict = await verifyReceived(message, on.zone)
    expect(verdict).toMatchObject({ state: 'pass', hops: [{ domain: 'xn--bcher-kva.example' }] })
  })

  test('two spellings of one alias, or two aliases with one target, lead to one copy', async () => {
    const on = await stage()
    const aliases = {
      team: ['one@destination.example'],
      crew: ['one@Destination.example', 'two@destination.example'],
    }
    const relay = await relayOn(on, { domains: { 'alias.example': { aliases } } })
    const to = ['team@alias.example', 'TEAM@alias.example', 'crew@alias.example']
    const { queueId } = await send(relay.port, { from: 'a@origin.example', to, octets: plainMessage() })
    await on.sink.received(2)
    const reader = openReader(relay.database)
    expect(reader.showMessage(queueId)?.deliveries.map(delivery => delivery.forwardPath)).toEqual([
      'one@destination.example',
      'two@destination.example',
    ])
    reader.close()
  })

  test('a message is no less deliverable because its client said SMTPUTF8 without need (RFC 6531 section 3.1)', async () => {
    const on = await stage()
    const { Sink } = await import('../support/sink.ts')
    const plain = await Sink.start({ extensions: ['8BITMIME'] })
    const relay = await relayOn(on, {
      domains: { 'alias.example': { aliases: { team: ['one@plain.example'] } } },
      routes: { 'plain.example': { host: '127.0.0.1', port: plain.port, tls: 'none' } },
    })
    const client = await RawClient.connect({ port: relay.port })
    await client.reply()
    await client.commands(
      'EHLO client.example',
      'MAIL FROM:<a@origin.example> SMTPUTF8',
      'RCPT TO:<team@alias.example>',
      'DATA',
    )
    await client.write(`${plainMessage().toString('latin1')}.\r\n`)
    expect(await client.reply()).toMatch(/^250 /)
    client.end()
    await plain.received(1)
    await plain.close()
  })
})

describe('nobody who sent nothing hears of a failure (backscatter)', () => {
  test('a client of ours vouches for own senders only', async () => {
    const on = await stage()
    on.sink.always('rcpt', '550 5.1.1 no')
    const relay = await relayOn(on, {
      domains: { 'alias.example': { aliases: { team: ['one@destination.example'] } } },
      listeners: [
        {
          name: 'local',
          port: 0,
          tls: 'none',
          earlyTalkerDelayMilliseconds: 0,
          trustedClients: ['127.0.0.1'],
        },
      ],
    })
    const mail = { from: 'victim@destination.example', to: ['team@alias.example'], octets: plainMessage() }
    await send(relay.port, mail)
    await relay.log.until(({ text }) => text === 'failed, no report is sent')
    expect(on.sink.commands.filter(line => line.includes('victim@'))).toEqual([])
  })
})

test('a report to an address of our own goes through its alias, signed twice', async () => {
  const on = await stage()
  on.sink.next('rcpt', '550 5.1.1 no')
  const relay = await relayOn(on, {
    domains: { 'origin.example': { aliases: { a: ['boss@destination.example'] } } },
    listeners: [
      { name: 'local', port: 0, tls: 'none', earlyTalkerDelayMilliseconds: 0, trustedClients: ['127.0.0.1'] },
    ],
  })
  await send(relay.port, {
    from: 'a@origin.example',
    to: ['gone@destination.example'],
    octets: plainMessage(),
  })
  const [report] = await on.sink.received(1)
  expect(report).toMatchObject({ reversePath: '', forwardPaths: ['boss@destination.example'] })
  const text = report?.octets.toString('latin1') ?? ''
  expect(text.match(/^DKIM2-Signature: i=\d/gm)?.slice(0, 2)).toEqual([
    'DKIM2-Signature: i=2',
    'DKIM2-Signature: i=1',
  ])
})
