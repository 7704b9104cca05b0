/**
 * Ends the process when its main thread does not turn any more, so that whoever supervises it starts it again: a process that hangs
 * accepts no connection, answers no signal, and looks alive. A thread beside the main thread watches (thread.ts).
 */
import { url as inspectorUrl } from 'node:inspector'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { LogSettings } from '../log/pino-log.ts'
import { isDebuggedAt, places, type TickSettings, tickSettings, turnsAt } from './turns.ts'

export interface WatchdogSettings {
  /** How long the main thread may stand still. */
  readonly seconds: number
  /** The last line of the process looks like those before it. */
  readonly log: LogSettings
  /** Whether standard error is a terminal. */
  readonly onTerminal: boolean
  /** Called if nobody watches any more, because the thread could not be had or has failed. */
  readonly onFailure: (error: unknown) => void
}

/** What the thread is started with. */
export interface WatchdogThreadSettings extends TickSettings {
  readonly shared: SharedArrayBuffer
  readonly seconds: number
  readonly log: LogSettings
  readonly onTerminal: boolean
}

/** The exit status: as when the relay ends because its store has died. */
export const stoodStillStatus = 1

/** Begins to watch the thread that calls it. The answer ends that. */
export function startWatchdog({ onFailure, ...settings }: WatchdogSettings): () => Promise<void> {
  const shared = new SharedArrayBuffer(places * Int32Array.BYTES_PER_ELEMENT)
  const ticks = tickSettings(settings.seconds)
  const turning = beginTurning(new Int32Array(shared), ticks.tickMilliseconds / 2)
  const workerData: WatchdogThreadSettings = { ...settings, ...ticks, shared }
  const file = new URL(`./thread${extname(import.meta.url)}`, import.meta.url)
  // It counts and sleeps.
  const thread = new Worker(file, {
    workerData,
    name: 'watchdog',
    resourceLimits: { maxYoungGenerationSizeMb: 1 },
  })
  thread.unref()
  thread.on('error', onFailure)
  return async () => {
    clearInterval(turning)
    await thread.terminate()
  }
}

/** Every turn of the event loop that is due writes down that it was made. */
function beginTurning(memory: Int32Array, milliseconds: number): NodeJS.Timeout {
  const turn = () => {
    Atomics.add(memory, turnsAt, 1)
    // A breakpoint is no fault.
    Atomics.store(memory, isDebuggedAt, inspectorUrl() === undefined ? 0 : 1)
  }
  turn()
  return setInterval(turn, milliseconds).unref()
}
