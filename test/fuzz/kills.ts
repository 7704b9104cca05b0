/**
 * `node test/fuzz/kills.ts [--kills N] [--seed S] [--from N] [--settle-every N] [--without WHAT]...`: kills a relay under load N times (1000),
 * its process or its store's thread. Progress goes to stderr, the figures to stdout. The exit status is 1 where something was lost, or came
 * twice without a reason.
 */
import { parseArgs } from 'node:util'
import { type KillFigures, killCampaign } from './kill-campaign.ts'
import { hostilities } from './kill-peers.ts'

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '1000' },
    seed: { type: 'string' },
    from: { type: 'string', default: '0' },
    'settle-every': { type: 'string', default: '25' },
    without: { type: 'string', multiple: true, default: [] },
  },
})

const seed = values.seed === undefined ? Math.trunc(performance.timeOrigin) >>> 0 : Number(values.seed) >>> 0
const from = Number(values.from)
const settleEvery = Number(values['settle-every'])
process.stderr.write(`seed ${seed}, from kill ${from}\n`)

const figures = await killCampaign({
  seed,
  from,
  kills: Number(values.kills),
  settleEvery,
  among: hostilities.filter(one => !values.without.includes(one)),
  progress(now) {
    if (now.done % 10 === 0)
      process.stderr.write(`${text(now)}; go on with --seed ${seed} --from ${from + now.done}\n`)
  },
})
process.stdout.write(`seed ${seed}: ${text(figures)}\n`)
for (const copy of figures.lost) process.stdout.write(`lost: ${copy}\n`)
for (const copy of figures.unexplained) process.stdout.write(`twice without a reason: ${copy}\n`)
if (figures.lost.length + figures.unexplained.length > 0) process.exitCode = 1

function text({ done, ofProcess, ofStore, acknowledged, copies, released, ...rest }: KillFigures): string {
  const { byKill, byLostReply, lost, unexplained } = rest
  return `${done} kills (${ofProcess} of the process, ${ofStore} of the store's thread), ${acknowledged} messages acknowledged, ${copies} copies arrived, ${lost.length} lost; twice: ${byKill} after a kill, ${byLostReply} after a lost reply, ${unexplained.length} without a reason; ${released} held and released`
}
