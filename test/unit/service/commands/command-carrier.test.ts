import { createSecretKey } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Notice } from '../../../../src/lists/compose-notice.ts'
import { listTable } from '../../../../src/lists/list-table.ts'
import type { CommandRecord } from '../../../../src/record/command-record.ts'
import { CommandCarrier } from '../../../../src/service/commands/command-carrier.ts'
import type { TakenUp } from '../../../../src/service/kinds.ts'
import type { ListRequest } from '../../../../src/store/list-request-records.ts'
import { RecordingLog } from '../../../support/recording-log.ts'
import { admission, records } from '../../../support/records.ts'
import { newList } from '../../lists/support.ts'

const request: ListRequest = {
  id: 9,
  queueId: 'Q0',
  listId: 7,
  kind: 'help',
  state: 'asked',
  address: 'reader@origin.example',
  addressKey: 'reader@origin.example',
  countedAs: 'reader@origin.example',
  network: '192.0.2.0',
  createdAt: 0,
  expiresAt: 9_000,
}

function messageOf(command: CommandRecord): TakenUp {
  return {
    queueId: 'Q1',
    receivedAt: 1_000,
    envelope: { reversePath: '', forwardPaths: ['news-help@lists.example'], smtpUtf8: false },
    record: { kind: 'command', admission, next: { do: 'obey', command } },
    octets: Buffer.from('Message-ID: <m@origin.example>\r\n\r\n'),
    prepend: Buffer.alloc(0),
    removed: [],
  }
}

function carrierOf(found: ListRequest | undefined) {
  const orders: unknown[] = []
  const notices: Notice[] = []
  const decided: unknown[] = []
  const asked: unknown[] = []
  const carrier = new CommandCarrier(() => ({
    store: {
      async carryOut(order) {
        orders.push(order)
        return { isDone: true, deliveries: [] }
      },
      subscriber: async () => undefined,
      async listRequest(key) {
        asked.push(key)
        return found
      },
    },
    log: new RecordingLog(),
    lists: () => listTable([newList(7, 'news@lists.example')]),
    tokenKeys: [createSecretKey(Buffer.alloc(32, 1))],
    confirmMilliseconds: 100,
    ownPageMilliseconds: 3,
    decideMilliseconds: 100,
    publicUrl: undefined,
    clock: () => 2_000,
    keepUntil: milliseconds => milliseconds + 500,
    async sendNotice(notice) {
      notices.push(notice)
      return 'N1'
    },
    async decidePost(postId, list, isYes) {
      decided.push([postId, list.id, isYes])
      return true
    },
  }))
  return { carrier, orders, notices, decided, asked }
}

const end = { queueId: 'Q1', keepUntil: 1_500 }

describe('a command on disk', () => {
  test('that is a request is found by its message, and answered in reply to it', async () => {
    const { carrier, notices, asked } = carrierOf(request)
    await carrier.carryOut(messageOf({ do: 'request', listId: 7, isVouched: true }))
    expect(asked).toEqual(['Q1'])
    expect(notices).toMatchObject([{ to: 'reader@origin.example', inReplyTo: '<m@origin.example>' }])
  })

  test('of a program is done and not answered', async () => {
    const { carrier, orders, notices } = carrierOf(request)
    await carrier.carryOut(messageOf({ do: 'request', listId: 7, isVouched: true, isSilent: true }))
    expect(notices).toEqual([])
    expect(orders[0]).toMatchObject({ command: end, request: { id: 9, from: 'asked', to: 'done' } })
  })

  test('that confirms a request moves that request', async () => {
    const { carrier, notices, asked } = carrierOf({ ...request, kind: 'subscribe', state: 'confirming' })
    await carrier.carryOut(messageOf({ do: 'confirm', listId: 7, requestId: 9 }))
    expect(asked).toEqual([9])
    expect(notices).toHaveLength(1)
  })

  test.each([true, false])('that decides about a post says so: %s', async isYes => {
    const { carrier, decided, asked } = carrierOf(undefined)
    await carrier.carryOut(messageOf({ do: 'decide', listId: 7, about: 'post', id: 5, isYes }))
    expect(decided).toEqual([[5, 7, isYes]])
    expect(asked).toEqual([])
  })

  test.each<[string, CommandRecord]>([
    ['whose request is gone', { do: 'confirm', listId: 7, requestId: 9 }],
    ['whose list is gone', { do: 'request', listId: 8, isVouched: true }],
  ])('%s ends with the reason', async (_, command) => {
    const { carrier, orders, notices } = carrierOf(undefined)
    await carrier.carryOut(messageOf(command))
    expect(orders).toEqual([{ command: { ...end, reason: 'nothing was left to be done' } }])
    expect(notices).toEqual([])
  })

  test('that goes no further is not carried out', async () => {
    const { carrier, orders } = carrierOf(request)
    const message = messageOf({ do: 'confirm', listId: 7, requestId: 9 })
    await expect(carrier.carryOut({ ...message, record: records.command })).rejects.toThrow('Q1')
    expect(orders).toEqual([])
  })
})
