/**
 * `node test/fuzz/scale.ts [--engine sqlite|postgres] [--relays N] [--messages N] [--subscribers N] [--kill-every SECONDS] [--seconds N]`: N relays (2) on one
 * store, a post to so many subscribers (10000) and so many messages through an alias (20000), while one relay is killed every two seconds.
 * Progress goes to stderr, the figures to stdout. The exit status is 1 where something was lost, came twice too often, or two relays had
 * the same delivery.
 */
import { parseArgs } from 'node:util'
import { scaleCampaign } from './scale-campaign.ts'

const { values } = parseArgs({
  options: {
    engine: { type: 'string', default: 'sqlite' },
    relays: { type: 'string', default: '2' },
    messages: { type: 'string', default: '20000' },
    subscribers: { type: 'string', default: '10000' },
    'kill-every': { type: 'string', default: '2' },
    seconds: { type: 'string' },
  },
})

const figures = await scaleCampaign({
  engine: values.engine === 'postgres' ? 'postgres' : 'sqlite',
  relays: Number(values.relays),
  messages: Number(values.messages),
  subscribers: Number(values.subscribers),
  killEveryMilliseconds: Number(values['kill-every']) * 1000,
  ...(values.seconds !== undefined && { loadMilliseconds: Number(values.seconds) * 1000 }),
  progress: text => void process.stderr.write(`${text}\n`),
})
const { missing, claimedByTwo, twice, mostTwice, ...others } = figures
process.stdout.write(
  `${values.engine}, ${values.relays} relays: ${JSON.stringify({ ...others, lost: missing.length, twice, mostTwice, claimedByTwo: claimedByTwo.length })}\n`,
)
for (const copy of missing.slice(0, 20)) process.stdout.write(`lost: ${copy}\n`)
for (const delivery of claimedByTwo.slice(0, 20)) process.stdout.write(`in the hands of two: ${delivery}\n`)
process.exit(missing.length + claimedByTwo.length > 0 || twice > mostTwice ? 1 : 0)
