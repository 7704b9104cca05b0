import { describe, expect, test } from 'vitest'
import type { MessageRecord } from '../../../../src/record/message-record.ts'
import { BounceCarrier } from '../../../../src/service/bounces/bounce-carrier.ts'
import type { SpooledBounce } from '../../../../src/service/bounces/pass-bounce-on.ts'
import type { TakenUp } from '../../../../src/service/kinds.ts'
import type { BounceCounting } from '../../../../src/service/lists/count-failures.ts'
import type { ReportDependencies } from '../../../../src/service/reports/send-report.ts'
import { RecordingLog } from '../../../support/recording-log.ts'
import { admission, records } from '../../../support/records.ts'

const bounce = { queueId: 'Q0', ordinal: 2, judgement: 'unauthenticated', isVerified: false } as const
const record: MessageRecord = { kind: 'bounce', admission, next: { do: 'pass-on', bounce } }
const message: TakenUp = {
  queueId: 'Q1',
  receivedAt: 1_000,
  envelope: { reversePath: '', forwardPaths: ['b+token@alias.example'], smtpUtf8: false },
  record,
  octets: Buffer.from('Subject: report\r\n\r\nfailed\r\n'),
  prepend: Buffer.alloc(0),
  removed: [],
}

function unexpected(): never {
  throw new Error('not expected')
}

/** A store that has nothing any more of what the bounce is about. */
function carrierOf(counting: BounceCounting) {
  const counted: SpooledBounce[] = []
  const parked: unknown[] = []
  let cared = 0
  const store: ReportDependencies['store'] = {
    message: async () => undefined,
    headerSection: async () => null,
    showMessage: async () => undefined,
    async parkBounce(...parameters) {
      parked.push(parameters)
      return true
    },
    delivery: unexpected,
    failuresLeft: unexpected,
    successesLeft: unexpected,
    skipDsn: unexpected,
    skipDelayDsn: unexpected,
    spoolDsn: unexpected,
    spoolDelayDsn: unexpected,
    spoolReturn: unexpected,
  }
  const dependencies: ReportDependencies = {
    store,
    log: new RecordingLog(),
    hostname: 'relay.alias.example',
    returnBodyMaxBytes: 0,
    clock: () => 2_000,
    random: size => Buffer.alloc(size),
    nextQueueId: unexpected,
    isOwnDomain: () => true,
    sign: unexpected,
    keepUntil: milliseconds => milliseconds + 500,
    queued: unexpected,
    spooled: unexpected,
  }
  const carrier = new BounceCarrier({
    async countBounce(spooled) {
      counted.push(spooled)
      return counting
    },
    reportDependencies: () => dependencies,
    lookAfterSubscribers: () => void cared++,
  })
  return { carrier, counted, parked, cared: () => cared }
}

describe('a bounce on disk', () => {
  test('about a copy for a subscriber is counted, and passed on to nobody', async () => {
    const { carrier, counted, parked, cared } = carrierOf({ isCounted: true, hasNews: false })
    await carrier.carryOut(message)
    expect(counted).toMatchObject([{ queueId: 'Q1', receivedAt: 1_000, bounce }])
    expect(parked).toEqual([])
    expect(cared()).toBe(0)
  })

  test('that makes news for the owners of a list has subscribers looked after', async () => {
    const { carrier, cared } = carrierOf({ isCounted: true, hasNews: true })
    await carrier.carryOut(message)
    expect(cared()).toBe(1)
  })

  test('that is counted for nobody is passed on; parked where its delivery is not known any more', async () => {
    const { carrier, parked } = carrierOf({ isCounted: false, hasNews: false })
    await carrier.carryOut(message)
    expect(parked).toEqual([['Q1', 'the delivery is not known any more', 1_500, true]])
  })

  test('that goes no further is not carried out', async () => {
    const { carrier, counted } = carrierOf({ isCounted: true, hasNews: false })
    await expect(carrier.carryOut({ ...message, record: records.bounce })).rejects.toThrow('Q1')
    await expect(carrier.carryOut({ ...message, record: records.forward })).rejects.toThrow('Q1')
    expect(counted).toEqual([])
  })
})
