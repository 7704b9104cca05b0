/** Feeding one target with mutated inputs and collecting what it does wrong. */

import { type Growth, isSlow, superlinear, timed } from './growth.ts'
import { type Material, mutated } from './mutate.ts'
import { hashOf, randomFrom } from './random.ts'
import type { Target } from './target.ts'

export interface Finding {
  readonly kind: 'throws' | 'superlinear' | 'memory'
  readonly octets: Buffer
  /** What happened, for people. */
  readonly text: string
}

export interface Campaign {
  readonly target: Target
  readonly inputs: number
  /** Inputs that gave a new answer, seeds included. */
  readonly corpus: number
  readonly milliseconds: number
  readonly slowestMilliseconds: number
  readonly findings: readonly Finding[]
}

export interface Limits {
  readonly seed: number
  readonly maxInputs: number
  readonly maxMilliseconds: number
  /** Slow inputs are measured again, larger; not where the machine is shared with others. */
  readonly checksGrowth: boolean
}

export interface Observer {
  /** Called before every input, which is on its way into the target then. */
  before?(octets: Buffer): void
  found?(finding: Finding): void
  progress?(inputs: number): void
}

/** Above this after a collection of garbage something is kept that should not be. */
const maxHeapBytes = 512 * 1024 * 1024
const inputsPerLook = 256
const maxCorpus = 2_000
/** Longer ones are slow, and what they show is mostly shown by shorter ones. */
const maxKeptBytes = 8 * 1024
const maxFindings = 10
/** Measuring again costs much more than an input. */
const maxGrowthChecks = 300

/** Runs until a limit is reached, or there are enough findings. */
export async function campaign(target: Target, limits: Limits, observer: Observer = {}): Promise<Campaign> {
  return new Run(target, limits, observer).go()
}

class Run {
  readonly #target: Target
  readonly #limits: Limits
  readonly #observer: Observer
  readonly #corpus: [Buffer, ...Buffer[]]
  readonly #answers = new Set<string>()
  readonly #findings = new Map<string, Finding>()
  #growthChecks = 0
  #slowest = 0
  #inputs = 0

  constructor(target: Target, limits: Limits, observer: Observer) {
    this.#target = target
    this.#limits = limits
    this.#observer = observer
    this.#corpus = [...target.seeds]
  }

  async go(): Promise<Campaign> {
    const random = randomFrom(this.#limits.seed ^ hashOf(Buffer.from(this.#target.name)))
    const material: Material = { corpus: this.#corpus, words: this.#target.words }
    const from = performance.now()
    for (const seed of this.#target.seeds) await this.#feed(seed)
    while (this.#inputs < this.#limits.maxInputs && this.#findings.size < maxFindings) {
      if (performance.now() - from > this.#limits.maxMilliseconds) break
      await this.#feed(mutated(random, material))
      if (this.#inputs % inputsPerLook === 0) await this.#look()
    }
    return {
      target: this.#target,
      inputs: this.#inputs,
      corpus: this.#corpus.length,
      milliseconds: performance.now() - from,
      slowestMilliseconds: this.#slowest,
      findings: [...this.#findings.values()],
    }
  }

  async #feed(octets: Buffer): Promise<void> {
    this.#inputs++
    this.#observer.before?.(octets)
    const from = performance.now()
    try {
      this.#keep(octets, await this.#target.run(Buffer.from(octets)))
      const milliseconds = performance.now() - from
      this.#slowest = Math.max(this.#slowest, milliseconds)
      if (this.#limits.checksGrowth && isSlow(octets, milliseconds)) await this.#checkGrowth(octets)
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
      this.#note({ kind: 'throws', octets, text })
    }
  }

  #observed(octets: Buffer): string | Promise<string> {
    this.#observer.before?.(octets)
    return this.#target.run(octets)
  }

  #keep(octets: Buffer, answer: string): void {
    if (this.#answers.has(answer) || this.#answers.size >= maxCorpus) return
    this.#answers.add(answer)
    if (octets.length <= maxKeptBytes) this.#corpus.push(Buffer.from(octets))
  }

  async #checkGrowth(octets: Buffer): Promise<void> {
    const watched = { ...this.#target, run: (input: Buffer) => this.#observed(input) }
    if (!isSlow(octets, await timed(watched, octets)) || this.#growthChecks++ >= maxGrowthChecks) return
    const growth = await superlinear(watched, octets)
    if (growth) this.#note({ kind: 'superlinear', octets: growth.octets, text: growthText(growth) })
  }

  /** Others get a turn, and memory is looked at. */
  async #look(): Promise<void> {
    this.#observer.progress?.(this.#inputs)
    await new Promise<void>(resolve => setImmediate(resolve))
    if (process.memoryUsage().heapUsed <= maxHeapBytes) return
    globalThis.gc?.()
    const { heapUsed } = process.memoryUsage()
    if (heapUsed <= maxHeapBytes) return
    const text = `${heapUsed} octets of heap are in use after ${this.#inputs} inputs`
    this.#note({ kind: 'memory', octets: this.#corpus[0], text })
  }

  /** Each kind of failure once: numbers and texts of the input differ, the place does not. */
  #note(finding: Finding): void {
    const [head = '', ...frames] = finding.text.split('\n')
    const place = frames.find(frame => frame.includes('/src/')) ?? ''
    const sort =
      finding.kind === 'throws' ? `${head.replace(/\d+|".*"/g, '').slice(0, 60)} ${place}` : finding.kind
    if (this.#findings.has(sort)) return
    this.#findings.set(sort, finding)
    this.#observer.found?.(finding)
  }
}

function growthText({ octets, milliseconds }: Growth): string {
  const times = milliseconds.map(time => `${time.toFixed(0)} ms`).join(', ')
  return `one, two and four times the input take ${times}; four times are ${octets.length} octets`
}
