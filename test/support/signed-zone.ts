/** Zones signed with DNSSEC, by the tools of ldns (Debian's `ldnsutils`). */
import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Why no zone can be signed here; undefined where one can. */
export const ldnsMissing: string | undefined =
  spawnSync('ldns-signzone', ['-v']).error === undefined
    ? undefined
    : 'ldns-signzone is not installed (ldnsutils)'

export interface SignedZone {
  readonly name: string
  /** The signed zone as a file. */
  readonly file: string
  /** DS record of its key, the trust anchor of a resolver. */
  readonly trustAnchor: string
}

export interface SigningOptions {
  /** Deny with NSEC3 (RFC 5155) instead of NSEC. */
  readonly nsec3?: boolean
  /** Changes the text of the zone after it was signed, so that its signatures are wrong. */
  readonly tamper?: (text: string) => string
}

const run = promisify(execFile)

/**
 * Makes a key and a signed zone in a folder of its own.
 *
 * @param records lines of a zone file without its start of authority; names are relative to the zone
 * @param folder is removed by the caller
 */
export async function signZone(
  name: string,
  records: readonly string[],
  folder: string,
  { nsec3 = false, tamper = text => text }: SigningOptions = {},
): Promise<SignedZone> {
  const cwd = await mkdtemp(join(folder, 'zone-'))
  const lines = [
    `$ORIGIN ${name}.`,
    '$TTL 60',
    `@ IN SOA ns.${name}. hostmaster.${name}. 1 3600 600 86400 60`,
    `@ IN NS ns.${name}.`,
    'ns IN A 127.0.0.1',
    ...records,
  ]
  await writeFile(join(cwd, 'zone'), `${lines.join('\n')}\n`)
  const { stdout } = await run('ldns-keygen', ['-a', 'ECDSAP256SHA256', '-k', name], { cwd })
  const key = stdout.trim()
  await run('ldns-signzone', [...(nsec3 ? ['-n'] : []), '-f', 'signed', 'zone', key], { cwd })
  const file = join(cwd, 'signed')
  await writeFile(file, tamper(await readFile(file, 'utf8')))
  return { name, file, trustAnchor: (await readFile(join(cwd, `${key}.ds`), 'utf8')).trim() }
}
