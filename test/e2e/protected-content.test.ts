/** What is signed or encrypted end to end passes every path of the relay unharmed: the programs at both ends are the judges. */
import { afterAll, describe, expect, test } from 'vitest'
import { undo } from '../../src/dkim2/index.ts'
import { messageChunks, readMessage } from '../../src/message/message.ts'
import { listAddress, listRelay, subscribeAddresses } from '../support/list.ts'
import { contentEntity, partsOf, programsMissing, protections, secret } from '../support/protected-content.ts'
import { forwarded, plainReport, returnedIn } from '../support/reports.ts'
import { send } from '../support/send.ts'
import { relayOn, stage } from '../support/stage.ts'
import { verifyReceived } from '../support/verify.ts'

const isMissing = programsMissing.length > 0
const { all, remove } = isMissing ? { all: [], remove: () => undefined } : protections()
afterAll(remove)

const footer = 'You get this as a reader of Garden news.'

function messageTo(to: string, content: Buffer): Buffer {
  const fields = [
    'From: Anna <anna@origin.example>',
    `To: ${to}`,
    'Subject: For your eyes',
    'Message-ID: <eyes@origin.example>',
    'MIME-Version: 1.0',
  ]
  return Buffer.concat([Buffer.from(`${fields.join('\r\n')}\r\n`), content])
}

/** Where an octet of the text stands, as it is or in the encrypted data before the last lines. */
function octetOfSecret(content: Buffer): number {
  const text = content.indexOf('noon')
  if (text >= 0) return text
  const lines = content.toString('latin1').split('\r\n')
  const longest = lines.findLastIndex(line => line.length === 64)
  return lines.slice(0, longest).join('\r\n').length + 2 + 30
}

describe.skipIf(isMissing).each(all)('a message $name', ({ protect, open }) => {
  test('can be opened where it was made, and no longer once an octet of it was changed', () => {
    const content = protect()
    expect(open(content)).toBe(secret)
    const at = octetOfSecret(content)
    const changed = Buffer.from(content)
    changed[at] = changed[at] === 0x41 ? 0x42 : 0x41
    expect(() => {
      if (open(changed) !== secret) throw new Error('changed')
    }).toThrow()
  })

  test('passes an alias', async () => {
    const on = await stage()
    const relay = await relayOn(on, {
      domains: { 'alias.example': { aliases: { team: ['one@destination.example'] } } },
    })
    const envelope = { from: 'anna@origin.example', to: ['team@alias.example'] }
    const octets = await on.origin.sign(messageTo('team@alias.example', protect()), envelope)
    await send(relay.port, { ...envelope, octets })
    const [copy] = await on.sink.received(1)
    expect(open(contentEntity(copy?.octets ?? Buffer.alloc(0)))).toBe(secret)
    expect(await verifyReceived(copy, on.zone)).toMatchObject({ state: 'pass' })
  })

  test('passes a list: the footer stands beside it, and can be undone', async () => {
    const on = await stage()
    const relay = await listRelay(on, { footer: { text: footer }, posting: 'anyone' })
    subscribeAddresses(relay, ['one@destination.example'])
    const envelope = { from: 'anna@origin.example', to: [listAddress] }
    const octets = await on.origin.sign(messageTo(listAddress, protect()), envelope)
    await send(relay.port, { ...envelope, octets })
    const [copy] = await on.sink.received(1)
    const received = copy?.octets ?? Buffer.alloc(0)
    const [content = Buffer.alloc(0), beside, ...more] = partsOf(contentEntity(received))
    expect(open(content)).toBe(secret)
    expect(beside?.toString()).toContain(footer)
    expect(more).toEqual([])
    expect(await verifyReceived(copy, on.zone)).toMatchObject({ state: 'pass' })
    const undone = undo(readMessage(received), 1)
    if (undone.kind !== 'undone') throw new Error(JSON.stringify(undone))
    expect(open(contentEntity(Buffer.concat(messageChunks(undone.message))))).toBe(secret)
  })

  test('comes back with a bounce', async () => {
    const on = await stage()
    const { relay, copy } = await forwarded(on, {}, messageTo('box@hop1.example', protect()))
    await send(relay.localPort, { from: '', to: [copy.reversePath], octets: plainReport(copy) })
    const [, report] = await on.sink.received(2)
    expect(open(contentEntity(Buffer.from(returnedIn(report), 'latin1')))).toBe(secret)
  })
})
