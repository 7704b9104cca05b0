/** Certificates of listeners are renewed while the relay runs. */
import { once } from 'node:events'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { expect, test } from 'vitest'
import type { Certificate } from '../../src/receive/settings.ts'
import { certificateFor } from '../support/certificates.ts'
import { RawClient } from '../support/raw-client.ts'
import { afterTest, relayOn, stage } from '../support/stage.ts'
import { temporaryFolder } from '../support/test-relay.ts'

interface Setup {
  readonly relay: Awaited<ReturnType<typeof relayOn>>
  readonly starttls: number
  readonly implicit: number
  write(certificate: Certificate): Promise<void>
  readonly files: { readonly certificateFile: string; readonly keyFile: string }
}

async function setUp(certificate: Certificate): Promise<Setup> {
  const folder = temporaryFolder()
  afterTest(() => rm(folder, { recursive: true, force: true }))
  const files = { certificateFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') }
  const write = async ({ cert, key }: Certificate) => {
    await writeFile(files.keyFile, key)
    await writeFile(files.certificateFile, cert)
  }
  await write(certificate)
  const listener = { address: '127.0.0.1', port: 0, earlyTalkerDelayMilliseconds: 0, certificate: files }
  const relay = await relayOn(await stage(), {
    domains: { 'alias.example': { aliases: { team: ['a@destination.example'] } } },
    listeners: [
      { ...listener, name: 'mx', tls: 'starttls' },
      { ...listener, name: 'smtps', tls: 'implicit' },
    ],
  })
  const [starttls = 0, implicit = 0] = relay.relay.listeners.map(({ port }) => port)
  return { relay, starttls, implicit, write, files }
}

function fingerprint(socket: unknown): string {
  return (socket as TLSSocket).getPeerX509Certificate()?.fingerprint256 ?? 'none'
}

/** The certificate shown on the listener with implicit TLS. */
async function shown(port: number): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const print = fingerprint(socket)
  socket.destroy()
  return print
}

/** A client that has begun TLS with STARTTLS. */
async function startedTls(port: number): Promise<RawClient> {
  const client = await RawClient.connect({ port })
  afterTest(async () => client.destroy())
  await client.reply()
  await client.commands('EHLO client.example', 'STARTTLS')
  await client.startTls({ rejectUnauthorized: false })
  return client
}

test('a renewed certificate is shown to new clients, and open sessions go on with the old one', async () => {
  const { relay, starttls, implicit, write } = await setUp(certificateFor(['relay.example']))
  const before = await shown(implicit)
  const open = await startedTls(starttls)
  await write(certificateFor(['relay.example']))
  await relay.relay.checkCertificates()
  const after = await shown(implicit)
  expect(after).not.toBe(before)
  expect(fingerprint((await startedTls(starttls)).socket)).toBe(after)
  expect(fingerprint(open.socket)).toBe(before)
  expect(await open.command('EHLO client.example')).toMatch(/^250/)
  expect(await open.command('MAIL FROM:<>')).toMatch(/^250/)
  const told = relay.log.lines.filter(({ text }) => text.includes('new certificate'))
  expect(told.map(({ fields }) => fields?.listener).toSorted()).toEqual(['mx', 'smtps'])
})

test.each([
  ['that is no certificate', 'not a certificate', 'is not a PEM file'],
  ['whose key is another one', certificateFor(['relay.example']).cert, 'is not the key of the certificate'],
])('a new file %s changes nothing, and the log says why, once', async (_name, cert, reason) => {
  const { relay, implicit, files } = await setUp(certificateFor(['relay.example']))
  const before = await shown(implicit)
  await writeFile(files.certificateFile, cert)
  await relay.relay.checkCertificates()
  await relay.relay.checkCertificates()
  expect(await shown(implicit)).toBe(before)
  const told = relay.log.lines.filter(({ text }) => text.includes('cannot be used'))
  expect(told).toHaveLength(2)
  expect(String(told[0]?.fields?.reason)).toContain(reason)
})

test('a certificate that is about to expire is warned of', async () => {
  const { relay } = await setUp(certificateFor(['relay.example'], { days: 3 }))
  expect(relay.log.lines.filter(({ text }) => text === 'the certificate expires soon')).toHaveLength(2)
})

test('a client that speaks no more than TLS 1.1 is refused', async () => {
  const { implicit } = await setUp(certificateFor(['relay.example']))
  const socket = connect({
    host: '127.0.0.1',
    port: implicit,
    rejectUnauthorized: false,
    minVersion: 'TLSv1',
    maxVersion: 'TLSv1.1',
    ciphers: 'DEFAULT@SECLEVEL=0',
  })
  const [error] = (await once(socket, 'error')) as [Error]
  expect(error.message).toMatch(/version/i)
})
