/**
 * How much a reflector answers within 24 hours: of one address, and of one network, so that nobody makes this relay send on and on. It is
 * counted in memory; a start begins anew.
 */
import { reflections } from '../../limits.ts'

export interface ReflectionLimitSettings {
  readonly requestsPerAddress: number
  readonly requestsPerNetwork: number
}

const dayMilliseconds = 86_400_000

export class ReflectionLimits {
  readonly #settings: ReflectionLimitSettings
  /** When each address and network was answered, oldest first. */
  readonly #times = new Map<string, number[]>()

  constructor(settings: ReflectionLimitSettings) {
    this.#settings = settings
  }

  /**
   * Counts one message.
   *
   * @param at Unix milliseconds
   * @returns the limit that was reached, and then nothing is counted; undefined: it may be answered
   */
  take(address: string, network: string, at: number): 'address' | 'network' | undefined {
    const { requestsPerAddress, requestsPerNetwork } = this.#settings
    const ofAddress = this.#recent(`address ${address}`, at)
    const ofNetwork = this.#recent(`network ${network}`, at)
    if (ofAddress.length >= requestsPerAddress) return 'address'
    if (ofNetwork.length >= requestsPerNetwork || !this.#hasRoom(at)) return 'network'
    this.#times.set(`address ${address}`, [...ofAddress, at])
    this.#times.set(`network ${network}`, [...ofNetwork, at])
    return undefined
  }

  #recent(key: string, at: number): readonly number[] {
    return (this.#times.get(key) ?? []).filter(time => isRecent(time, at))
  }

  #hasRoom(at: number): boolean {
    if (this.#times.size < reflections.maxRemembered) return true
    for (const [key, times] of this.#times)
      if (!times.some(time => isRecent(time, at))) this.#times.delete(key)
    return this.#times.size < reflections.maxRemembered
  }
}

/** A clock that was set back makes nobody wait for longer than a day. */
function isRecent(time: number, at: number): boolean {
  return Math.abs(at - time) < dayMilliseconds
}
