/** Many destinations of which one in a hundred never answers: how much slower the living ones are served. */
import { SilentHost } from '../support/silent-host.ts'
import type { BenchWorld } from './bench.ts'
import type { DestinationsOrder } from './destinations-child.ts'
import { median } from './figures.ts'
import { number } from './report.ts'
import { modulePath } from './systems.ts'

/** As `--only` knows it. */
export const destinationsName = 'destinations'

export interface DestinationsSettings {
  readonly destinations: number
  readonly rounds: number
}

export interface DestinationsResults extends DestinationsSettings {
  readonly dead: number
  /** Deliveries to living destinations a second, one for each round. */
  readonly withoutDead: readonly number[]
  readonly withDead: readonly number[]
}

/** The share of dead destinations: one in so many. */
const oneIn = 100

/** What the living ones must keep of their speed. */
export const leastKept = 0.8

export async function runDestinations(
  settings: DestinationsSettings,
  { children, folder, progress }: BenchWorld,
): Promise<DestinationsResults> {
  const { destinations, rounds } = settings
  const dead = Math.floor(destinations / oneIn)
  const sink = children.start('destinations-sink', [modulePath('./sink.ts')])
  const relay = children.start('destinations-relay', [modulePath('./destinations-child.ts')])
  const port = await sink.ask<number>('listen')
  const silent = await SilentHost.start('127.0.0.2', port)
  const perSecond = async (deadOnes: number) => {
    progress(`${destinations} destinations, ${deadOnes} dead`)
    const order: DestinationsOrder = { folder, port, destinations, dead: deadOnes }
    const milliseconds = await relay.ask<number>('run', order)
    return ((destinations - deadOnes) * 1_000) / milliseconds
  }
  try {
    // Compiled code and full caches for both.
    await relay.ask('run', { folder, port, destinations: Math.ceil(destinations / 5), dead: 0 })
    const withoutDead: number[] = []
    const withDead: number[] = []
    for (let round = 0; round < rounds; round++) {
      const first = round % 2 === 0 ? 0 : dead
      for (const deadOnes of [first, dead - first]) {
        const runs = deadOnes === 0 ? withoutDead : withDead
        runs.push(await perSecond(deadOnes))
      }
    }
    return { ...settings, dead, withoutDead, withDead }
  } finally {
    await silent.close()
  }
}

/** Speed beside dead destinations in parts of the speed without them: the median over the rounds. */
export function keptBesideDead({ withoutDead, withDead }: DestinationsResults): number {
  return median(withDead.map((speed, at) => speed / (withoutDead[at] ?? Number.NaN)))
}

export function destinationsText(results: DestinationsResults): string {
  const { destinations, dead, withoutDead, withDead } = results
  const kept = keptBesideDead(results)
  return [
    `${destinations} destinations, living ones a second: ${number(median(withoutDead), 0)} with none dead, `,
    `${number(median(withDead), 0)} with ${dead} dead\n`,
    `${kept >= leastKept ? 'met' : 'MISSED'}: at least ${leastKept} of the speed without dead ones: ${number(kept, 2)}\n`,
  ].join('')
}

export function destinationsMarkdown(results: DestinationsResults): string {
  const { destinations, dead, rounds } = results
  return `
## Dead destinations

${destinationsText(results)
  .trimEnd()
  .split('\n')
  .map(line => `- ${line}`)
  .join('\n')}

One message through aliases to ${destinations} domains, each with an MX host of its own; ${dead} of those hosts never answer an attempt to
connect. Counted from the first delivery to the last one of a living destination, in a relay with the settings of a fresh start whose
name server is memory; medians of ${rounds} rounds, with and without dead ones in turn.
`
}
