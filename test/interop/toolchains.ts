/** Builds the programs that speak for the peers, where their toolchains and registries can be had. */

import { execFile } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Built programs stay here from one run to the next; not under version control. */
const cacheFolder = fileURLToPath(new URL('../../node_modules/.cache/interop/', import.meta.url))

/** A program that speaks for a peer, or why there is none here. */
export type Built = { readonly program: string } | { readonly skipped: string }

/** All programs that speak for releases of the crate mail-auth, built once in a run. */
let rustBuilt: Promise<{ readonly folder: string } | { readonly skipped: string }> | undefined

/**
 * mail-auth.
 *
 * @param program the one that speaks for the release wanted
 */
export async function buildRust(program: string): Promise<Built> {
  rustBuilt ??= buildPrograms()
  const built = await rustBuilt
  return 'skipped' in built ? built : { program: `${built.folder}/${program}` }
}

async function buildPrograms(): Promise<{ readonly folder: string } | { readonly skipped: string }> {
  const folder = fileURLToPath(new URL('rust/', import.meta.url))
  const target = `${cacheFolder}rust`
  mkdirSync(target, { recursive: true })
  const missing = await obstacle('cargo', ['--version'], folder)
  if (missing) return { skipped: `no Rust toolchain: ${missing}` }
  const unreachable = await obstacle('cargo', ['fetch', '--locked'], folder)
  if (unreachable) return { skipped: `the crate registry does not give the crates: ${unreachable}` }
  // One dependency asks for a newer compiler than it needs.
  const flags = ['--locked', '--offline', '--ignore-rust-version', '--target-dir', target]
  await run('nice', ['cargo', 'build', ...flags], { cwd: folder, maxBuffer: 64 * 1024 * 1024 })
  return { folder: `${target}/debug` }
}

/** npm mailauth has DKIM2 from this release on. */
const firstMailauth = [8, 1] as const

/** mailauth: the registry is asked for a release that has DKIM2. */
export async function buildMailauth(): Promise<Built> {
  const folder = fileURLToPath(new URL('.', import.meta.url))
  const wanted = firstMailauth.join('.')
  try {
    const { stdout } = await run('npm', ['view', 'mailauth', 'versions', '--json'], { cwd: folder })
    const versions: string[] = JSON.parse(stdout)
    const newest = versions.at(-1) ?? 'none'
    const [major = 0, minor = 0] = newest.split('.').map(Number)
    const isThere = major > firstMailauth[0] || (major === firstMailauth[0] && minor >= firstMailauth[1])
    return {
      skipped: isThere
        ? `the registry has ${newest} now: a program as protocol.md describes it can be written`
        : `DKIM2 came with ${wanted}, and the newest release that the registry has is ${newest}`,
    }
  } catch (problem) {
    return { skipped: `the registry does not answer: ${(problem as Error).message.split('\n')[0]}` }
  }
}

const goModule = 'github.com/croessner/dkim2'

/** croessner/dkim2: the module proxy has refused every version of it so far, so no program could be written against it. */
export async function buildGo(): Promise<Built> {
  const folder = fileURLToPath(new URL('.', import.meta.url))
  const missing = await obstacle('go', ['version'], folder)
  if (missing) return { skipped: `no Go toolchain: ${missing}` }
  const refused = await obstacle('go', ['list', '-m', '-versions', goModule], folder)
  if (refused) return { skipped: `the module proxy does not give ${goModule}: ${refused}` }
  return {
    skipped: `the module proxy gives ${goModule} now: a program as protocol.md describes it can be written`,
  }
}

/** Runs a command that must succeed for the rest to make sense; the end of what it complained about. */
async function obstacle(command: string, args: readonly string[], cwd: string): Promise<string | undefined> {
  try {
    await run(command, args, { cwd, maxBuffer: 64 * 1024 * 1024 })
    return undefined
  } catch (problem) {
    const { stderr = '', message } = problem as Error & { stderr?: string }
    const lines = stderr.trim().split(/\s*\n\s*/)
    return lines.slice(-2).join(' ') || message
  }
}
