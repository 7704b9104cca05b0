/** The processes of a relay that is several, as its log tells of them: which of them serve, and which have taken messages. */

const serves = /"relay":(\d+),"pid":(\d+),"msg":"a relay process serves"/
const takes = /"relay":(\d+),"queueId"/

export class ServingRelays {
  readonly #count: number
  /** By place: the process that serves there. */
  readonly #serving = new Map<number, number>()
  readonly #seen = new Set<string>()
  #turn = 0

  constructor(count: number) {
    this.#count = count
  }

  /** One line of the log. */
  read(line: string): void {
    const [, place, pid] = serves.exec(line) ?? []
    if (place !== undefined) this.#serving.set(Number(place), Number(pid))
    const [, taker] = takes.exec(line) ?? []
    if (taker !== undefined) this.#seen.add(taker)
  }

  /** How many places have taken messages. */
  get seen(): number {
    return this.#seen.size
  }

  /** Kills the one whose turn it is; one that does not serve yet is passed over. False: none serves. */
  killNext(): boolean {
    for (let step = 0; step < this.#count; step++) {
      const place = this.#turn++ % this.#count
      const pid = this.#serving.get(place)
      this.#serving.delete(place)
      if (pid !== undefined && killed(pid)) return true
    }
    return false
  }
}

/** False: it has ended by itself. */
function killed(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL')
  } catch {
    return false
  }
}
