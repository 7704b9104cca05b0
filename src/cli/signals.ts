/**
 * What a service manager, a terminal or an operator asks of a running relay by signals. Without a word here, Node lets each of them
 * end the process at once, and SIGUSR1 open a debugger.
 */
import type { Terminal } from './terminal.ts'

/** Each of them stops the relay cleanly. */
const stopSignals = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGUSR2'] as const

/** A terminal, or a service manager, and npm may each pass one and the same signal on. */
const sameSignalMilliseconds = 1_000

export interface RelaySignals {
  /** Resolves with the name of the first signal that asks to stop; a second one ends the process at once. */
  readonly stop: Promise<string>
  /** What SIGHUP asks for from now on; one that came before is obeyed now. */
  onReload(reload: () => void): void
}

/** Listens from now on, so that no signal of the start is lost. */
export function relaySignals(terminal: Pick<Terminal, 'clock' | 'note'>): RelaySignals {
  let reload: (() => void) | undefined
  let isReloadWanted = false
  process.on('SIGHUP', () => {
    isReloadWanted = true
    reload?.()
  })
  return {
    stop: stopSignal(terminal),
    onReload(wanted) {
      reload = wanted
      if (isReloadWanted) wanted()
    },
  }
}

function stopSignal(terminal: Pick<Terminal, 'clock' | 'note'>): Promise<string> {
  return new Promise(resolve => {
    let askedAt: number | undefined
    const stop = (signal: string) => {
      if (askedAt === undefined) {
        askedAt = terminal.clock()
        resolve(signal)
      } else if (terminal.clock() - askedAt > sameSignalMilliseconds) {
        terminal.note('stopped at once; what was under way is tried again at the next start\n')
        process.exit(1)
      }
    }
    for (const signal of stopSignals) process.on(signal, stop)
  })
}

/** Any listener keeps Node from opening its debugger, which everybody on this machine could connect to. */
export function withoutDebugger(): void {
  process.on('SIGUSR1', () => {})
}
