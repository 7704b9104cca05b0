/** Where a connection leaves from: messages that leave from different places share no connection. */
import type { DeliverSettings } from './settings.ts'

export interface OutgoingSource {
  /** Addresses of this machine; absent: the system chooses. */
  readonly ipv4?: string
  readonly ipv6?: string
  /** Name of this relay in EHLO. */
  readonly ehloName: string
}

/** One text for each place. */
export function sourceKey({ ipv4 = '', ipv6 = '', ehloName }: OutgoingSource): string {
  return [ipv4, ipv6, ehloName].join(' ')
}

/** The settings of a session that leaves from there. */
export function leavingFrom(settings: DeliverSettings, source: OutgoingSource | undefined): DeliverSettings {
  if (source === undefined) return settings
  const { ipv4, ipv6, ehloName } = source
  return { ...settings, ehloName, localAddresses: { 4: ipv4, 6: ipv6 } }
}
