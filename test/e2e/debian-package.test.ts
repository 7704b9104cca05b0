/**
 * The Debian package in a root where nothing is but what it says it needs; the steps of the Containerfile in one that stands in for its base
 * image; the unit under the judgement of systemd.
 */
import { execFile, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildImage, shellVariables } from '../support/package/containerfile.ts'

const run = promisify(execFile)
const unit = 'packaging/systemd/dkim2-relay.service'
const support = resolve('test/support/package')
// The compiler, two packages of 160 MB, and a root.
const wholeMilliseconds = 400_000

const folder = mkdtempSync(join(tmpdir(), 'debian-package-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function missing(programs: readonly string[]): string | undefined {
  return programs.find(program => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0)
}

/** Why the package cannot be tried here; undefined where it can. */
function reason(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'not root on Linux'
  const program = missing(['dpkg-deb', 'dpkg', 'unshare', 'setpriv', 'chroot', 'ip'])
  if (program !== undefined) return `no ${program}`
  return spawnSync('unshare', ['-mnpf', 'true']).status === 0 ? undefined : 'no namespaces'
}

const skipped = reason()

/** The package, and a root with what it says it needs. */
interface Built {
  readonly file: string
  readonly root: string
}

async function build(): Promise<Built> {
  const env = { ...process.env, DEB_COMPRESSION: 'none' }
  const { stdout } = await run('packaging/build-deb', [folder, '0.1.0'], { env })
  const file = stdout.trim()
  const depends = await run('dpkg-deb', ['-f', file, 'Depends'])
  const names = depends.stdout.split(',').map(one => one.trim().split(' ')[0] ?? '')
  const root = join(folder, 'root')
  await run('bash', [join(support, 'clean-root.sh'), root, ...names])
  return { file, root }
}

/** What a script printed, also where it failed. */
async function steps(command: readonly string[], env: Readonly<Record<string, string>>) {
  const ended = await run('unshare', ['-mnpf', '--kill-child', ...command], {
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', ...env },
  }).catch((failure: { stdout: string; stderr: string }) => failure)
  const told = ended.stdout.split('\n').filter(line => line.startsWith('step: '))
  return { told, all: ended.stdout + ended.stderr }
}

describe.skipIf(skipped !== undefined)(
  `the package${skipped === undefined ? '' : ` (skipped: ${skipped})`}`,
  () => {
    let built: Built
    beforeAll(async () => {
      built = await build()
    }, wholeMilliseconds)

    // First, as the second one fills the root.
    test(
      'in a container, as the Containerfile says: root read-only, no user with rights, health, mail',
      async () => {
        const root = join(folder, 'container')
        // Files are replaced and never changed in place, so that the copy may share them.
        await run('cp', ['-al', built.root, root])
        // debian:bookworm-slim has apt; what its mirrors would say is not asked here.
        await run('bash', [join(support, 'clean-root.sh'), root, 'apt', 'mawk'])
        const image = await buildImage('packaging/Containerfile', folder, root)
        const codename = /^VERSION_CODENAME=(.*)$/m.exec(
          readFileSync(join(root, 'etc/os-release'), 'utf8'),
        )?.[1]
        expect(image.base).toBe(`docker.io/library/debian:${codename}-slim`)
        const told = /podman run ((?:.*\\\n)*.*)/.exec(readFileSync('docs/packages.md', 'utf8'))?.[1] ?? ''
        const volumes = [...told.matchAll(/ -v [\w-]+:(\S+)/g)].map(([, place]) => place)
        expect(volumes.toSorted()).toEqual(image.volumes.toSorted())
        for (const option of ['--read-only', '--tmpfs /tmp', 'ip_unprivileged_port_start=0'])
          expect(told).toContain(option)
        const kept = join(folder, 'volumes')
        mkdirSync(kept)
        const { told: done, all } = await steps(['bash', join(support, 'container.sh')], {
          ...shellVariables(image),
          kept,
        })
        expect(done, all).toEqual([
          'step: configured 640 700 ',
          'step: started as a user without a capability',
          'step: listens on 25 842',
          'step: healthy',
          'step: writes to its volumes and to /tmp only',
          'step: delivered 1',
          'step: stopped by TERM',
        ])
      },
      wholeMilliseconds,
    )

    test(
      'is installed, configured, started on 25 and 842, upgraded with a queue, delivers, is removed and purged',
      async () => {
        const young = join(folder, 'new.deb')
        await asVersion(built.file, young, '0.1.1')
        const { root } = built
        cpSync(built.file, join(root, 'old.deb'))
        cpSync(young, join(root, 'new.deb'))
        cpSync(join(support, 'scenario.sh'), join(root, 'scenario.sh'))
        const inside = `ip link set lo up && mount -t proc proc '${root}/proc' && mount --rbind /dev '${root}/dev' && exec chroot '${root}' /bin/bash /scenario.sh`
        const { told, all } = await steps(['sh', '-c', inside], {})
        expect(told, all).toEqual([
          'step: installed 0.1.0',
          'step: configured dkim2-relay 640 dkim2-relay 700 ',
          'step: started on 25 and 842 without root',
          'step: sent',
          'step: upgraded 0.1.1',
          'step: saved before-upgrade-from-0.1.0.tar 600',
          'step: delivered 1',
          'step: removed, kept /var/lib/dkim2-relay/data/relay.sqlite',
          'step: purged',
        ])
      },
      wholeMilliseconds,
    )
  },
)

/** The same package as of another version, so that one comes after the other. */
async function asVersion(from: string, to: string, version: string): Promise<void> {
  const unpacked = join(folder, 'unpacked')
  await run('dpkg-deb', ['--raw-extract', from, unpacked])
  await run('sed', ['-i', `s/^Version: .*/Version: ${version}/`, join(unpacked, 'DEBIAN/control')])
  const packageFile = join(unpacked, 'usr/lib/dkim2-relay/package.json')
  await run('sed', ['-i', `s/"version": "[^"]*"/"version": "${version}"/`, packageFile])
  await run('dpkg-deb', ['--root-owner-group', '-Znone', '--build', unpacked, to])
  rmSync(unpacked, { recursive: true })
}

const analyze = missing(['systemd-analyze'])
test.skipIf(analyze !== undefined)(
  `the unit is hardened: systemd finds an exposure of at most 2.0${analyze === undefined ? '' : ' (skipped: no systemd-analyze)'}`,
  async () => {
    const { stdout } = await run('systemd-analyze', ['security', '--offline=true', unit])
    const level = /Overall exposure level for dkim2-relay\.service: ([\d.]+)/.exec(stdout)?.[1]
    expect(Number(level)).toBeLessThanOrEqual(2)
  },
)
