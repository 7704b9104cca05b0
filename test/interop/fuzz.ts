/**
 * `node test/interop/fuzz.ts [--from N] [--count N]`: compares our verdict and that of the live peer of revision 08 on 10,000 damaged
 * messages, and prints each difference that `fuzz-known.ts` has nothing about. Exit status 1 where there is one, 0 too where no
 * peer can be had.
 */

import { parseArgs } from 'node:util'
import { differences } from './differential.ts'
import { whatIsKnown } from './fuzz-known.ts'
import { oursUnder } from './ours.ts'
import { startPeers } from './peers.ts'

const { values } = parseArgs({
  options: { from: { type: 'string', default: '0' }, count: { type: 'string', default: '10000' } },
})
const step = 500
const say = (text: string) => process.stdout.write(`${text}\n`)
const [from, count] = [Number(values.from), Number(values.count)]
const peers = await startPeers()
try {
  const peer = peers.live.find(({ revision }) => revision === '08')
  if (peer === undefined) {
    for (const { name, reason } of peers.skipped) say(`skipped: ${name}: ${reason}`)
  } else {
    let known = 0
    for (let at = from; at < from + count; at += step) {
      const size = Math.min(step, from + count - at)
      for (const found of await differences(at, size, oursUnder('08'), peer.implementation)) {
        if (whatIsKnown(found) === undefined) {
          say(JSON.stringify(found))
          process.exitCode = 1
        } else known += 1
      }
      say(`${at + size - from} compared, ${known} differ in a way that is known`)
    }
  }
} finally {
  for (const peer of peers.live) await peer.stop()
}
