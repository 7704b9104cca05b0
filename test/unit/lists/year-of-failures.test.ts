/** What a year makes of a subscriber, with the usual settings: the table in docs/lists.md. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { ClassifiedFailure } from '../../../src/lists/standing.ts'
import {
  afterFailure,
  afterProbeArrived,
  afterProbeReturned,
  afterProbeSent,
  afterProbeUntold,
} from '../../../src/lists/standing.ts'
import { failureOf, reportedFailure } from '../../../src/service/lists/told-failure.ts'
import type { ListNews, StandingChange, Subscriber } from '../../../src/store/list-records.ts'
import { listSettings } from './support.ts'

const day = 86_400_000
const start = Date.UTC(2026, 0, 1, 8)
const { bounceScore: settings } = listSettings()

/** What a host says on a day, counted from 1; undefined: it takes the mail. */
type Host = (day: number) => ClassifiedFailure | undefined

function says(code: number, enhanced: string, text: string): ClassifiedFailure {
  return failureOf({ reason: null, reply: { code, enhanced, text }, phase: 'rcpt' })
}

const timeRanOut = failureOf({
  reason: '5.4.7 could not be delivered for five days',
  reply: null,
  phase: null,
})
const recipient = { action: 'failed', status: '5.0.0', diagnosticCode: '550 5.1.1 user unknown' } as const

const hosts: readonly (readonly [string, Host])[] = [
  ['the address is gone: `550 5.1.1`', () => says(550, '5.1.1', 'no such user')],
  ['the same, without codes: `550 no such user here`', () => says(550, '', 'no such user here')],
  ['the same, in a report with 5.0.0', () => reportedFailure({ recipients: [recipient] })],
  ['the mailbox is full: `552 5.2.2`', () => says(552, '5.2.2', 'mailbox full')],
  ['full for the first two weeks', at => (at <= 14 ? says(552, '5.2.2', 'mailbox full') : undefined)],
  ['the host is down for the first four weeks', at => (at <= 28 ? timeRanOut : undefined)],
  ['this relay is on a block list', () => says(550, '', 'your IP 192.0.2.1 is on a block list')],
  ['SPF, DKIM or DMARC fail', () => says(550, '5.7.26', 'unauthenticated')],
  ['it greylists: `451`, and takes the second attempt', () => undefined],
  ['it greylists for ever', () => says(451, '4.7.1', 'greylisted, come back later')],
]

interface Year {
  /** Failures that counted. */
  readonly counted: number
  readonly highest: number
  readonly happened: readonly string[]
}

function yearOf(host: Host, everyDays: number): Year {
  let subscriber: Subscriber | undefined = fresh
  let counted = 0
  let highest = 0
  const happened: string[] = []
  const take = (change: StandingChange | undefined, at: number) => {
    if (change === undefined || subscriber === undefined) return
    if (change.news !== undefined) happened.push(`${wordOf[change.news.kind]} on day ${at}`)
    subscriber = change.standing === null ? undefined : { ...subscriber, ...change.standing }
  }
  for (let at = 1; at <= 365 && subscriber !== undefined; at++) {
    const now = start + (at - 1) * day
    const isDue = subscriber.probeDueAt !== null && subscriber.probeDueAt <= now
    if (isDue) take(probed(subscriber, host(at), now), at)
    if ((at - 1) % everyDays !== 0 || subscriber === undefined) continue
    const failure = host(at)
    const change: StandingChange | undefined = failure && afterFailure(subscriber, failure, settings, now)
    if (change !== undefined) counted++
    take(change, at)
    highest = Math.max(highest, subscriber?.bounceScore ?? 0)
  }
  return { counted, highest, happened }
}

/** A probe goes out and is refused at once, or its time is over and it did not come back. */
function probed(subscriber: Subscriber, failure: ClassifiedFailure | undefined, now: number): StandingChange {
  if (subscriber.probeQueueId !== null) return afterProbeArrived(subscriber, now)
  const sent = afterProbeSent(subscriber, 'probe', settings, now)
  if (failure === undefined) return sent
  const waiting = { ...subscriber, ...sent.standing }
  return failure.failure === 'none'
    ? afterProbeUntold(waiting, settings, now)
    : afterProbeReturned(waiting, failure.reason, settings, now)
}

const fresh: Subscriber = {
  id: 1,
  listId: 1,
  address: 'x@second.example',
  addressKey: 'x@second.example',
  state: 'active',
  subscribedAt: start - day,
  suspendedAt: null,
  suspendedBy: null,
  reason: null,
  bounceScore: 0,
  bouncedAt: null,
  probes: 0,
  probeDueAt: null,
  probeQueueId: null,
}

const wordOf: Readonly<Record<ListNews['kind'], string>> = {
  suspended: 'suspended',
  resumed: 'active again',
  'given up': 'given up',
  removed: 'removed',
  refused: 'refused',
  unread: 'not understood',
}

function rowOf([what, host]: (typeof hosts)[number], [list, everyDays]: readonly [string, number]): string {
  const { counted, highest, happened } = yearOf(host, everyDays)
  const became = happened.length === 0 ? 'active all year' : happened.join(', ')
  return `| ${what} | ${list} | ${counted} | ${highest.toFixed(2)} | ${became} |`
}

// After a change of the rules: print `table` and put it into the document.
test('docs/lists.md tells what a year makes of a subscriber, as the rules make it', () => {
  const lists = [
    ['daily', 1],
    ['weekly', 7],
  ] as const
  const table = [
    '| host | posts | failures that counted | highest score | the subscriber |',
    '| --- | --- | --- | --- | --- |',
    ...hosts.flatMap(host => lists.map(list => rowOf(host, list))),
  ].join('\n')
  const document = readFileSync(new URL('../../../docs/lists.md', import.meta.url), 'utf8')
  const found = document.slice(document.indexOf('| host | posts |')).split('\n\n')[0]
  expect(found).toBe(table)
})

test('nobody is suspended for what is not the doing of the address, in any order with what is', () => {
  const blocked = says(550, '', 'your IP 192.0.2.1 is on a block list')
  const mixed: Host = at => (at % 30 === 1 ? says(550, '5.1.1', 'no such user') : blocked)
  expect(yearOf(mixed, 1)).toMatchObject({ counted: 13, happened: [] })
})

test('a probe that comes back for what does not lie with the address decides nothing: another one follows, and none is the last', () => {
  const gone = says(550, '5.1.1', 'no such user')
  const blocked = says(550, '', 'your IP 192.0.2.1 is on a block list')
  const host: Host = at => (at <= 5 ? gone : at <= 100 ? blocked : undefined)
  const { happened } = yearOf(host, 1)
  expect(happened).toEqual(['suspended on day 5', 'active again on day 106'])
})
