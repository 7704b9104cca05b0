/** OPENPGPKEY: keys as GnuPG writes them, and what is none. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readOpenPgpKey } from '../../../../src/cli/domain/openpgp-key.ts'

const hasGnuPg = spawnSync('gpg', ['--version']).status === 0
if (!hasGnuPg) console.log('skipped: keys of GnuPG (gpg is not installed)')

test.skipIf(!hasGnuPg)('fingerprint and user id are those that GnuPG tells', () => {
  const home = mkdtempSync(join(tmpdir(), 'gpg-'))
  try {
    const gpg = (...args: string[]) =>
      execFileSync('gpg', ['--homedir', home, '--batch', '--quiet', ...args], {
        stdio: ['ignore', 'pipe', 'pipe'],
      })
    gpg('--passphrase', '', '--quick-generate-key', 'Hugh <hugh@origin.example>', 'ed25519', 'sign', 'never')
    const listed = gpg('--with-colons', '--fingerprint').toString()
    expect(readOpenPgpKey(gpg('--export'))).toEqual({
      fingerprint: /^fpr:+([0-9A-F]{40}):/m.exec(listed)?.[1],
      userIds: ['Hugh <hugh@origin.example>'],
    })
    execFileSync('gpgconf', ['--homedir', home, '--kill', 'all'])
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
})

/** A packet of the old form with one octet of length. */
function packet(tag: number, ...body: number[]): Buffer {
  return Buffer.from([0x80 | (tag << 2), body.length, ...body])
}

describe('what is no key', () => {
  test.each([
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from('-----BEGIN PGP PUBLIC KEY BLOCK-----')],
    ['a packet of another kind first', packet(13, 4)],
    ['a key of a version that nobody knows', packet(6, 9, 9)],
    ['a key that is cut off', packet(6, 4, 1, 2).subarray(0, 3)],
    ['a length that is cut off', Buffer.from([0xc6, 0xff, 0])],
  ])('%s', (_, octets) => {
    expect(readOpenPgpKey(octets)).toBeUndefined()
  })

  test('packets behind the key that are cut off are left out', () => {
    const octets = Buffer.concat([packet(6, 4, 1), packet(13, 0x68, 0x69), packet(13, 1, 2).subarray(0, 3)])
    expect(readOpenPgpKey(octets)?.userIds).toEqual(['hi'])
  })
})
