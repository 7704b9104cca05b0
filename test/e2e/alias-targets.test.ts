/** An address that an alias leads to is gone: suspended after days, probed, and resumed by itself; nothing is lost meanwhile. */
import { expect, test } from 'vitest'
import { openReader } from '../support/database-beside.ts'
import { plainMessage, send } from '../support/send.ts'
import type { SinkAction, SinkMessage } from '../support/sink.ts'
import type { Stage } from '../support/stage.ts'
import type { Timed } from '../support/timed-relay.ts'
import { startTimedRelay } from '../support/timed-relay.ts'

const gone = 'gone@destination.example'
const here = 'here@destination.example'
const noSuchUser = '550 5.1.1 no such user'

const started = () =>
  startTimedRelay(
    {
      postmaster: 'admin@owners.example',
      domains: { 'alias.example': { aliases: { team: [gone, here], lost: [gone] } } },
    },
    ['destination.example', 'owners.example', 'origin.example'],
  )

/** Refuses one address, and everybody else not at all. */
function refuseGone(on: Stage, reply: string | undefined): void {
  const refuse: SinkAction = async ({ line }) => (line.includes(`<${gone}>`) ? reply : undefined)
  on.sink.always('rcpt', reply === undefined ? undefined : refuse)
}

function to({ on }: Timed, address: string): SinkMessage[] {
  return on.sink.messages.filter(message => message.forwardPaths.includes(address))
}

async function mail({ on, relay }: Timed, alias: string, subject: string) {
  const given = { from: 'jane@origin.example', to: [`${alias}@alias.example`] }
  const text = plainMessage({ subject }).toString('latin1').replace('<1@', `<${subject}@`)
  return send(relay.port, { ...given, octets: await on.origin.sign(Buffer.from(text, 'latin1'), given) })
}

function target({ relay }: Timed) {
  const reader = openReader(relay.database)
  try {
    return reader.aliasTarget(gone)
  } finally {
    reader.close()
  }
}

/** A day with a message for the team, whose sender hears of the failure. */
async function failingDay(timed: Timed, day: number): Promise<void> {
  await mail(timed, 'team', `d${day}`)
  await timed.on.sink.until(() => to(timed, 'jane@origin.example').length === day)
  timed.later(1)
}

async function untilSuspended(timed: Timed): Promise<void> {
  refuseGone(timed.on, noSuchUser)
  for (const day of [1, 2, 3, 4]) await failingDay(timed, day)
  expect(target(timed)).toMatchObject({ state: 'suspended', reason: noSuchUser, alias: 'team@alias.example' })
}

test('after four days it gets nothing more: others do, the rest is refused at RCPT; a probe that arrives ends it', async () => {
  const timed = await started()
  await untilSuspended(timed)

  await mail(timed, 'team', 'after')
  await timed.on.sink.until(() => to(timed, here).length === 5)
  await timed.relay.log.until(({ text }) => text === 'suspended targets of aliases get no copy')
  expect((await mail(timed, 'lost', 'lost')).rcpt).toEqual([expect.stringMatching(/^550 5\.2\.1 /)])
  expect(to(timed, 'jane@origin.example')).toHaveLength(4)

  await timed.restart()
  expect((await mail(timed, 'lost', 'lost')).rcpt).toEqual([expect.stringMatching(/^550 5\.2\.1 /)])

  refuseGone(timed.on, undefined)
  timed.later(7.01)
  await timed.restart()
  await timed.on.sink.until(() => to(timed, gone).length === 1)
  const [probe] = to(timed, gone)
  expect(probe?.reversePath).toMatch(/^b\+/)
  expect(probe?.octets.toString('latin1')).toMatch(/^Auto-Submitted: auto-generated\r$/m)
  expect(target(timed)).toMatchObject({ state: 'suspended', probes: 1 })

  timed.later(3.01)
  await timed.restart()
  await timed.relay.log.until(({ text }) => text === 'target of an alias resumed')
  // Signatures of the host that has no such clock have expired by now.
  const again = { from: 'jane@origin.example', to: ['lost@alias.example'], octets: plainMessage() }
  expect((await send(timed.relay.port, again)).data).toMatch(/^250 /)
  await timed.on.sink.until(() => to(timed, gone).length === 2)
})

test('a probe that is refused keeps it suspended, and nobody hears of it', async () => {
  const timed = await started()
  await untilSuspended(timed)
  timed.later(7.01)
  await timed.restart()
  await timed.relay.log.until(({ text }) => text === 'probe of a target of an alias')
  await timed.relay.log.until(({ text }) => text === 'probe of a target came back')
  expect(target(timed)).toMatchObject({ state: 'suspended', probes: 1, probeQueueId: null })
  expect((await mail(timed, 'lost', 'lost')).rcpt).toEqual([expect.stringMatching(/^550 5\.2\.1 /)])
  expect(to(timed, 'jane@origin.example')).toHaveLength(4)
})
