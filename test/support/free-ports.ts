import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** Where no system takes the ports of connections from: nobody comes between the moment when a port is found free and its use. */
const lowest = 12_000
const highest = 31_000

/** Ports of 127.0.0.1 that nobody listens on at this moment, for programs that cannot choose one themselves. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  for (let tries = 0; ports.size < count; tries++) {
    if (tries > 100 + count * 20) throw new Error(`no ${count} free ports between ${lowest} and ${highest}`)
    const port = randomInt(lowest, highest)
    if (!ports.has(port) && (await isFree(port))) ports.add(port)
  }
  return [...ports]
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening')
  } catch {
    return false
  }
  await once(server.close(), 'close')
  return true
}
