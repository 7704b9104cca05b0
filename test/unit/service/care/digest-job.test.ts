/** The digest of a running path: found, composed, signed, queued and delivered to whoever reads the mail of the postmaster. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { RelayConfigInput } from '../../../../src/config/schema.ts'
import { digest as limits } from '../../../../src/limits.ts'
import { readMessage } from '../../../../src/message/message.ts'
import { freshTarget } from '../../../../src/service/alias-targets/target-standing.ts'
import { digestJob } from '../../../../src/service/care/digest-job.ts'
import { shownOf } from '../../../../src/service/lists/shown-fields.ts'
import { openPathWorkers } from '../../../../src/service/path-workers.ts'
import { openPath } from '../../../support/path.ts'
import { newMessage } from '../../store/fixtures.ts'

async function rig(changes: Partial<RelayConfigInput> = {}) {
  const open = await openPath({ postmaster: 'admin@box.example', ...changes })
  const workers = openPathWorkers(open.path, async () => {})
  workers.queue.start([])
  onTestFinished(async () => {
    for (const one of [workers.posts, workers.reports, ...workers.dailyReports]) one.stop()
    workers.suspects.stop()
    await Promise.all([workers.background.settledWithin(5_000), workers.queue.stop(5_000)])
  })
  const job = digestJob(open.path, workers.sendNotice)
  return { ...open, job }
}

test('a day after the first look the postmaster has it in the box, signed, with losses and keys without records', async () => {
  const { path, job, clock, log, mailbox } = await rig()
  await job.work()
  await path.store.spool(newMessage(1, { state: 'bounce-received', untold: 'no report', keepUntil: 1 }))
  await job.work()
  clock.now += limits.lookMilliseconds
  await job.work()
  await log.until(({ text }) => text === 'delivered')
  await job.work()
  const [file = '', ...others] = await readdir(mailbox)
  expect(others).toEqual([])
  const octets = await readFile(join(mailbox, file))
  const { subject } = shownOf(readMessage(octets))
  expect(subject).toMatch(
    /^relay\.alias\.example: 1 failure that nobody was told of, \d+ key records? to mend$/,
  )
  expect(octets.toString('latin1')).toContain('DKIM2-Signature: ')
  expect(await path.store.untoldLosses(10)).toEqual([])
})

test('a target of an alias that was suspended since the last look is told once', async () => {
  const { path, job, clock, log, mailbox } = await rig()
  await job.work()
  clock.now += limits.lookMilliseconds
  const fresh = freshTarget('gone@x.example', 'team@alias.example', clock.now)
  await path.store.keepAliasTarget({ ...fresh, state: 'suspended', suspendedAt: clock.now - 1 })
  await job.work()
  await log.until(({ text }) => text === 'delivered')
  clock.now += limits.lookMilliseconds
  await job.work()
  await log.until(({ text }) => text === 'postmaster told')
  await log.until(() => log.lines.filter(({ text }) => text === 'delivered').length === 2)
  const mails = await Promise.all(
    (await readdir(mailbox)).map(file => readFile(join(mailbox, file), 'latin1')),
  )
  expect(mails.filter(mail => mail.includes('gone@x.example: gets no more mail'))).toHaveLength(1)
})

test('a relay that wants no digest does not even look', async () => {
  const { path, job, clock } = await rig({ digest: 'never' })
  await job.work()
  clock.now += limits.lookMilliseconds
  await job.work()
  expect(await path.store.digestLookedAt()).toBeNull()
})
