/** The process as a service manager sees it: its signals, its exit status, its files. */
import { once } from 'node:events'
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { expect, test } from 'vitest'
import type { RelayConfigInput } from '../../src/config/schema.ts'
import type { Certificate } from '../../src/receive/settings.ts'
import { certificateFor } from '../support/certificates.ts'
import { openReader } from '../support/database-beside.ts'
import { startRelayProcess } from '../support/relay-process.ts'
import { plainMessage, send } from '../support/send.ts'
import type { Stage } from '../support/stage.ts'
import { afterTest, stage } from '../support/stage.ts'
import { temporaryFolder, testConfig } from '../support/test-relay.ts'

const envelope = { from: 'a@origin.example', to: ['team@alias.example'] }

function newFolder(): string {
  const folder = temporaryFolder()
  afterTest(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function startIn(folder: string, on: Stage, changes: Partial<RelayConfigInput> = {}, umask = '022') {
  const domains = { 'alias.example': { aliases: { team: ['one@destination.example'] } } }
  const config = testConfig({ dns: on.dns, config: { domains, ...changes } }, folder)
  const relay = await startRelayProcess(config, folder, on.zone, { umask })
  afterTest(() => relay.end('SIGKILL'))
  return relay
}

/** Takes connections and says nothing: a delivery to it is under way until somebody ends it. */
async function speechlessHost() {
  const server = createServer(() => {}).listen(0, '127.0.0.1')
  await once(server, 'listening')
  afterTest(async () => void server.close())
  return { server, port: (server.address() as AddressInfo).port }
}

test.each(['SIGQUIT', 'SIGUSR2'] as const)(
  '%s while a delivery is under way stops the relay cleanly, and the message is kept',
  async signal => {
    const on = await stage()
    const folder = newFolder()
    const host = await speechlessHost()
    const routes = { 'destination.example': { host: '127.0.0.1', port: host.port, tls: 'none' } } as const
    const relay = await startIn(folder, on, { routes })
    const underWay = once(host.server, 'connection')
    const octets = await on.origin.sign(plainMessage(), envelope)
    expect((await send(relay.port, { ...envelope, octets })).data).toMatch(/^250 /)
    await underWay

    expect(await relay.end(signal)).toBe(0)
    expect(relay.log()).toContain(`"signal":"${signal}","msg":"stopping"`)
    const reader = openReader(join(folder, 'data', 'relay.sqlite'))
    expect(reader.listQueue({ limit: 9 })).toMatchObject([{ state: 'queued' }])
    reader.close()
  },
)

function writePair(folder: string, { cert, key }: Certificate): { certificateFile: string; keyFile: string } {
  const files = { certificateFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') }
  writeFileSync(files.certificateFile, cert)
  writeFileSync(files.keyFile, key, { mode: 0o600 })
  return files
}

/** The name in the certificate that a TLS server shows. */
async function shownBy(port: number): Promise<string | undefined> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const { subjectaltname } = socket.getPeerCertificate()
  socket.destroy()
  return subjectaltname
}

test('SIGHUP has configuration, certificates and keys read again and ends nothing; SIGUSR1 opens no debugger', async () => {
  const on = await stage()
  const folder = newFolder()
  const certificate = writePair(folder, certificateFor(['before.example']))
  const relay = await startIn(folder, on, {
    listeners: [{ name: 'mx', port: 0, tls: 'implicit', certificate }],
    http: { port: 0, publicUrl: 'https://relay.example', certificate },
  })
  const ports = [relay.port, relay.httpPort]
  expect(await Promise.all(ports.map(shownBy))).toEqual(['DNS:before.example', 'DNS:before.example'])

  relay.signal('SIGUSR1')
  writePair(folder, certificateFor(['after.example']))
  relay.signal('SIGHUP')
  await relay.logged('certificates and keys were read again')
  expect(await Promise.all(ports.map(shownBy))).toEqual(['DNS:after.example', 'DNS:after.example'])

  writeFileSync(certificate.certificateFile, 'no certificate')
  writeFileSync(join(folder, 'keys', 'bounce-address.key'), 'too short')
  relay.signal('SIGHUP')
  await relay.logged('configuration, certificates and keys stay as they were')
  expect(await Promise.all(ports.map(shownBy))).toEqual(['DNS:after.example', 'DNS:after.example'])
  expect(relay.log()).not.toContain('Debugger')
  expect(await relay.end('SIGTERM')).toBe(0)
})

/** Everything below a folder that others than its owner may use. */
function openToOthers(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return ['.', ...names].filter(name => (statSync(join(folder, name)).mode & 0o077) !== 0)
}

test.each(['000', '022'])(
  'with umask %s nothing in the data folder is for others, mail in files included',
  async umask => {
    const on = await stage()
    const folder = newFolder()
    const inbox = join(folder, 'data', 'inbox')
    const relay = await startIn(folder, on, { routes: { 'destination.example': `file:${inbox}` } }, umask)
    const octets = await on.origin.sign(plainMessage(), envelope)
    await send(relay.port, { ...envelope, octets })
    await relay.logged('"msg":"delivered"')
    expect(readdirSync(inbox)).toHaveLength(1)
    expect(openToOthers(join(folder, 'data'))).toEqual([])
    expect(await relay.end('SIGTERM')).toBe(0)
  },
)

interface BadStart {
  readonly what: string
  readonly config: Partial<RelayConfigInput>
  before(folder: string): void
  readonly says: string
}

const circle = { 'alias.example': { aliases: { circle: ['circle@alias.example'] } } }

const badStarts: readonly BadStart[] = [
  {
    what: 'an empty key of the bounce addresses',
    config: {},
    before(folder) {
      mkdirSync(join(folder, 'keys'), { mode: 0o700 })
      writeFileSync(join(folder, 'keys', 'bounce-address.key'), '', { mode: 0o600 })
    },
    says: 'bounce-address.key: expected 32 octets, found 0',
  },
  { what: 'an alias that leads to itself', config: { domains: circle }, before() {}, says: 'alias loop' },
  {
    what: 'a data folder that others may enter',
    config: {},
    before(folder) {
      mkdirSync(join(folder, 'data'), { mode: 0o755 })
    },
    says: 'chmod 700',
  },
]

test.each(badStarts)(
  'a start with $what ends by itself with status 2 and says so',
  async ({ config, before, says }) => {
    const on = await stage()
    const folder = newFolder()
    before(folder)
    const failed = await startIn(folder, on, config).catch((error: Error) => error.message)
    expect(failed).toMatch(/^the relay ended with 2: /)
    expect(failed).toContain(says)
    expect(failed).not.toMatch(/\n\s+at /)
  },
)

test('a terminal or a reader of the log that goes away ends nothing', async () => {
  const on = await stage()
  const folder = newFolder()
  const relay = await startIn(folder, on)
  relay.stopReading()
  for (let number = 0; number < 3; number += 1) {
    const octets = await on.origin.sign(plainMessage({ subject: `m${number}` }), envelope)
    expect((await send(relay.port, { ...envelope, octets })).data).toMatch(/^250 /)
  }
  expect(await relay.end('SIGTERM')).toBe(0)
})
