/** Whether the addresses that mail is to leave from are those of this machine. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { RelayConfig } from '../config/schema.ts'
import type { Logger } from '../log/log.ts'
import { leavingAddresses } from './leaving-addresses.ts'

/** Deliveries from an address that is not there are deferred: the log says why before the first one is. */
export async function tellOfForeignAddresses(config: RelayConfig, log: Logger): Promise<void> {
  const addresses = leavingAddresses(config).map(({ address }) => address)
  for (const reason of await foreignAddresses(addresses)) log.error({ reason }, 'mail is deferred')
}

/** Of these addresses, those that no connection can leave from, each with the reason. */
export async function foreignAddresses(addresses: readonly string[]): Promise<string[]> {
  const problems = await Promise.all([...new Set(addresses)].map(bindingProblem))
  return problems.filter(problem => problem !== undefined)
}

/** What binds a listener binds a connection. */
async function bindingProblem(address: string): Promise<string | undefined> {
  const server = createServer().listen({ host: address, port: 0 })
  try {
    await once(server, 'listening')
    return undefined
  } catch (error) {
    return `no connection can leave from ${address}: ${error instanceof Error ? error.message : String(error)}`
  } finally {
    server.close()
  }
}
