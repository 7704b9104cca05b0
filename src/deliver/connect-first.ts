/**
 * Connects to whichever address of a host answers first (RFC 8305 section 5): the next address is tried as soon as the one before
 * has failed or has not answered for a moment, so that a dead address family costs that moment and not the whole time limit.
 */
import { connect, type Socket } from 'node:net'
import type { SmtpHop } from '../discover/next-hop.ts'
import type { LocalAddresses } from './settings.ts'

export interface ConnectSettings {
  /** Addresses of this machine to connect from. */
  readonly localAddresses?: LocalAddresses
  /** To open a connection to one address. */
  readonly connectMilliseconds: number
  /** How long an address is waited for before the next one is tried beside it. */
  readonly nextAddressMilliseconds: number
}

export interface UnreachedHop {
  readonly hop: SmtpHop
  readonly reason: string
  /** This machine is short of something: it says nothing of the host. */
  readonly isLocalFault?: true
}

export interface ConnectResult {
  /** Absent when no address could be connected to. */
  readonly connected?: { readonly hop: SmtpHop; readonly socket: Socket }
  /** Addresses that failed, in the order in which they did. */
  readonly failed: readonly UnreachedHop[]
  /** Addresses that had not answered when another one did. */
  readonly overtaken: readonly SmtpHop[]
}

/**
 * @param hops the addresses of one host in the order in which they are to be tried
 * @param signal gives up at once
 */
export function connectFirst(
  hops: readonly SmtpHop[],
  settings: ConnectSettings,
  signal: AbortSignal,
): Promise<ConnectResult> {
  return new Promise(resolve => new Race(hops, settings, signal, resolve).start())
}

/** No file descriptors in this process or on this machine, no buffers, no memory, no free port. */
const localFaults: ReadonlySet<unknown> = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EADDRNOTAVAIL'])

class Race {
  readonly #waiting: SmtpHop[]
  readonly #settings: ConnectSettings
  readonly #signal: AbortSignal
  readonly #resolve: (result: ConnectResult) => void
  /** Sockets under way, each with what ends its attempt. */
  readonly #running = new Map<SmtpHop, () => void>()
  readonly #failed: UnreachedHop[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(
    hops: readonly SmtpHop[],
    settings: ConnectSettings,
    signal: AbortSignal,
    resolve: (result: ConnectResult) => void,
  ) {
    this.#waiting = [...hops]
    this.#settings = settings
    this.#signal = signal
    this.#resolve = resolve
  }

  start(): void {
    this.#signal.addEventListener('abort', this.#aborted)
    if (this.#signal.aborted) this.#aborted()
    else this.#next()
  }

  /** Tries the next address; when there is none left and none under way, the race is over. */
  #next(): void {
    clearTimeout(this.#timer)
    const hop = this.#waiting.shift()
    if (hop !== undefined) this.#try(hop)
    else if (this.#running.size === 0) this.#end()
    if (this.#waiting.length > 0) {
      this.#timer = setTimeout(() => this.#next(), this.#settings.nextAddressMilliseconds)
    }
  }

  #try(hop: SmtpHop): void {
    const { address: host, port, family } = hop
    const localAddress = this.#settings.localAddresses?.[family]
    const from = localAddress === undefined ? {} : { localAddress }
    const socket = connect({ host, port, family, noDelay: true, ...from })
    const timer = setTimeout(() => failed('no answer in time'), this.#settings.connectMilliseconds)
    const leave = () => {
      clearTimeout(timer)
      this.#running.delete(hop)
      socket.off('connect', came).off('error', broke).off('close', closed)
    }
    const giveUp = () => {
      leave()
      socket.on('error', () => undefined).destroy()
    }
    const failed = (reason: string, fault: Pick<UnreachedHop, 'isLocalFault'> = {}) => {
      giveUp()
      this.#failed.push({ hop, reason, ...fault })
      this.#next()
    }
    const broke = (error: NodeJS.ErrnoException) =>
      failed(error.message, localFaults.has(error.code) ? { isLocalFault: true } : {})
    const closed = () => failed('the connection was closed')
    const came = () => {
      leave()
      this.#end({ hop, socket })
    }
    this.#running.set(hop, giveUp)
    socket.once('connect', came).once('error', broke).once('close', closed)
  }

  readonly #aborted = (): void => {
    const { reason }: { reason: unknown } = this.#signal
    const text = reason instanceof Error ? reason.message : 'given up'
    for (const hop of [...this.#running.keys(), ...this.#waiting]) this.#failed.push({ hop, reason: text })
    this.#end()
  }

  #end(connected?: ConnectResult['connected']): void {
    clearTimeout(this.#timer)
    this.#signal.removeEventListener('abort', this.#aborted)
    const failed = new Set(this.#failed.map(({ hop }) => hop))
    const overtaken = [...this.#running.keys()].filter(hop => !failed.has(hop))
    for (const giveUp of this.#running.values()) giveUp()
    this.#resolve({ ...(connected !== undefined && { connected }), failed: this.#failed, overtaken })
  }
}
