/**
 * An act of its own (`--space`): Earth and Mars, twenty minutes of light apart, of which a thousandth is played. A message crosses as
 * a Batch SMTP object over HTTPS and is verified with keys that Mars holds in a file; a failure comes back the same way.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RelayConfigInput } from '../../src/config/schema.ts'
import { testCertificate } from '../support/certificates.ts'
import { send } from '../support/send.ts'
import type { SinkMessage } from '../support/sink.ts'
import { SpaceLink } from '../support/space-link.ts'
import type { DemoRelay, Scene } from './parties.ts'
import { relayFor, sinkFor, verifyReceived } from './parties.ts'

/** Twenty minutes, a thousand times as fast. */
const lightMilliseconds = 1_200

const token = 'a-token-that-both-planets-know-0123456789'

function letter(to: string): Buffer {
  const lines = [
    'From: Ada <ada@author.example>',
    `To: ${to}`,
    'Subject: Greetings from Earth',
    'Date: Fri, 20 Nov 2026 12:00:00 +0000',
    `Message-ID: <${to.split('@')[0]}-greetings@author.example>`,
    '',
    'How is the weather up there?',
    '',
  ]
  return Buffer.from(lines.join('\r\n'))
}

export async function spaceAct(scene: Scene): Promise<void> {
  const { narrator } = scene
  narrator.chapter('Earth, Mars, and twenty minutes of light between them (played in 1.2 seconds)')
  const { author, home, colony } = await openPlanets(scene)
  narrator.chapter('ada@author.example writes to crew@earth.example, an alias for crew@mars.example')
  const writtenAt = Date.now()
  await send(author.port('local'), {
    from: 'ada@author.example',
    to: ['crew@earth.example'],
    octets: letter('crew@earth.example'),
  })
  const [arrived] = await colony.received(1)
  if (arrived === undefined) throw new Error('nothing arrived')
  const milliseconds = Date.now() - writtenAt
  narrator.event('mx.colony.example', `received <${arrived.reversePath}> to <${arrived.forwardPaths}>`)
  await judge('the message', arrived, scene, ['author.example', 'earth.example', 'mars.example'])
  narrator.check(`it took longer than light does: ${milliseconds} ms`, milliseconds > lightMilliseconds)

  narrator.chapter(
    'She writes to lost@earth.example too, which leads to an address on Mars that does not exist',
  )
  await send(author.port('local'), {
    from: 'ada@author.example',
    to: ['lost@earth.example'],
    octets: letter('lost@earth.example'),
  })
  const [report] = await home.received(1)
  if (report === undefined) throw new Error('no report came back')
  narrator.event(
    'mx.home.example',
    `received <${report.reversePath}> to <${report.forwardPaths}>: the report, for Ada`,
  )
  const text = report.octets.toString('latin1')
  await judge('the report', report, scene, ['earth.example', 'author.example'])
  narrator.check(
    'it is about the address that Ada had used',
    text.includes('Final-Recipient: rfc822; lost@earth.example'),
  )
  narrator.check(
    'it names nothing of Mars',
    !text.includes('mars.example') && !text.includes('colony.example'),
  )
}

async function judge(
  what: string,
  received: SinkMessage,
  scene: Scene,
  domains: readonly string[],
): Promise<void> {
  const { verdict } = await verifyReceived(received, scene)
  const hops = verdict.hops.map(hop => `i=${hop.sequence} ${hop.domain} ${hop.state}`).join(', ')
  const found = verdict.hops.map(hop => hop.domain)
  scene.narrator.check(
    `${what}: ${verdict.state} (${hops})`,
    verdict.state === 'pass' && JSON.stringify(found) === JSON.stringify(domains),
  )
}

async function openPlanets(scene: Scene) {
  const { narrator } = scene
  const files = writeFiles(scene.folder)
  const toMars = await linkOf(scene)
  const toEarth = await linkOf(scene)
  const author = await relayFor(scene, 'author.example', {
    domains: { 'author.example': { aliases: { ada: ['ada@home.example'] } } },
  })
  const home = await sinkFor(scene, 'home.example')
  const colony = await sinkFor(scene, 'colony.example')
  colony.always('rcpt', async ({ line }) => (line.includes('lost@') ? '550 5.1.1 no such user' : undefined))
  const earth = await planetFor(
    scene,
    'earth.example',
    { crew: ['crew@mars.example'], lost: ['lost@mars.example'] },
    {
      routes: { 'mars.example': gatewayAt(toMars, files.tokenFile) },
      batchSmtp: { peers: { mars: { tokenFile: files.tokenFile } } },
    },
  )
  narrator.event('relay.earth.example', 'has a route to mars.example: Batch SMTP objects over HTTPS')
  writeFileSync(files.zoneFile, JSON.stringify(scene.zone))
  const mars = await planetFor(
    scene,
    'mars.example',
    { crew: ['crew@colony.example'], lost: ['lost@colony.example'] },
    {
      resolver: { zoneFile: files.zoneFile },
      routes: { 'earth.example': gatewayAt(toEarth, files.tokenFile) },
      batchSmtp: { peers: { earth: { tokenFile: files.tokenFile } } },
    },
  )
  narrator.event('relay.mars.example', 'has no name server, but a file with the keys of Earth')
  toMars.leadTo(mars.relay.http?.port ?? 0)
  toEarth.leadTo(earth.relay.http?.port ?? 0)
  return { author, home, colony }
}

async function linkOf(scene: Scene): Promise<SpaceLink> {
  const link = await SpaceLink.start(lightMilliseconds)
  scene.atEnd(() => link.close())
  return link
}

function gatewayAt(link: SpaceLink, tokenFile: string) {
  return {
    url: `https://127.0.0.1:${link.port}/bsmtp`,
    tokenFile,
    lightTimeSeconds: 2,
    gatherMilliseconds: 100,
  }
}

function planetFor(
  scene: Scene,
  domain: string,
  aliases: Record<string, string[]>,
  config: Partial<RelayConfigInput>,
): Promise<DemoRelay> {
  const certificate = {
    certificateFile: join(scene.folder, 'cert.pem'),
    keyFile: join(scene.folder, 'key.pem'),
  }
  return relayFor(scene, domain, {
    domains: { [domain]: { aliases } },
    http: { port: 0, publicUrl: `https://relay.${domain}`, certificate },
    delivery: {
      allowPrivateAddresses: true,
      serviceCertificates: 'encrypt-only',
      certificateAuthoritiesFile: certificate.certificateFile,
    },
    ...config,
  })
}

function writeFiles(folder: string) {
  const { cert, key } = testCertificate()
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'cert.pem'), cert)
  writeFileSync(join(folder, 'key.pem'), key)
  const tokenFile = join(folder, 'token')
  writeFileSync(tokenFile, token)
  return { tokenFile, zoneFile: join(folder, 'zone.json') }
}
