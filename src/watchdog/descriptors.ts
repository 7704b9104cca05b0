/**
 * Tells the operator when the process runs out of file descriptors. Nobody else does: the event loop closes connections that it cannot
 * accept without a word, and what cannot be opened looks like a fault of whoever was to be reached. Everything works again by itself
 * once descriptors are free.
 */
import { open } from 'node:fs/promises'
import { devNull } from 'node:os'
import type { Logger } from '../log/log.ts'

export interface DescriptorWatchSettings {
  readonly log: Logger
  /** Milliseconds of a clock that is never set back. */
  clock(): number
  /** Opens something and closes it. Rejects as the system does. */
  open(): Promise<void>
}

/** How often it is tried whether there are descriptors. */
const lookEveryMilliseconds = 1_000
/** As long as there are none, they are told of so often. */
const tellEveryMilliseconds = 60_000

const exhausted: Readonly<Record<string, string>> = {
  EMFILE:
    'this process has no file descriptors left: connections are closed and mail waits (raise its limit of open files)',
  ENFILE:
    'the system has no file descriptors left: connections are closed and mail waits (raise fs.file-max)',
}

export class DescriptorWatch {
  readonly #settings: DescriptorWatchSettings
  #toldAt: number | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(settings: DescriptorWatchSettings) {
    this.#settings = settings
  }

  start(): void {
    this.#timer = setInterval(() => void this.look(), lookEveryMilliseconds).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** Looks once. Never rejects. */
  async look(): Promise<void> {
    const { open, log } = this.#settings
    try {
      await open()
      if (this.#toldAt !== undefined) log.info({}, 'there are file descriptors again')
      this.#toldAt = undefined
    } catch (error) {
      this.#tell(error instanceof Error && 'code' in error ? String(error.code) : '')
    }
  }

  /** What else can be wrong with opening is no affair of this watch. */
  #tell(code: string): void {
    const { clock, log } = this.#settings
    const text = exhausted[code]
    const now = clock()
    if (text === undefined || (this.#toldAt !== undefined && now < this.#toldAt + tellEveryMilliseconds))
      return
    this.#toldAt = now
    log.error({ code }, text)
  }
}

/** Watches this process. The answer ends that. */
export function watchDescriptors(log: Logger): () => void {
  const watch = new DescriptorWatch({
    log,
    clock: () => performance.now(),
    open: async () => await (await open(devNull)).close(),
  })
  watch.start()
  return () => watch.stop()
}
