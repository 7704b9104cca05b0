import { createSecretKey } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { defaultAdmitPolicy } from '../../../../src/admit/policy.ts'
import { listTable } from '../../../../src/lists/list-table.ts'
import { makeToken } from '../../../../src/lists/tokens.ts'
import type { AdmissionRecord } from '../../../../src/record/admission-record.ts'
import type { RequestCommand } from '../../../../src/record/command-record.ts'
import type { ListCommandRole } from '../../../../src/record/recipient-role.ts'
import type { AskedOfList } from '../../../../src/service/commands/command-judge.ts'
import { CommandJudge } from '../../../../src/service/commands/command-judge.ts'
import type { ListRequest } from '../../../../src/store/list-request-records.ts'
import { admittedMessage, receivedAt } from '../../../support/admitted.ts'
import { noLookUps } from '../../../support/look-ups.ts'
import { RecordingLog } from '../../../support/recording-log.ts'
import { admission } from '../../../support/records.ts'
import { newList } from '../../lists/support.ts'

const address = 'news@lists.example'
const key = createSecretKey(Buffer.alloc(32, 1))
const waiting: ListRequest = {
  id: 9,
  queueId: 'Q0',
  listId: 7,
  kind: 'subscribe',
  state: 'confirming',
  address: 'reader@origin.example',
  addressKey: 'reader@origin.example',
  countedAs: 'reader@origin.example',
  network: '192.0.2.0',
  createdAt: 0,
  expiresAt: receivedAt + 1_000,
}
const vouched: Partial<AdmissionRecord> = {
  sender: { spf: 'pass', dkimDomains: [], authenticated: true },
  senderAuthenticated: true,
}

async function judged(
  role: Partial<ListCommandRole>,
  record: Partial<AdmissionRecord> = vouched,
  request: ListRequest | undefined = undefined,
) {
  const asked: { asked: AskedOfList; command: RequestCommand }[] = []
  const judge = new CommandJudge({
    commandDependencies: () => ({
      lists: listTable([newList(7, address)]),
      store: { listRequest: async () => request, post: async () => undefined },
      tokenKeys: [key],
      nowMilliseconds: receivedAt,
      isCarriable: () => true,
    }),
    listRequest(one, command) {
      asked.push({ asked: one, command })
      return {
        request: { ...waiting, kind: one.what },
        limits: { since: 0, perAddress: 1, perNetwork: 2, perList: 3 },
      }
    },
  })
  const whole: ListCommandRole = {
    kind: 'list-command',
    listId: 7,
    address,
    domain: 'lists.example',
    policy: defaultAdmitPolicy,
    command: 'subscribe',
    ...role,
  }
  const admitted = admittedMessage({ roles: [whole] }, record)
  const judgement = await judge.judge(admitted, { log: new RecordingLog(), lookUps: noLookUps })
  const kept = judgement.kind === 'taken' ? judgement.record(admission) : undefined
  return { judgement, kept, asked }
}

describe('a command by mail', () => {
  test('that asks for something is obeyed, and counted by who asked from where when it is stored', async () => {
    const { judgement, kept, asked } = await judged({ command: 'subscribe' })
    const command = { do: 'request', listId: 7, isVouched: true }
    expect(kept).toEqual({ kind: 'command', admission, next: { do: 'obey', command } })
    expect(judgement).toMatchObject({ counted: { request: { kind: 'subscribe' } } })
    expect(asked).toMatchObject([
      { asked: { what: 'subscribe', address: 'a@origin.example', at: receivedAt }, command },
    ])
  })

  test('from somebody whom nobody vouches for gets no answer', async () => {
    const { judgement, asked } = await judged({ command: 'help' }, { senderAuthenticated: false })
    expect(judgement).toMatchObject({ kind: 'refused', reply: { code: 550, enhanced: '5.7.1' } })
    expect(asked).toEqual([])
  })

  test('to leave is taken from anybody, and says that nobody vouches for it', async () => {
    const { kept } = await judged({ command: 'unsubscribe' }, { senderAuthenticated: false })
    expect(kept).toMatchObject({ next: { do: 'obey', command: { do: 'request', isVouched: false } } })
  })

  test('to the owners takes the way of a forwarded message, once', async () => {
    const { judgement, kept } = await judged({ command: 'owner' })
    expect(kept).toEqual({ kind: 'forward', admission })
    expect(judgement).toMatchObject({ once: { recipients: ['team@alias.example'] } })
  })

  test('to the address for reports is taken, and nothing follows', async () => {
    const { kept, asked } = await judged({ command: 'bounces' })
    expect(kept).toMatchObject({ kind: 'command', next: { do: 'ignore', reason: expect.any(String) } })
    expect(asked).toEqual([])
  })

  test('to a list that was deleted since RCPT is refused as unknown', async () => {
    const { judgement } = await judged({ listId: 8 })
    expect(judgement).toMatchObject({ kind: 'refused', reply: { enhanced: '5.1.1' } })
  })
})

describe('an answer with a token', () => {
  const claim = { kind: 'confirm', id: 9, expiresAtMilliseconds: receivedAt + 500 } as const
  const token = makeToken(key, claim, [address, waiting.addressKey])

  test('that was made for its request confirms it, and is not counted', async () => {
    const { judgement, kept } = await judged({ command: 'confirm', token }, vouched, waiting)
    expect(kept).toMatchObject({ next: { do: 'obey', command: { do: 'confirm', listId: 7, requestId: 9 } } })
    expect(judgement).not.toHaveProperty('counted')
  })

  test.each<[string, string, ListRequest | undefined]>([
    ['that was made for another address', makeToken(key, claim, [address, 'other@origin.example']), waiting],
    ['of a request that is gone', token, undefined],
    ['of a request that was answered', token, { ...waiting, state: 'done' }],
    ['of a request whose time is over', token, { ...waiting, expiresAt: receivedAt - 1 }],
    ['that is none', 'nonsense', waiting],
  ])('%s is refused', async (_, given, request) => {
    const { judgement } = await judged({ command: 'confirm', token: given }, vouched, request)
    expect(judgement).toMatchObject({ kind: 'refused', reply: { code: 550, enhanced: '5.7.1' } })
  })
})
