/** Readers behind an own domain see whose image stands beside a message: BIMI, and the word of this relay for it (draft-brotman-bimi-mua-00). */
import { describe, expect, test } from 'vitest'
import { hashedRecipient } from '../../src/brand/receiver-fields.ts'
import { parseKeyRecord, undo } from '../../src/dkim2/index.ts'
import { fieldValue, type Message, readMessage } from '../../src/message/message.ts'
import { keyZone } from '../../src/sign/published.ts'
import { certificateFor } from '../support/certificates.ts'
import { dkimSigner, mailText } from '../support/dkim.ts'
import { HttpsHost } from '../support/https-host.ts'
import { believesReceiver } from '../support/reader-program.ts'
import { send } from '../support/send.ts'
import { afterTest, relayOn, type Stage, stage } from '../support/stage.ts'
import { authoritiesFile } from '../support/strict-stage.ts'
import { publishKeys, type TestRelay } from '../support/test-relay.ts'
import { verifyReceived } from '../support/verify.ts'

const image =
  '<svg xmlns="http://www.w3.org/2000/svg" version="1.2" baseProfile="tiny-ps" viewBox="0 0 1 1"><title>A</title></svg>'
const certificate = certificateFor(['images.origin.example'])
const readers = ['team@alias.example', 'other@alias.example']
const envelope = { from: 'a@origin.example', to: readers }

interface ReaderStage {
  readonly on: Stage
  readonly host: HttpsHost
  readonly relay: TestRelay
}

async function readerStage(
  authority: 'required' | 'optional' = 'optional',
  dmarc = 'reject',
): Promise<ReaderStage> {
  const on = await stage()
  const host = await HttpsHost.start(certificate)
  afterTest(() => host.close())
  host.answer = { body: image, headers: { 'content-type': 'image/svg+xml' } }
  const location = `https://images.origin.example:${host.port}/logo.svg`
  publishKeys(on.zone, {
    'origin.example': {
      _dmarc: [['txt', `v=DMARC1; p=${dmarc}`]],
      'default._bimi': [['txt', `v=BIMI1; l=${location}`]],
      images: [['a', '127.0.0.1']],
    },
  })
  const aliases = {
    team: ['one@destination.example', 'two@destination.example'],
    other: ['three@destination.example'],
  }
  const relay = await relayOn(on, {
    domains: { 'alias.example': { aliases, bimi: { selector: 'ed', authority } } },
    delivery: { certificateAuthoritiesFile: await authoritiesFile([certificate]) },
  })
  return { on, host, relay }
}

function brandFields({ fields }: Message) {
  return fields.filter(({ name }) => /^bimi-/i.test(name))
}

/** The fields of the copy for each target, by who it is. */
async function copiesOf({ on }: ReaderStage) {
  const copies = await on.sink.received(3)
  return copies.map(copy => ({ copy, to: copy.forwardPaths[0], message: readMessage(copy.octets) }))
}

const text = () => mailText({ from: 'a@origin.example' })

describe.each(['mailversion', 'message-instance'] as const)('in profile %s', profile => {
  test('every copy has the image, signed for the address that it came to; the chain passes, and undoing the hop takes it away', async () => {
    const at = await readerStage()
    const { on, relay, host } = at
    const signed = await dkimSigner(on.zone).sign(text())
    await send(relay.port, { ...envelope, octets: await on.origin.sign(signed, envelope, profile) })
    const zone = keyZone(relay.relay.keys, ['alias.example'])
    const record = zone['alias.example']?.['ed._local._bimi']?.[0]?.[1] ?? ''
    const key = parseKeyRecord(record)
    if (key.kind !== 'key') throw new Error(`no key: ${record}`)
    for (const { copy, to, message } of await copiesOf(at)) {
      const fields = brandFields(message)
      expect(fields.map(({ name }) => name)).toEqual([
        'BIMI-Receiver-Signature',
        'BIMI-Location',
        'BIMI-Indicator',
        'BIMI-Receiver-Information',
      ])
      expect(believesReceiver(fields, key.key)).toBe(true)
      const [, , indicator, information] = fields.map(fieldValue)
      expect(Buffer.from((indicator ?? '').replaceAll(' ', ''), 'base64').toString()).toBe(image)
      const reader = to?.startsWith('three') === true ? readers[1] : readers[0]
      expect(information).toContain(`rcpt: ${hashedRecipient(reader ?? '')}`)
      expect(await verifyReceived(copy, on.zone)).toMatchObject({ state: 'pass' })
      const undone = undo(message, 1)
      if (undone.kind !== 'undone') throw new Error(`not undone: ${JSON.stringify(undone)}`)
      expect(brandFields(undone.message)).toEqual([])
    }
    expect(host.requests).toHaveLength(1)
  })
})

describe('no copy has one', () => {
  test.each<[string, 'required' | 'optional', string, (text: Buffer, on: Stage) => Promise<Buffer>]>([
    ['where nobody vouches for From', 'optional', 'quarantine', async octets => octets],
    ['where the policy is none', 'optional', 'none', (octets, on) => signed(octets, on)],
    [
      'where a certificate is asked for and there is none',
      'required',
      'reject',
      (octets, on) => signed(octets, on),
    ],
  ])('%s', async (_, authority, dmarc, make) => {
    const at = await readerStage(authority, dmarc)
    const octets = await make(Buffer.from(text()), at.on)
    await send(at.relay.port, { ...envelope, octets })
    for (const { message } of await copiesOf(at)) expect(brandFields(message)).toEqual([])
    expect(at.host.requests).toEqual([])
  })

  test('where the image cannot be had, and the message goes on', async () => {
    const at = await readerStage()
    at.host.answer = { status: 404 }
    await send(at.relay.port, { ...envelope, octets: await signed(Buffer.from(text()), at.on) })
    for (const { message } of await copiesOf(at)) expect(brandFields(message)).toEqual([])
    expect(at.relay.log.lines).toContainEqual(
      expect.objectContaining({
        fields: expect.objectContaining({ reason: expect.stringContaining('HTTP 404') }),
      }),
    )
  })
})

function signed(octets: Buffer, { zone }: Stage): Promise<Buffer> {
  return dkimSigner(zone).sign(octets.toString('latin1'))
}
