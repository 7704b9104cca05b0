import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { ProfileId } from '../../../../src/dkim2/index.ts'
import { readMessage } from '../../../../src/message/message.ts'
import type { Reflector } from '../../../../src/record/reflection-record.ts'
import type { DkimDependencies } from '../../../../src/service/dkim/dkim-dependencies.ts'
import type { SignDependencies } from '../../../../src/service/forward/sign-copies.ts'
import { signOwnMessage } from '../../../../src/service/forward/sign-copies.ts'
import type { TakenUp } from '../../../../src/service/kinds.ts'
import { ReflectorCarrier } from '../../../../src/service/reflector/reflector-carrier.ts'
import { signerOf } from '../../../../src/sign/signer.ts'
import type { NewDelivery, NewMessage, StoredDelivery } from '../../../../src/store/records.ts'
import { storedDelivery } from '../../../support/deliveries.ts'
import { noDkim } from '../../../support/no-dkim.ts'
import { RecordingLog } from '../../../support/recording-log.ts'
import { admission, records } from '../../../support/records.ts'

const address = 'reflect-raw@mirror.example'
const signer = signerOf('ed', generateKeyPairSync('ed25519').privateKey)

function messageTo(reflector: Reflector): TakenUp {
  return {
    queueId: 'Q1',
    receivedAt: 1_000,
    envelope: { reversePath: 'a@origin.example', forwardPaths: [address], smtpUtf8: false },
    record: {
      kind: 'reflection',
      admission,
      next: { do: 'reflect', reflection: { reflector, vouchedBy: 'SPF' } },
    },
    octets: Buffer.from('From: a@origin.example\r\nSubject: hello\r\n\r\nbody\r\n'),
    prepend: Buffer.from('Received: by relay.mirror.example\r\n'),
    removed: [],
  }
}

function signing(profile: ProfileId): SignDependencies & DkimDependencies {
  return {
    ...noDkim,
    signers: () => [signer],
    profileFor: () => profile,
    revisionFor: () => '09',
    nowMilliseconds: 1_763_000_000_000,
    firstRetryAt: 1_763_000_300_000,
    expiresAt: 1_763_400_000_000,
  }
}

/** What goes into the store, in its order. */
interface Stored {
  readonly by: 'spoolNotice' | 'carryOut'
  readonly order?: unknown
  readonly message: NewMessage
  readonly deliveries: readonly NewDelivery[]
}

function carrierOf(profile: ProfileId = 'mailversion') {
  const stored: Stored[] = []
  const queued: string[] = []
  let ids = 1
  function keep(one: Stored): StoredDelivery[] {
    stored.push(one)
    return one.deliveries.map(delivery => storedDelivery({ ...delivery, queueId: one.message.queueId }))
  }
  const carrier = new ReflectorCarrier(() => ({
    store: {
      message: async () => undefined,
      spoolNotice: async (message, deliveries) => keep({ by: 'spoolNotice', message, deliveries }),
      async carryOut(order, mail) {
        if (mail === undefined) throw new Error('a reflection is ended together with its last mail')
        return { isDone: true, deliveries: keep({ by: 'carryOut', order, ...mail }) }
      },
    },
    log: new RecordingLog(),
    hostname: 'relay.mirror.example',
    returnBodyMaxBytes: 1_000,
    signing: signing(profile),
    random: size => Buffer.alloc(size, 1),
    nextQueueId: () => `Q${++ids}`,
    bounceAddress: (queueId, ordinal, domain) => `b+${queueId}-${ordinal}@${domain}`,
    isOwnDomain: domain => domain === 'mirror.example',
    sign: (message, own) => signOwnMessage(message, own, signing(profile)),
    keepUntil: milliseconds => milliseconds + 500,
    queued: (_deliveries, { queueId }) => void queued.push(queueId),
    spooled: () => undefined,
  }))
  return { carrier, stored, queued }
}

const end = { queueId: 'Q1', keepUntil: 1_500 }

describe('a message to a reflector on disk', () => {
  test('comes back from a bounce address of its own, in the transaction that ends it; the report goes before', async () => {
    const { carrier, stored, queued } = carrierOf()
    await carrier.carryOut(messageTo('raw'))
    expect(stored.map(({ by, order }) => [by, order])).toEqual([
      ['spoolNotice', undefined],
      ['carryOut', { command: { ...end, reason: null } }],
    ])
    const [report, returned] = stored
    expect(report?.deliveries).toMatchObject([{ reversePath: '', forwardPath: 'a@origin.example' }])
    expect(returned?.deliveries).toMatchObject([
      { reversePath: 'b+Q2-0@mirror.example', forwardPath: 'a@origin.example', hop: { sequence: 1 } },
    ])
    const { fields } = readMessage(returned?.message.octets ?? Buffer.alloc(0))
    expect(fields.map(({ name }) => name)).toEqual(['Received', 'From', 'Subject'])
    expect(queued).toEqual([report?.message.queueId, 'Q2'])
  })

  test.each(['dsn', 'delayed-dsn'] as const)('is answered by a notification: %s', async reflector => {
    const { carrier, stored } = carrierOf()
    await carrier.carryOut(messageTo(reflector))
    expect(
      stored.map(({ message, deliveries }) => [message.record.kind, deliveries[0]?.reversePath]),
    ).toEqual([
      ['notice', ''],
      ['dsn', ''],
    ])
  })

  test('that no hop can be made of is ended with the reason, together with the report', async () => {
    const { carrier, stored } = carrierOf('message-instance')
    await carrier.carryOut(messageTo('raw'))
    expect(stored).toMatchObject([
      {
        by: 'carryOut',
        order: { command: { ...end, reason: expect.stringContaining('From not authentic') } },
      },
    ])
  })

  test('that goes no further is not carried out', async () => {
    const { carrier, stored } = carrierOf()
    const message = { ...messageTo('raw'), record: records.reflection }
    await expect(carrier.carryOut(message)).rejects.toThrow('Q1')
    expect(stored).toEqual([])
  })
})
