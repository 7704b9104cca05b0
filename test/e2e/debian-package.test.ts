/** The Debian package in a root where nothing is but what it says it needs; the unit under the judgement of systemd. */
import { execFile, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'

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

test.skipIf(skipped !== undefined)(
  `install, init, start on 25 and 842, send, upgrade with a queue, deliver, remove, purge${skipped === undefined ? '' : ` (skipped: ${skipped})`}`,
  async () => {
    const env = { ...process.env, DEB_COMPRESSION: 'none' }
    const built = await run('packaging/build-deb', [folder, '0.1.0'], { env })
    const old = built.stdout.trim()
    const young = join(folder, 'new.deb')
    await asVersion(old, young, '0.1.1')
    const root = join(folder, 'root')
    await run('bash', [join(support, 'clean-root.sh'), root, old])
    cpSync(old, join(root, 'old.deb'))
    cpSync(young, join(root, 'new.deb'))
    cpSync(join(support, 'scenario.sh'), join(root, 'scenario.sh'))
    const inside = `ip link set lo up && mount -t proc proc '${root}/proc' && mount --rbind /dev '${root}/dev' && exec chroot '${root}' /bin/bash /scenario.sh`
    const ended = await run('unshare', ['-mnpf', '--kill-child', 'sh', '-c', inside], {
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
    }).catch((failure: { stdout: string; stderr: string }) => failure)
    const steps = ended.stdout.split('\n').filter(line => line.startsWith('step: '))
    expect(steps, ended.stdout + ended.stderr).toEqual([
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
