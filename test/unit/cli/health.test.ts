/** health: as a supervisor asks. */
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { testCertificate } from '../../support/certificates.ts'
import { ListenerRig } from '../../support/listener-rig.ts'
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
  onTestFinished(() => new Promise(resolve => void server.close(() => resolve())))
  return healthOf({ port, tls: 'none' })
}

/** What health says of a listener that is configured so. */
function healthOf(listener: Readonly<Record<string, unknown>>) {
  const folder = mkdtempSync(join(tmpdir(), 'health-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const config = join(folder, 'relay.config.json')
  const listeners = [{ name: 'mx', ...listener }]
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

describe('a listener behind balancers is ready', () => {
  test.each([
    ['none', '127.0.0.1'],
    ['none', '192.0.2.10'],
    ['implicit', '127.0.0.1'],
    ['implicit', '192.0.2.10'],
  ] as const)('with tls %s and balancers at %s', async (tls, proxy) => {
    const certificate = tls === 'none' ? {} : { certificate: testCertificate() }
    const rig = await ListenerRig.start({ listener: { proxyNetworks: [proxy], tls, ...certificate } })
    onTestFinished(() => rig.close())
    const run = await healthOf({ address: '127.0.0.1', port: rig.listener.port, tls, proxies: [proxy] })
    expect(JSON.parse(run.out)).toMatchObject([{ healthy: true, said: expect.stringMatching(/^220 /) }])
    expect(run.status).toBe(0)
  })
})
