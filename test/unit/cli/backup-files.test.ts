/** backup and restore: what the configuration names moves with it, or is named. */
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { testCertificate } from '../../support/certificates.ts'
import { relay } from './command-line.ts'

let folder: string
let archive: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'backup-'))
  archive = join(folder, 'relay.tar')
})

afterEach(() => rmSync(folder, { recursive: true }))

interface Home {
  readonly folder: string
  readonly config: string
  run(...args: string[]): ReturnType<typeof relay>
  at(name: string): string
}

function home(name: string): Home {
  const own = join(folder, name)
  mkdirSync(own)
  const config = join(own, 'relay.config.ts')
  const run = (...args: string[]) => relay([...args, '--config', config])
  return { folder: own, config, run, at: file => join(own, file) }
}

/** `domains` comes out of a module of its own, which imports another one. */
function configText(more: object = {}): string {
  const { listeners, ...rest } = {
    hostname: 'r.example',
    listeners: [
      { name: 'mx', port: 25, certificate: { certificateFile: 'tls/cert.pem', keyFile: 'tls/key.pem' } },
    ],
    maps: { aliases: ['file:maps/team'], routes: ['file:maps/routes'] },
    routes: {
      'mars.example': { url: 'https://gateway.example/bsmtp', tokenFile: 'tokens/mars' },
      'filed.example': 'file:inbox',
    },
    delivery: { certificateAuthoritiesFile: 'tls/authorities.pem' },
    ...more,
  }
  const settings = JSON.stringify({ listeners, ...rest }).slice(1, -1)
  return `import { domains } from './parts/domains.ts'\nexport default { domains, ${settings} }\n`
}

const { key, cert } = testCertificate()
const files = {
  'parts/domains.ts': "import { name } from './name.ts'\nexport const domains = { [name]: {} }\n",
  'parts/name.ts': "export const name = 'alias.example'\n",
  'tls/cert.pem': String(cert),
  'tls/key.pem': String(key),
  'tls/authorities.pem': String(cert),
  'maps/team': 'team@alias.example a@far.example\n',
  'maps/routes': 'x.example mx.x.example\n',
  'tokens/mars': 'a token of at least thirty-two characters',
} as const
const privates = ['tls/key.pem', 'tokens/mars']

function write(at: Home, name: string, text: string): void {
  mkdirSync(dirname(at.at(name)), { recursive: true })
  writeFileSync(at.at(name), text)
  chmodSync(at.at(name), privates.includes(name) ? 0o600 : 0o644)
}

async function usedHome(): Promise<Home> {
  const used = home('used')
  writeFileSync(used.config, configText())
  for (const [name, text] of Object.entries(files)) write(used, name, text)
  expect((await used.run('lists', 'create', 'news@alias.example', '--owner', 'o@far.example')).status).toBe(0)
  return used
}

describe('a backup', () => {
  test('brings every file that the configuration names to an empty machine, private ones for their owner alone', async () => {
    const saved = await (await usedHome()).run('backup', archive)
    expect(saved.status).toBe(0)
    expect(saved.out).toContain('With 8 files that the configuration names.')
    const other = home('other')
    const restored = await other.run('restore', archive)
    expect([restored.status, restored.notes]).toEqual([0, ''])
    for (const [name, text] of Object.entries(files)) {
      expect(readFileSync(other.at(name), 'utf8')).toBe(text)
      expect([name, statSync(other.at(name)).mode & 0o777]).toEqual([
        name,
        privates.includes(name) ? 0o600 : 0o644,
      ])
      expect(restored.out).toContain(`${other.at(name)}: brought back`)
    }
    expect((await other.run('aliases', 'list')).out).toContain('team@alias.example')
  })

  test('names what it has not, when it is made and when it is brought back', async () => {
    const used = await usedHome()
    rmSync(used.at('tokens/mars'))
    const saved = await used.run('backup', archive, '--no-keys')
    expect(saved.out).toContain('NOT in the backup, though the configuration names it:')
    for (const text of [
      `${used.at('inbox')}: a folder of delivered mail\n    (routes["filed.example"])`,
      `${used.at('tls/key.pem')}: private, left out as asked (--no-keys)\n    (listeners["mx"].certificate.keyFile)`,
    ]) {
      expect(saved.out).toContain(text)
    }
    expect(execFileSync('tar', ['-tf', archive], { encoding: 'utf8' })).not.toMatch(/key|mars/)
    const other = home('other')
    const restored = await other.run('restore', archive)
    expect(restored.status).toBe(1)
    expect(restored.out).toContain('(routes["mars.example"].tokenFile)')
    expect(restored.out).toMatch(
      /cannot start yet:[\s\S]*listeners\[0\]\.certificate: expected .* found: .*key\.pem/,
    )
  })

  test('tells a file that is not there from one that is left out', async () => {
    const used = await usedHome()
    rmSync(used.at('tokens/mars'))
    expect((await used.run('backup', archive)).out).toContain(`${used.at('tokens/mars')}: is not there`)
  })

  test('follows the settings of the other machine, and leaves there what it cannot place', async () => {
    await (await usedHome()).run('backup', archive)
    const other = home('other')
    const moved = { certificateFile: 'pem/c.pem', keyFile: 'pem/k.pem' }
    writeFileSync(
      other.config,
      configText({ listeners: [{ name: 'mx', port: 25, certificate: moved }], routes: {} }),
    )
    for (const name of ['parts/domains.ts', 'parts/name.ts'] as const) write(other, name, files[name])
    const restored = await other.run('restore', archive)
    expect([restored.status, restored.notes]).toEqual([0, ''])
    expect(readFileSync(other.at('pem/k.pem'), 'utf8')).toBe(String(key))
    expect(statSync(other.at('pem/k.pem')).mode & 0o777).toBe(0o600)
    expect(existsSync(other.at('tls'))).toBe(true)
    expect(existsSync(other.at('tls/key.pem'))).toBe(false)
    expect(restored.out).toMatch(
      /mars: no setting here names it, so it was left in the backup \(files\/\d-mars in it\)/,
    )
  })

  test('never replaces such a file: a certificate that is there may be newer', async () => {
    const used = await usedHome()
    await used.run('backup', archive)
    write(used, 'maps/team', 'team@alias.example newer@far.example\n')
    const restored = await used.run('restore', archive, '--replace')
    expect(restored.status).toBe(0)
    expect(restored.out).toContain(
      `${used.at('maps/team')}: is there and stays; the one of the backup differs`,
    )
    expect(restored.out).toContain(`${used.at('tls/key.pem')}: is there already`)
    expect(readFileSync(used.at('maps/team'), 'utf8')).toContain('newer@')
  })

  test('puts no import outside the folder of the configuration', async () => {
    const used = home('used')
    writeFileSync(join(folder, 'outside.ts'), "export const domains = { 'alias.example': {} }\n")
    writeFileSync(used.config, configText().replace('./parts/domains.ts', '../outside.ts'))
    for (const [name, text] of Object.entries(files)) write(used, name, text)
    await used.run('lists', 'create', 'news@alias.example', '--owner', 'o@far.example')
    const saved = await used.run('backup', archive)
    expect(saved.out).toContain(`${join(folder, 'outside.ts')}: outside the folder of the configuration`)
  })
})
