import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { type Zone, zoneResolver } from '../../../../src/dns/zone-resolver.ts'
import { DmarcCounting } from '../../../../src/service/dmarc-reports/dmarc-counting.ts'
import {
  type DmarcReportDependencies,
  sendDmarcReports,
} from '../../../../src/service/dmarc-reports/dmarc-reports.ts'
import type { Store } from '../../../../src/store/store.ts'
import { receivedAt, receivedMessage } from '../../../support/admitted.ts'
import { RecordingLog } from '../../../support/recording-log.ts'
import { newDelivery, newStore, queueId } from '../../store/fixtures.ts'

const day = '2026-11-21'
const hour = 3_600_000
const evaluation = {
  headerFrom: 'shop.example',
  envelopeFrom: 'shop.example',
  disposition: 'none',
  dkimAligned: true,
  spfAligned: false,
  reasons: [],
  dkim: [],
} as const

interface Rig {
  readonly store: Store
  readonly log: RecordingLog
  readonly mails: { readonly to: string; readonly octets: Buffer }[]
  readonly clock: { now: number }
  zone: Zone
  send(): Promise<void>
}

/** One message was judged by a policy with this `rua`. */
async function rig(rua: string, zone: Zone = {}): Promise<Rig> {
  const store = await newStore()
  const log = new RecordingLog()
  const counting = new DmarcCounting({ store, log, isOn: true })
  const record = `v=DMARC1; p=none; rua=${rua}`
  counting.count(receivedMessage(), { policyDomain: 'shop.example', record, evaluation })
  await counting.settled()
  const clock = { now: receivedAt + 24 * hour }
  const mails: Rig['mails'] = []
  let number = 0
  const one: Rig = {
    store,
    log,
    mails,
    clock,
    zone,
    send: () => sendDmarcReports(dependencies(), () => false),
  }
  const dependencies = (): DmarcReportDependencies => ({
    store,
    log,
    resolver: zoneResolver(one.zone),
    settings: {
      domain: 'alias.example',
      submitter: 'relay.alias.example',
      organization: 'Alias',
      contact: 'postmaster@alias.example',
      generator: 'x',
      spreadMilliseconds: 0,
    },
    clock: () => clock.now,
    random: size => Buffer.alloc(size, 1),
    nextQueueId: () => queueId(++number),
    isOwnDomain: () => false,
    sign: async (message, { to, octets }) => {
      mails.push({ to, octets: octets ?? message.body })
      return newDelivery(1)
    },
    keepUntil: milliseconds => milliseconds + 500,
    queued: () => {},
    spooled: () => {},
  })
  return one
}

const stored = ({ store }: Rig) => store.dmarcReport({ day, domain: 'shop.example' })

describe('the aggregate report of a day', () => {
  test('goes once to every place in rua that may have it, and the others are left out', async () => {
    const one = await rig('mailto:a@shop.example,mailto:v@victim.example,mailto:b@shop.example')
    await one.send()
    one.clock.now += hour
    await one.send()
    expect(one.mails.map(({ to }) => to)).toEqual(['a@shop.example', 'b@shop.example'])
    expect(await stored(one)).toMatchObject({
      state: 'sent',
      targets: [{ state: 'sent' }, { state: 'sent' }],
    })
  })

  test('goes where the place itself wants it', async () => {
    const one = await rig('mailto:a@reports.example', {
      'reports.example': {
        'shop.example._report._dmarc': [['txt', 'v=DMARC1; rua=mailto:new@reports.example']],
      },
    })
    await one.send()
    expect(one.mails.map(({ to }) => to)).toEqual(['new@reports.example'])
  })

  test('waits an hour for an answer of DNS about one place, and then goes to all of them', async () => {
    const silent: Zone = {
      'reports.example': { 'shop.example._report._dmarc': [['temporary', 'no answer']] },
    }
    const one = await rig('mailto:a@shop.example,mailto:b@reports.example', silent)
    await one.send()
    expect(await stored(one)).toMatchObject({
      state: 'due',
      nextAttemptAt: one.clock.now + hour,
      reason: expect.stringContaining('no answer'),
    })
    one.zone = { 'reports.example': { 'shop.example._report._dmarc': [['txt', 'v=DMARC1;']] } }
    one.clock.now += hour
    await one.send()
    expect(one.mails.map(({ to }) => to)).toEqual(['a@shop.example', 'b@reports.example'])
  })

  test('does not go to a place that takes less than its size', async () => {
    const one = await rig('mailto:a@shop.example!100,mailto:b@shop.example!1m')
    await one.send()
    expect(one.mails.map(({ to }) => to)).toEqual(['b@shop.example'])
  })

  test('that nobody may have is done without a mail, and the record says why', async () => {
    const one = await rig('mailto:a@shop.example!100')
    await one.send()
    expect(await stored(one)).toMatchObject({
      state: 'unwanted',
      reason: expect.stringContaining('larger than'),
    })
  })

  test('is an attachment of gzipped XML with what was counted', async () => {
    const one = await rig('mailto:a@shop.example')
    await one.send()
    const text = one.mails[0]?.octets.toString('latin1') ?? ''
    expect(text).toContain('Content-Type: application/gzip')
    const encoded = text.split(/\r\n\r\n/).find(part => part.startsWith('H4sI')) ?? ''
    const xml = gunzipSync(Buffer.from(encoded.split('\r\n--')[0] ?? '', 'base64')).toString()
    expect(xml).toContain('<source_ip>192.0.2.7</source_ip>\n<count>1</count>')
  })

  test('of a day that is not over is not planned', async () => {
    const one = await rig('mailto:a@shop.example')
    one.clock.now = receivedAt
    await one.send()
    expect(await stored(one)).toBeUndefined()
  })
})

test('what there is no room for is lost with a line in the log, and holds up nothing', async () => {
  const log = new RecordingLog()
  const store = { countDmarcResult: async () => 'lost' as const }
  const counting = new DmarcCounting({ store, log, isOn: true })
  counting.count(receivedMessage(), { policyDomain: 'shop.example', record: '', evaluation })
  await counting.settled()
  expect(log.lines.map(({ text }) => text)).toEqual(['no room to count a result of DMARC'])
})
