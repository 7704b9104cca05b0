/** The gateways that messages are posted to as Batch SMTP objects: one lane each, with one object at a time. */
import { RecentMap } from '../../bounded/recent-map.ts'
import type { BatchHop } from '../../discover/gateway.ts'
import type { Outcome, OutgoingMail } from '../outcome.ts'
import { GatewayLane, type LaneMemory, type LaneSettings } from './gateway-lane.ts'

export interface GatewaysSettings extends LaneSettings {
  /** Gateways of which is remembered how they failed; URI records are written by strangers. */
  readonly maxRemembered: number
}

export class Gateways {
  readonly #settings: GatewaysSettings
  /** Those that have something to do. */
  readonly #lanes = new Map<string, GatewayLane>()
  readonly #memories: RecentMap<string, LaneMemory>
  readonly #ends = new AbortController()

  constructor(settings: GatewaysSettings) {
    this.#settings = settings
    this.#memories = new RecentMap({ maxEntries: settings.maxRemembered })
  }

  /** Resolves when the message was answered, or was not; never rejects. */
  send(hop: BatchHop, mail: OutgoingMail): Promise<Outcome> {
    const key = keyOf(hop)
    const lane = this.#lanes.get(key) ?? this.#open(key)
    this.#lanes.set(key, lane)
    return lane.send(hop, mail)
  }

  /** Breaks off what is under way; nothing is sent any more. */
  closeAll(): void {
    this.#ends.abort()
  }

  #open(key: string): GatewayLane {
    return new GatewayLane({
      ...this.#settings,
      ends: this.#ends.signal,
      memory: () => this.#memories.get(key) ?? {},
      remember: memory => void this.#memories.set(key, memory),
      onIdle: () => this.#lanes.delete(key),
    })
  }
}

/** Settings that differ make another gateway: a configuration may send two domains to one place in different ways. */
function keyOf({ addresses: _, ...hop }: BatchHop): string {
  return JSON.stringify(hop)
}
