/**
 * Earth and Mars: two relays that reach each other by Batch SMTP alone, over a link each way. crew@earth.example is an alias for
 * crew@mars.example, and that one for inbox@destination.example; Mars has no name server, only a zone file.
 */
import { writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { RelayConfigInput } from '../../src/config/schema.ts'
import { testCertificate } from './certificates.ts'
import type { MeshRelay } from './mesh.ts'
import { meshRelay } from './mesh.ts'
import { SpaceLink } from './space-link.ts'
import type { Stage } from './stage.ts'
import { afterTest } from './stage.ts'
import { temporaryFolder } from './test-relay.ts'

export interface Planets {
  readonly earth: MeshRelay
  readonly mars: MeshRelay
  readonly toMars: SpaceLink
  readonly toEarth: SpaceLink
  readonly folder: string
  readonly token: string
}

type Gateway = Extract<NonNullable<RelayConfigInput['routes']>[string], { url: string }>

export interface PlanetSettings {
  /** How the two post to each other. */
  readonly gateway?: Partial<Gateway>
  /** Of Earth, beside everything else. */
  readonly earth?: Partial<RelayConfigInput>
  /** Of Mars; what it says of Batch SMTP is added to what is there. */
  readonly mars?: Partial<RelayConfigInput>
  readonly lightMilliseconds?: number
}

const token = 'interplanetary-token-of-the-tests-0123456789'

export async function planets(on: Stage, settings: PlanetSettings = {}): Promise<Planets> {
  const folder = temporaryFolder()
  afterTest(() => rm(folder, { recursive: true, force: true }))
  const files = writeFiles(folder)
  const toMars = await SpaceLink.start(settings.lightMilliseconds)
  afterTest(() => toMars.close())
  const toEarth = await SpaceLink.start(settings.lightMilliseconds)
  afterTest(() => toEarth.close())
  const gateway = {
    tokenFile: files.token,
    gatherMilliseconds: 100,
    retrySeconds: [0.1],
    ...settings.gateway,
  }
  const common = {
    http: { port: 0, publicUrl: 'https://planet.example', certificate: files.certificate },
    delivery: {
      serviceCertificates: 'encrypt-only',
      certificateAuthoritiesFile: files.certificate.certificateFile,
    },
  } as const
  const earth = await meshRelay(
    on,
    'earth.example',
    { crew: ['crew@mars.example'] },
    {
      ...common,
      routes: {
        'mars.example': {
          url: `https://127.0.0.1:${toMars.port}/bsmtp`,
          clientCertificate: files.certificate,
          ...gateway,
        },
      },
      batchSmtp: { peers: { mars: { tokenFile: files.token } } },
      ...settings.earth,
    },
  )
  const zoneFile = join(folder, 'zone.json')
  writeFileSync(zoneFile, JSON.stringify(on.zone))
  const mars = await meshRelay(
    on,
    'mars.example',
    { crew: ['inbox@destination.example'] },
    {
      ...common,
      resolver: { zoneFile },
      routes: { 'earth.example': { url: `https://127.0.0.1:${toEarth.port}/bsmtp`, ...gateway } },
      ...settings.mars,
      batchSmtp: {
        peers: { earth: { tokenFile: files.token, certificateFile: files.certificate.certificateFile } },
        ...settings.mars?.batchSmtp,
      },
    },
  )
  toMars.leadTo(mars.relay.http?.port ?? 0)
  toEarth.leadTo(earth.relay.http?.port ?? 0)
  return { earth, mars, toMars, toEarth, folder, token }
}

function writeFiles(folder: string) {
  const { cert, key } = testCertificate()
  const certificate = { certificateFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') }
  writeFileSync(certificate.certificateFile, cert)
  writeFileSync(certificate.keyFile, key)
  const tokenFile = join(folder, 'token')
  writeFileSync(tokenFile, `${token}\n`)
  return { certificate, token: tokenFile }
}
