/** health: as a supervisor asks. */
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { relay } from './command-line.ts'

/** What health says of a listener that says this at once and then ends. */
async function healthWhere(says: string) {
  const server = createServer(
    socket =>
      void socket
        .on('error', () => {})
        .resume()
        .end(says),
  ).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const folder = mkdtempSync(join(tmpdir(), 'health-'))
  onTestFinished(async () => {
    rmSync(folder, { recursive: true })
    await new Promise(resolve => server.close(resolve))
  })
  const config = join(folder, 'relay.config.json')
  const listeners = [{ name: 'mx', port, tls: 'none' }]
  writeFileSync(config, JSON.stringify({ hostname: 'r.example', listeners, domains: {} }))
  return relay(['health', '--json', '--config', config])
}

test.each([
  ['a greeting is health', '220 r.example ESMTP\r\n', 0, '220 r.example ESMTP'],
  ['a relay that is full or stops is not', '421 4.3.2 too many\r\n', 1, '421 4.3.2 too many'],
  ['nor is one that says nothing', '', 1, 'closed without a greeting'],
])('%s', async (_, says, status, said) => {
  const run = await healthWhere(says)
  expect(run.status).toBe(status)
  expect(JSON.parse(run.out)).toEqual([{ listener: 'mx', healthy: status === 0, said }])
})
