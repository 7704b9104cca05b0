import { describe, expect, test } from 'vitest'
import type { RelayConfigInput } from '../../../../src/config/schema.ts'
import { plannedAhead } from '../../../../src/limits.ts'
import { putDraft } from '../../../../src/service/forward/draft.ts'
import { planAhead } from '../../../../src/service/forward/plan-ahead.ts'
import { planningAhead } from '../../../../src/service/session-dependencies.ts'
import type { NewMessage } from '../../../../src/store/records.ts'
import { openPath } from '../../../support/path.ts'
import { newMessage, queueId } from '../../store/fixtures.ts'

function targets(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `m${at}@box.example`)
}

const aliases = { team: targets(plannedAhead.copies), crowd: targets(plannedAhead.copies + 1) }

function opened(domain: RelayConfigInput['domains'][string] = {}) {
  return openPath({ domains: { 'alias.example': { aliases, ...domain } } })
}

function messageTo(recipient: string, changes: Partial<NewMessage> = {}): NewMessage {
  const envelope = { ...newMessage(1).envelope, forwardPaths: [`${recipient}@alias.example`] }
  return { ...newMessage(1), envelope, ...changes }
}

describe('a message that is about to be put on disk', () => {
  test('with its plan is planned in its commit, as it would have been afterwards', async () => {
    const { path } = await opened()
    const message = messageTo('team')
    const plan = await planAhead(message, path)
    const before = path.store.statistics.commits
    const { spooled, planned } = putDraft({ message, plan }, one => path.store.spool(one))
    await spooled
    const copies = await planned
    expect(path.store.statistics.commits - before).toBe(1)
    expect(copies?.map(({ forwardPath }) => forwardPath)).toEqual(aliases.team)
    expect(copies).toEqual(
      await Promise.all(aliases.team.map((_, ordinal) => path.store.delivery(queueId(1), ordinal))),
    )
    expect((await path.store.message(queueId(1)))?.state).toBe('forwarded')
  })

  test('is planned afterwards where that takes long: many copies, a large message, images for readers', async () => {
    const { path } = await opened()
    const octets = Buffer.alloc(plannedAhead.bytes + 1, 'a: b\r\n')
    expect(await planAhead(messageTo('team'), path)).toBeDefined()
    expect(await planAhead(messageTo('crowd'), path)).toBeUndefined()
    expect(await planAhead(messageTo('team', { octets }), path)).toBeUndefined()
    const shown = await opened({ bimi: { selector: 'shown' } })
    expect(await planAhead(messageTo('team'), shown.path)).toBeUndefined()
  })

  test('is planned afterwards where something fails now: the client is not told of it', async () => {
    const { path } = await opened()
    const failing = Object.defineProperty({ ...path }, 'bounceKeys', {
      get: () => {
        throw new Error('no key')
      },
    })
    expect(await planAhead(messageTo('team'), failing)).toBeUndefined()
  })

  test('is never planned before after a crash: a plan that ended the process is found on disk then', async () => {
    const { path } = await opened()
    expect(planningAhead(path).planAhead).toBeDefined()
    expect(planningAhead({ ...path, store: { ...path.store, isAfterCrash: true } })).toEqual({})
  })
})
