import { describe, expect, test } from 'vitest'
import { defaultAdmitPolicy } from '../../../../src/admit/policy.ts'
import type { RecipientRole } from '../../../../src/record/recipient-role.ts'
import { ForwardJudge } from '../../../../src/service/forward/forward-judge.ts'
import type { PostJudgement } from '../../../../src/service/posts/judge-post.ts'
import { admittedMessage } from '../../../support/admitted.ts'
import { noLookUps } from '../../../support/look-ups.ts'
import { RecordingLog } from '../../../support/recording-log.ts'
import { admission } from '../../../support/records.ts'

const policy = defaultAdmitPolicy
const alias: RecipientRole = { kind: 'alias', domain: 'alias.example', policy }
const originate: RecipientRole = { kind: 'originate' }
function list(listId: number): RecipientRole {
  return { kind: 'list', listId, address: `l${listId}@alias.example`, domain: 'alias.example', policy }
}

const refused: PostJudgement = { kind: 'refused', reply: { code: 550, enhanced: '5.7.1', text: 'no' } }

async function judged(roles: readonly RecipientRole[], byList: Readonly<Record<number, PostJudgement>> = {}) {
  const asked: number[] = []
  const judge = new ForwardJudge({
    async judgePost(_, listId) {
      asked.push(listId)
      return byList[listId] ?? { kind: 'accepted' }
    },
  })
  const forwardPaths = roles.map((_, at) => `r${at}@alias.example`)
  const envelope = { reversePath: 'a@origin.example', forwardPaths, smtpUtf8: false }
  const log = new RecordingLog()
  const judgement = await judge.judge(admittedMessage({ roles, envelope }), { log, lookUps: noLookUps })
  return { judgement, asked, log }
}

function recordOf({ judgement }: Awaited<ReturnType<typeof judged>>) {
  return judgement.kind === 'taken' ? judgement.record(admission) : undefined
}

describe('a message to aliases and lists', () => {
  test('is forwarded, to each recipient once', async () => {
    const found = await judged([alias, list(7)])
    expect(recordOf(found)).toEqual({ kind: 'forward', admission })
    expect(found.judgement).toMatchObject({
      once: { recipients: ['r0@alias.example', 'r1@alias.example'], duplicate: 'refuse' },
    })
  })

  test('from a client of ours to the world is sent as often as it comes', async () => {
    const found = await judged([originate])
    expect(recordOf(found)).toEqual({ kind: 'originate', admission })
    expect(found.judgement).toMatchObject({ once: { recipients: [] } })
  })

  test('to the world and an alias is forwarded, and only the alias has it once', async () => {
    const found = await judged([originate, alias])
    expect(recordOf(found)?.kind).toBe('forward')
    expect(found.judgement).toMatchObject({ once: { recipients: ['r1@alias.example'] } })
  })

  test('is refused where every list refuses it, with the words of the first', async () => {
    const second: PostJudgement = { kind: 'refused', reply: { ...refused.reply, text: 'nor here' } }
    const found = await judged([list(1), list(2)], { 1: refused, 2: second })
    expect(found.judgement).toEqual(refused)
    expect(found.asked).toEqual([1, 2])
    expect(found.log.lines.map(({ text }) => text)).toEqual(['post refused'])
  })

  test.each<PostJudgement>([{ kind: 'accepted' }, { kind: 'held', reason: 'moderated' }])(
    'is taken where one list does not refuse it ($kind): the sender hears of the other later',
    async other => {
      expect((await judged([list(1), list(2)], { 1: refused, 2: other })).judgement.kind).toBe('taken')
    },
  )

  test('is taken where an alias stands beside a list that refuses it', async () => {
    expect((await judged([list(1), alias], { 1: refused })).judgement.kind).toBe('taken')
  })
})
