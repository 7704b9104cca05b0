#!/usr/bin/env node
/** The executable: gives the commands the streams, the clock and the randomness of this process. */
import { randomBytes } from 'node:crypto'
import { nodeVersionProblem } from './node-version.ts'
import { withoutDebugger } from './signals.ts'

const problem = nodeVersionProblem(process.versions.node)
if (problem !== undefined) {
  process.stderr.write(`${problem}\n`)
  process.exit(2)
}
withoutDebugger()
// Only now: an older Node may not even be able to read them, and what is loaded before is not kept.
const { keepCompiledCode } = await import('./compile-cache.ts')
keepCompiledCode(process.env)
const { runCommand } = await import('./run.ts')

// A reader such as `head` that has seen enough is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1)
})

/** Back to the first column, and nothing behind the cursor. */
const clearLine = '\r\x1b[K'

process.exitCode = await runCommand(process.argv.slice(2), {
  out: output => void process.stdout.write(output),
  note: text => void process.stderr.write(text),
  progress: text => {
    if (process.stderr.isTTY) process.stderr.write(clearLine + text)
  },
  colors: process.stdout.isTTY === true && !process.env.NO_COLOR,
  debug: Boolean(process.env.DKIM2_RELAY_DEBUG),
  stdin: process.stdin,
  clock: () => Date.now(),
  random: octets => randomBytes(octets),
})
