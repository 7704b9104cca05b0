/** Runs the executable as a person does, in a process of its own. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const entry = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

export interface CommandRun {
  readonly status: number | null
  readonly out: string
  readonly notes: string
}

/** Resolves when it has ended. */
export async function runCommandProcess(args: readonly string[], folder: string): Promise<CommandRun> {
  const child = spawn(process.execPath, [entry, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  const out: Buffer[] = []
  const notes: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => notes.push(chunk))
  const [status] = (await once(child, 'close')) as [number | null]
  return { status, out: Buffer.concat(out).toString(), notes: Buffer.concat(notes).toString() }
}
