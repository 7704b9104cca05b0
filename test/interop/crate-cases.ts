/** The test messages that come with each release of the crate mail-auth, read where cargo has put its source. */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { type Case, type Revision, runCases, type ZoneFile, zoneLookup } from '../../src/dkim2/index.ts'

export interface CaseFolder {
  readonly version: string
  readonly folder: string
  readonly revision: Revision
  /** How many cases it has at least. */
  readonly atLeast: number
  /** Names of cases on which we differ, in the order of the file. */
  readonly known: readonly string[]
}

/** Which class a field has of which no algorithm is known is open before 08. */
const noKnownAlgorithm = 'algorithm_only_future'

const releases: readonly Omit<CaseFolder, 'folder'>[] = [
  {
    version: '0.13.1',
    revision: '06',
    atLeast: 45,
    // Its list of unsigned header fields is that of 04.
    known: [noKnownAlgorithm, 'interop_brong_chain_hop5', 'interop_brong_chain_hop6'],
  },
  // The composite of ML-DSA-44 and Ed25519 existed in 07 alone, and is not implemented here.
  { version: '0.14.1', revision: '07', atLeast: 60, known: [noKnownAlgorithm, 'd2_07_mldsa44_ed25519'] },
  { version: '0.15.1', revision: '08', atLeast: 60, known: [] },
]

/** Those whose source is here. */
export function caseFolders(): readonly CaseFolder[] {
  const sources = join(process.env.CARGO_HOME ?? join(homedir(), '.cargo'), 'registry', 'src')
  const registries = existsSync(sources) ? readdirSync(sources) : []
  return releases.flatMap(release =>
    registries
      .map(registry => join(sources, registry, `mail-auth-${release.version}`, 'resources', 'dkim2'))
      .filter(folder => existsSync(join(folder, 'cases.json')))
      .slice(0, 1)
      .map(folder => ({ ...release, folder })),
  )
}

/** The cases of a folder under a revision; messages written for older ones are read leniently, as their cases say. */
export async function crateDifferences({
  folder,
  revision,
}: Pick<CaseFolder, 'folder' | 'revision'>): Promise<{ total: number; differing: readonly string[] }> {
  const cases = JSON.parse(readFileSync(join(folder, 'cases.json'), 'utf8')) as readonly Case[]
  const zone = JSON.parse(readFileSync(join(folder, 'dns.json'), 'utf8')) as ZoneFile
  const load = (file: string) => withCrlf(readFileSync(messageFile(folder, file)))
  const results = await runCases(cases, load, zoneLookup(zone), revision)
  const differing = results.filter(({ agrees }) => !agrees).map(({ name }) => name)
  return { total: results.length, differing }
}

/** A few of the files end their lines with LF. */
function withCrlf(octets: Buffer): Buffer {
  return Buffer.from(octets.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1')
}

function messageFile(folder: string, file: string): string {
  const [found] = ['expected', 'emails', 'messages']
    .map(name => join(folder, name, file))
    .filter(path => existsSync(path))
  if (found === undefined) throw new Error(`${folder} has no message ${file}`)
  return found
}
