import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseConfig } from '../../../src/config/load.ts'
import { deliveryFolders, referredFiles } from '../../../src/config/referred-files.ts'

const certificate = { certificateFile: 'c.pem', keyFile: '/k.pem' }
const config = parseConfig(
  {
    hostname: 'r.example',
    listeners: [{ name: 'mx', port: 25, certificate }],
    http: { port: 0, publicUrl: 'https://lists.example', certificate },
    domains: { 'alias.example': {} },
    maps: { aliases: ['file:one/map', 'file:two/map', 'file:other'] },
    routes: {
      'mars.example': { url: 'https://gateway.example/', tokenFile: 'token', clientCertificate: certificate },
      'filed.example': 'file:inbox',
    },
    batchSmtp: { peers: { phobos: { tokenFile: 'peer' } } },
    resolver: { zoneFile: 'zone.json' },
    store: { postgres: 'postgres://r@db.example/r', passwordFile: 'password', keySecretFile: 'secret' },
  },
  { file: 'relay.config.ts', folder: '/home' },
)

test('every file is found, with the setting that names it', () => {
  const found = referredFiles(config).map(({ setting, file, isPrivate }) => [
    setting,
    isPrivate ? `${file} (private)` : file,
  ])
  expect(Object.fromEntries(found)).toEqual({
    'listeners["mx"].certificate.certificateFile': '/home/c.pem',
    'listeners["mx"].certificate.keyFile': '/k.pem (private)',
    'maps.aliases["0"]': '/home/one/map',
    'maps.aliases["1"]': '/home/two/map',
    'maps.aliases["other"]': '/home/other',
    'http.certificate.certificateFile': '/home/c.pem',
    'http.certificate.keyFile': '/k.pem (private)',
    'routes["mars.example"].tokenFile': '/home/token (private)',
    'routes["mars.example"].clientCertificate.certificateFile': '/home/c.pem',
    'routes["mars.example"].clientCertificate.keyFile': '/k.pem (private)',
    'batchSmtp.peers.phobos.tokenFile': '/home/peer (private)',
    'resolver.zoneFile': '/home/zone.json',
    'store.passwordFile': '/home/password (private)',
    'store.keySecretFile': '/home/secret (private)',
  })
  expect(deliveryFolders(config)).toEqual([{ setting: 'routes["filed.example"]', folder: '/home/inbox' }])
})

test('settings that name a file are called so that they are found', () => {
  const folder = join(import.meta.dirname, '../../../src/config')
  const sources = readdirSync(folder).filter(name => name.endsWith('.ts'))
  const names = sources.flatMap(name =>
    [...readFileSync(join(folder, name), 'utf8').matchAll(/(\w+): fileName\b/g)].map(
      ([, setting]) => setting,
    ),
  )
  expect(names.length).toBeGreaterThan(10)
  const others = names.filter(name => !name?.endsWith('File'))
  expect(others.toSorted()).toEqual(['dataDirectory', 'keysDirectory'])
})
