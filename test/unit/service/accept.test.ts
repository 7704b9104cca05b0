import { describe, expect, test } from 'vitest'
import type { AdmitDependencies } from '../../../src/admit/admit.ts'
import { defaultAdmitPolicy } from '../../../src/admit/policy.ts'
import { boundedPolicyLookUps } from '../../../src/admit/policy-look-ups.ts'
import { arcChain, dkimSignatures } from '../../../src/limits.ts'
import type { Received } from '../../../src/receive/received.ts'
import type { RecipientRole } from '../../../src/record/recipient-role.ts'
import type { AcceptDependencies } from '../../../src/service/accept.ts'
import { accept } from '../../../src/service/accept.ts'
import type { CountedRequest, Judgement } from '../../../src/service/kinds.ts'
import type { NewMessage } from '../../../src/store/records.ts'
import { StoreError } from '../../../src/store/store-error.ts'
import { receivedAt, receivedMessage } from '../../support/admitted.ts'
import { noLookUps } from '../../support/look-ups.ts'
import { RecordingLog } from '../../support/recording-log.ts'

const alias: RecipientRole = { kind: 'alias', domain: 'alias.example', policy: defaultAdmitPolicy }
const forwarded: Judgement = { kind: 'taken', record: admission => ({ kind: 'forward', admission }) }
const counted: CountedRequest = {
  request: {
    listId: 7,
    kind: 'help',
    address: 'a@origin.example',
    addressKey: 'a@origin.example',
    countedAs: 'a@origin.example',
    network: '192.0.2.0',
    createdAt: 0,
    expiresAt: 1,
  },
  limits: { since: 0, perAddress: 1, perNetwork: 1, perList: 1 },
}

/** Nobody is asked about a message from a client of ours in the name of an own domain. */
const admitting: AdmitDependencies = {
  authservId: 'relay.alias.example',
  lookUps: noLookUps,
  ends: new AbortController().signal,
  nowSeconds: receivedAt / 1_000,
  loopBounds: { maxReceivedFields: 9, maxOwnReceivedFields: 9, maxHops: 9, hostname: 'relay.alias.example' },
  chainBounds: () => ({}),
  policyLookUps: boundedPolicyLookUps(
    { txt: async () => ({ kind: 'absent' }), mx: async () => ({ kind: 'absent' }) },
    { maxNames: 1, ends: new AbortController().signal },
  ),
  senderBounds: { signatures: dkimSignatures, arc: arcChain },
  trustedSealers: [],
  isOwnDomain: () => true,
  findOwn: () => undefined,
  revisionOf: () => '09',
  receivedField: () => ({ name: 'Received', octets: Buffer.from('Received: here\r\n') }),
}

interface Changes extends Partial<AcceptDependencies> {
  readonly message?: Partial<Received>
  readonly judgement?: Judgement
}

async function accepted({ message, judgement = forwarded, ...changes }: Changes = {}) {
  const stored: NewMessage[] = []
  const requests: unknown[] = []
  const passedOn: string[] = []
  const log = new RecordingLog()
  const reply = await accept(receivedMessage({ roles: [alias], trusted: true, ...message }), {
    store: {
      spool: async one => void stored.push(one),
      async spoolOnce(one) {
        stored.push(one)
        return []
      },
      async spoolRequest(one, request) {
        stored.push(one)
        requests.push(request)
        return undefined
      },
      async spoolSubmitted(one, use) {
        stored.push(one)
        requests.push(use)
        return 'stored'
      },
    },
    recipientsPerDay: 1_000,
    log,
    gone: new AbortController().signal,
    keepUntil: milliseconds => milliseconds + 500,
    verdict: () => undefined,
    admitDependencies: () => admitting,
    countDmarc: () => {},
    judge: async () => judgement,
    filter: async one => ({ kind: 'passed', admitted: one }),
    spooled: one => void passedOn.push(one.queueId),
    ...changes,
  })
  return { reply, stored, requests, passedOn, log }
}

