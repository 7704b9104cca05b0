/**
 * Several relays on one machine, with one store and one set of ports: each is a process of its own, at a place of its own. One that ends is
 * started again, after a wait that grows while it ends soon. The first starts alone, so that keys and tables are made once.
 */
import type { Logger } from '../log/log.ts'

/** A process that runs a relay. */
export interface RelayProcess {
  readonly pid: number
  signal(name: NodeJS.Signals): void
}

/** How it ended: by a signal, or with a status. */
export interface ProcessEnd {
  readonly status: number | null
  readonly signal: string | null
}

export interface ProcessEvents {
  /** It serves now; the first one says what people are told of the start. */
  onStarted(text: string): void
  onEnded(end: ProcessEnd): void
}

export interface SupervisorDependencies {
  readonly processes: number
  readonly log: Logger
  /** Unix milliseconds. */
  clock(): number
  spawn(place: number, events: ProcessEvents): RelayProcess
  after(milliseconds: number, act: () => void): void
  /** Once, when the first process serves. */
  onServing(text: string): void
}

/**
 * The wait before a process is started again, after its first end; it doubles while it lives shorter than `soundMilliseconds`. One that has
 * served may do so again, and is missed: what makes it end is held by the store after the second time.
 */
const firstWaitMilliseconds = 100
const longestWaitMilliseconds = 30_000
const longestWaitOfServing = 1_000
const soundMilliseconds = 60_000

/** Nothing runs, and nothing will: as a mistake of a configuration, which the next start would find again. */
const mistake = 2

interface Place {
  readonly number: number
  process: RelayProcess | undefined
  startedAt: number
  failures: number
  hasServed: boolean
}

export class Supervisor {
  readonly #dependencies: SupervisorDependencies
  readonly #places: Place[]
  readonly #ended = Promise.withResolvers<number>()
  #isServing = false
  #isStopping = false

  constructor(dependencies: SupervisorDependencies) {
    this.#dependencies = dependencies
    this.#places = Array.from({ length: dependencies.processes }, (_, number) => ({
      number,
      process: undefined,
      startedAt: 0,
      failures: 0,
      hasServed: false,
    }))
  }

  /** Starts the first; the others follow when it serves. Resolves with the exit status when all have ended. */
  run(): Promise<number> {
    const [first] = this.#places
    if (first !== undefined) this.#start(first)
    return this.#ended.promise
  }

  /** Every process stops as it would by itself; none is started any more. */
  stop(signal: NodeJS.Signals): void {
    this.#isStopping = true
    this.pass(signal)
    this.#endWhenEmpty(0)
  }

  /** Passes a signal on to every process. */
  pass(signal: NodeJS.Signals): void {
    for (const { process } of this.#places) process?.signal(signal)
  }

  #start(place: Place): void {
    if (this.#isStopping) return
    const { log, clock, spawn } = this.#dependencies
    place.startedAt = clock()
    place.hasServed = false
    place.process = spawn(place.number, {
      onStarted: text => this.#started(place, text),
      onEnded: end => this.#restart(place, end),
    })
    log.info({ relay: place.number, pid: place.process.pid }, 'a relay process starts')
  }

  #started(place: Place, text: string): void {
    place.hasServed = true
    const { number, process } = place
    this.#dependencies.log.info({ relay: number, pid: process?.pid }, 'a relay process serves')
    if (this.#isServing) return
    this.#isServing = true
    this.#dependencies.onServing(text)
    for (const other of this.#places) if (other.process === undefined) this.#start(other)
  }

  #restart(place: Place, { status, signal }: ProcessEnd): void {
    const { log, clock, after } = this.#dependencies
    const fields = { relay: place.number, pid: place.process?.pid, status, signal }
    place.process = undefined
    if (this.#isStopping) return this.#endWhenEmpty(0)
    // Before anything has served there is nobody whom another try would help.
    if (!this.#isServing) {
      this.#isStopping = true
      return this.#endWhenEmpty(status ?? 1)
    }
    const wasSound = clock() - place.startedAt >= soundMilliseconds
    place.failures = wasSound ? 1 : place.failures + 1
    const longest = place.hasServed ? longestWaitOfServing : longestWaitMilliseconds
    const wait = Math.min(firstWaitMilliseconds * 2 ** (place.failures - 1), longest)
    log.error({ ...fields, waitMilliseconds: wait }, 'a relay process has ended, and is started again')
    after(status === mistake ? longestWaitMilliseconds : wait, () => this.#start(place))
  }

  #endWhenEmpty(status: number): void {
    if (this.#places.every(({ process }) => process === undefined)) this.#ended.resolve(status)
  }
}
