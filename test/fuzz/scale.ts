/**
 * `node test/fuzz/scale.ts [--store sqlite|postgres] [--relays N] [--post N] [--messages N] [--every MILLISECONDS] [--seconds N]`: N relays (2) on
 * one store, a post to so many subscribers (10000) and so many messages through an alias (20000), while every so often (2000) the next
 * relay in turn is killed. Progress goes to stderr, a table to stdout. The exit status is 1 where something was lost, came twice too often,
 * or two relays had the same delivery.
 */
import { parseArgs } from 'node:util'
import { scaleCampaign } from './scale-campaign.ts'
import { isSound, scaleReport } from './scale-report.ts'

const { values } = parseArgs({
  options: {
    store: { type: 'string', default: 'sqlite' },
    relays: { type: 'string', default: '2' },
    post: { type: 'string', default: '10000' },
    messages: { type: 'string', default: '20000' },
    every: { type: 'string', default: '2000' },
    seconds: { type: 'string' },
  },
})
const { store, relays } = values
if (store !== 'sqlite' && store !== 'postgres')
  throw new Error(`--store ${store}: expected sqlite or postgres`)

const figures = await scaleCampaign({
  engine: store,
  relays: Number(relays),
  messages: Number(values.messages),
  subscribers: Number(values.post),
  killEveryMilliseconds: Number(values.every),
  ...(values.seconds !== undefined && { loadMilliseconds: Number(values.seconds) * 1000 }),
  progress: text => void process.stderr.write(`${text}\n`),
})
process.stdout.write(`${relays} relays on ${store}\n${scaleReport(figures)}`)
process.exit(isSound(figures) ? 0 : 1)
