/** Compiled code of this program, kept from one call to the next: most of what a person waits for is the compiling of modules. */
import { lstatSync, mkdirSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'

/**
 * Code is read from the folder and run: it has to belong to whoever runs the program, and nobody else may write to it. Without such a
 * folder, or where NODE_COMPILE_CACHE or NODE_DISABLE_COMPILE_CACHE say otherwise, nothing is kept, and the program works all the same.
 *
 * @param environment of this process: NODE_COMPILE_CACHE is set in it
 */
export function keepCompiledCode(environment: Record<string, string | undefined>): void {
  if (environment.NODE_COMPILE_CACHE !== undefined) return
  const folder = ownFolder(environment.XDG_CACHE_HOME)
  if (folder === undefined) return
  enableCompileCache(folder)
  // For the threads of this process, and for relays that it starts: each keeps its own code, or reads it from where it is told to.
  environment.NODE_COMPILE_CACHE = folder
}

/** @param base of the XDG base directories: an absolute path; undefined takes `.cache` of the home folder */
function ownFolder(base: string | undefined): string | undefined {
  try {
    const folder = join(base?.startsWith('/') ? base : join(homedir(), '.cache'), 'dkim2-relay')
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const { uid, mode } = lstatSync(folder)
    return uid === process.getuid?.() && (mode & 0o077) === 0 ? folder : undefined
  } catch {
    return undefined
  }
}
