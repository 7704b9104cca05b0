/** Where this relay itself can be reached, so that mail for it is recognised as a loop. */
import { networkInterfaces } from 'node:os'

/** A listener, or an address that it stands for. */
export interface OwnListener {
  readonly address: string
  readonly port: number
}

/** The listeners with `::` and `0.0.0.0` replaced by every address that this machine has now. */
export function ownListeners(listeners: readonly OwnListener[]): OwnListener[] {
  return listeners.flatMap(({ address, port }) =>
    address === '::' || address === '0.0.0.0'
      ? machineAddresses(address === '::').map(own => ({ address: own, port }))
      : { address, port },
  )
}

/** `::` takes connections of both families. */
function machineAddresses(bothFamilies: boolean): string[] {
  return Object.values(networkInterfaces())
    .flatMap(addresses => addresses ?? [])
    .filter(({ family }) => bothFamilies || family === 'IPv4')
    .map(({ address }) => address)
}
