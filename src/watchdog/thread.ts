/** The thread that watches the main thread. */
import { writeSync } from 'node:fs'
import { Writable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { workerData } from 'node:worker_threads'
import { mainThread } from './main-thread.ts'
import { isDebuggedAt, TurnCount, turnsAt } from './turns.ts'
import type { WatchdogThreadSettings } from './watchdog.ts'
import { stoodStillStatus } from './watchdog.ts'

/** How long the main thread may take to say where it stands, and then to exit; code outside JavaScript answers neither. */
const answerMilliseconds = 5_000

const settings = workerData as WatchdogThreadSettings
const memory = new Int32Array(settings.shared)
const count = new TurnCount(settings.ticks)
const watching = setInterval(() => {
  if (!count.tick(Atomics.load(memory, turnsAt), Atomics.load(memory, isDebuggedAt) === 1)) return
  clearInterval(watching)
  void endProcess()
}, settings.tickMilliseconds)

async function endProcess(): Promise<void> {
  const main = mainThread()
  const stack = await main.stack(answerMilliseconds)
  await say(stack)
  main.exit(stoodStillStatus)
  await pause(answerMilliseconds)
  process.kill(process.pid, 'SIGKILL')
}

/** Straight to standard error: what a thread logs otherwise takes the way through the main thread. */
async function say(stack: readonly string[] | undefined): Promise<void> {
  const { openLog } = await import('../log/pino-log.ts')
  const standardError = new Writable({
    write(line: Buffer, _encoding, done) {
      writeAll(line)
      done()
    },
  })
  const destination = Object.assign(standardError, { isTTY: settings.onTerminal })
  const log = openLog(settings.log, destination, () => Date.now())
  const text = `the main thread has not turned for ${settings.seconds} s: the process ends, to be started again`
  log.error(stack === undefined ? { stack: 'it did not answer' } : { stack }, text)
}

function writeAll(line: Buffer): void {
  try {
    writeSync(2, line)
  } catch {
    // Nobody reads: the process ends all the same.
  }
}
