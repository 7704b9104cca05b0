/** The micro-benchmarks: what the core costs by itself, in this process. */
import { hash } from 'node:crypto'
import { median } from './figures.ts'
import { type ChainCase, chainCases } from './micro-chains.ts'
import { type Ed25519Case, ed25519Cases } from './micro-ed25519.ts'
import { type MicroFigures, type MicroRound, microFigures } from './micro-figures.ts'
import { measureRates, type RatesResult } from './micro-rates.ts'
import { cryptographyOf } from './micro-recording.ts'
import { timeSlice, type Work } from './micro-timing.ts'

/** As `--only` knows them, all together. */
export const microName = 'micro'

export interface MicroSettings {
  readonly rounds: number
  /** Of the cases of a profile together, before the first of them: until the code is compiled as it will stay. */
  readonly firstWarmUpMilliseconds: number
  /** Of every case just before it is measured. */
  readonly warmUpMilliseconds: number
  /** Of the slice in which throughput is measured; the others take half of it. */
  readonly sliceMilliseconds: number
}

export interface ChainResult extends MicroFigures {
  readonly name: string
  readonly profile: string
}

export interface Ed25519Result {
  readonly name: string
  readonly callsPerSecond: number
  readonly mainMicroseconds: number
  /** `callsPerSecond` in times of what node:crypto does without the thread pool. */
  readonly ratio: number
}

export interface MicroResults {
  readonly chains: readonly ChainResult[]
  readonly ed25519: readonly Ed25519Result[]
  readonly rates: readonly RatesResult[]
}

/** Rejects if one of the messages does not verify or cannot be extended or undone. */
export async function runMicro(
  settings: MicroSettings,
  progress: (text: string) => void,
): Promise<MicroResults> {
  const chains: ChainResult[] = []
  for await (const cases of chainCases()) {
    const first = cases[0]
    if (first) progress(`${microName}: ${first.name.replace(/ verify$/, '')}, ${first.profile}`)
    if (!chains.some(({ profile }) => profile === first?.profile)) await warmUpFirst(cases, settings)
    for (const one of cases) chains.push(await measureChain(one, settings))
  }
  progress(`${microName}: Ed25519`)
  const ed25519 = await measureEd25519(ed25519Cases(), settings)
  progress(`${microName}: limits of rates`)
  return { chains, ed25519, rates: await measureRates(settings) }
}

async function warmUpFirst(cases: readonly ChainCase[], settings: MicroSettings): Promise<void> {
  const milliseconds = settings.firstWarmUpMilliseconds / cases.length
  for (const { work, atOnce } of cases) await timeSlice(work, { milliseconds, atOnce })
}

async function measureChain(one: ChainCase, settings: MicroSettings): Promise<ChainResult> {
  const { name, profile, work, octets, atOnce } = one
  const baseline = () => hash('sha256', octets, 'buffer')
  const cryptography = await cryptographyOf(work)
  const many = { milliseconds: settings.sliceMilliseconds, atOnce }
  const brief = { milliseconds: settings.sliceMilliseconds / 2, atOnce: 1 }
  await warmUp([work, baseline, cryptography ?? baseline], settings)
  const rounds: MicroRound[] = []
  for (let round = 0; round < settings.rounds; round++) {
    rounds.push({
      baseline: await timeSlice(baseline, brief),
      work: await timeSlice(work, many),
      alone: await timeSlice(work, brief),
      ...(cryptography ? { cryptography: await timeSlice(cryptography, { ...brief, atOnce }) } : {}),
    })
  }
  return { name, profile, ...microFigures(rounds) }
}

/** The first has half of the time, the others a quarter each. */
async function warmUp(works: readonly Work[], settings: MicroSettings): Promise<void> {
  for (const [index, work] of works.entries()) {
    const milliseconds = settings.warmUpMilliseconds / (index === 0 ? 2 : 4)
    await timeSlice(work, { milliseconds, atOnce: 1 })
  }
}

/** All take turns in every round. */
async function measureEd25519(
  cases: readonly Ed25519Case[],
  settings: MicroSettings,
): Promise<Ed25519Result[]> {
  const milliseconds = settings.sliceMilliseconds
  for (const one of cases) await timeSlice(one.work, { milliseconds, atOnce: one.atOnce })
  const slices = new Map(cases.map(one => [one, [] as { rate: number; main: number }[]]))
  for (let round = 0; round < settings.rounds; round++) {
    for (const [one, measured] of slices) {
      const slice = await timeSlice(one.work, { milliseconds, atOnce: one.atOnce })
      measured.push({
        rate: (slice.calls * 1e6) / slice.wallMicroseconds,
        main: slice.mainMicroseconds / slice.calls,
      })
    }
  }
  return cases.map(one => {
    const measured = slices.get(one) ?? []
    const reference = cases.find(other => other.operation === one.operation) ?? one
    const compared = slices.get(reference) ?? []
    return {
      name: one.name,
      callsPerSecond: median(measured.map(({ rate }) => rate)),
      mainMicroseconds: median(measured.map(({ main }) => main)),
      ratio: median(measured.map(({ rate }, round) => rate / (compared[round]?.rate ?? Number.NaN))),
    }
  })
}