describe('the end of data', () => {
  test('is answered with 250 once the message is on disk as it came, with what was added on top', async () => {
    const { reply, stored, passedOn } = await accepted()
    expect(reply).toMatchObject({ code: 250, text: expect.stringContaining('Q1') })
    expect(stored).toMatchObject([
      { queueId: 'Q1', receivedAt, state: 'spooled', record: { kind: 'forward' }, listener: 'mx' },
    ])
    expect(stored[0]?.octets).toEqual(receivedMessage().octets)
    expect(stored[0]?.prepend.toString()).toMatch(/^Authentication-Results: [\s\S]*\r\nReceived: here\r\n$/)
    expect(passedOn).toEqual(['Q1'])
  })

  test('of a message whose plan is known puts that to the store in the same turn', async () => {
    const asked: string[] = []
    const unexpected = () => Promise.reject(new Error('not asked'))
    const { reply } = await accepted({
      judgement: { ...forwarded, once: { recipients: ['team@alias.example'], duplicate: 'refuse' } },
      store: {
        async spool(one) {
          asked.push(`spool ${one.queueId}`)
          await new Promise(setImmediate)
          asked.push('on disk')
        },
        spoolOnce: unexpected,
        spoolRequest: unexpected,
        spoolSubmitted: unexpected,
      },
      planAhead: async one => async () => {
        asked.push(`plan ${one.queueId}`)
        return []
      },
      spooled: async (_message, _admitted, planned) => void asked.push(`copies ${(await planned)?.length}`),
    })
    expect(reply.code).toBe(250)
    await new Promise(setImmediate)
    expect(asked).toEqual(['spool Q1', 'plan Q1', 'on disk', 'copies 0'])
  })

  test('of a message that its judge refuses is answered with those words, and nothing is stored', async () => {
    const reply = { code: 550, enhanced: '5.7.1', text: 'no' }
    const found = await accepted({ judgement: { kind: 'refused', reply } })
    expect(found).toMatchObject({ reply, stored: [], passedOn: [] })
  })

  test('of a message that admission refuses reaches no judge', async () => {
    const { reply, stored } = await accepted({
      message: { octets: Buffer.from(' fold\r\nFrom: a@origin.example\r\n\r\n') },
      judge: () => Promise.reject(new Error('not asked')),
    })
    expect(reply).toMatchObject({ code: 550, enhanced: '5.6.0' })
    expect(stored).toEqual([])
  })

  test('of a client that has gone stores nothing: it sends the message again', async () => {
    const { reply, stored, passedOn } = await accepted({ gone: AbortSignal.abort() })
    expect(reply.code).toBe(451)
    expect([stored, passedOn]).toEqual([[], []])
  })

  test.each([
    ['full', '4.3.1', 452],
    ['broken', '4.3.0', 451],
  ] as const)('with a store that is %s defers the message with %s', async (code, enhanced, number) => {
    const error = code === 'full' ? new StoreError('full', 'no space') : new Error('broken')
    const fail = () => Promise.reject(error)
    const store = { spool: fail, spoolOnce: fail, spoolRequest: fail, spoolSubmitted: fail }
    const { reply, passedOn, log } = await accepted({ store })
    expect(reply).toMatchObject({ code: number, enhanced })
    expect(passedOn).toEqual([])
    expect(log.lines.at(-1)).toMatchObject({ level: 'error', text: 'not stored' })
  })
})

describe('what goes no further is kept for its time', () => {
  const about = { queueId: 'Q0', ordinal: 1 }
  type Taken = Extract<Judgement, { kind: 'taken' }>
  const next = { do: 'park', reason: 'a letter', about } as const
  const bounce: Taken['record'] = admission => ({ kind: 'bounce', admission, next })
  const ignored = { do: 'ignore', reason: 'a program' } as const
  const command: Taken['record'] = admission => ({ kind: 'command', admission, next: ignored })
  test.each([
    ['bounce-received', bounce],
    ['obeyed', command],
  ] as const)('as %s', async (state, record) => {
    const { stored } = await accepted({ judgement: { kind: 'taken', record } })
    expect(stored).toMatchObject([{ state, keepUntil: receivedAt + 500 }])
  })
})

describe('a request to a list', () => {
  test('is stored with what it is counted by', async () => {
    const { reply, requests } = await accepted({ judgement: { ...forwarded, counted } })
    expect(reply.code).toBe(250)
    expect(requests).toEqual([counted.request])
  })

  test.each([
    ['address', '5.7.1'],
    ['network', '4.7.1'],
    ['list', '4.7.1'],
  ] as const)(
    'beyond the limit of its %s is refused with %s and not passed on',
    async (reached, enhanced) => {
      const unexpected = () => Promise.reject(new Error('not asked'))
      const store = {
        spool: unexpected,
        spoolOnce: unexpected,
        spoolRequest: async () => reached,
        spoolSubmitted: unexpected,
      }
      const { reply, passedOn } = await accepted({ store, judgement: { ...forwarded, counted } })
      expect(reply.enhanced).toBe(enhanced)
      expect(passedOn).toEqual([])
    },
  )
})
