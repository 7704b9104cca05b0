/** Reads a configuration again. A module is loaded once in a thread, so that a new thread reads the file, and what it imports. */
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { configReadMilliseconds } from '../limits.ts'
import { freezeDeep } from './load.ts'
import { ConfigError } from './problem.ts'
import type { RelayConfig } from './schema.ts'

type Answer = { readonly config: RelayConfig } | { readonly problem: string }

/**
 * As `loadConfig`, whatever was loaded before. A configuration is a program: one that does not end is given up.
 *
 * @param file name of the file, absolute or relative to the current folder
 * @throws ConfigError with one line per mistake
 */
export async function loadFreshConfig(
  file: string,
  timeoutMilliseconds: number = configReadMilliseconds,
): Promise<RelayConfig> {
  const answer = await answerOf(file, timeoutMilliseconds)
  if ('problem' in answer) throw new ConfigError(answer.problem)
  return freezeDeep(answer.config)
}

async function answerOf(file: string, timeoutMilliseconds: number): Promise<Answer> {
  const program = new URL(`./load-worker${extname(import.meta.url)}`, import.meta.url)
  const worker = new Worker(program, { workerData: { file }, name: 'configuration' })
  const { promise, resolve } = Promise.withResolvers<Answer>()
  const give = (problem: string) => resolve({ problem: `${file}: ${problem}` })
  const timer = setTimeout(
    () => give(`the configuration was not read within ${timeoutMilliseconds / 1000} seconds`),
    timeoutMilliseconds,
  )
  worker.on('message', (answer: Answer) => resolve(answer))
  worker.on('error', error => give(`cannot be read: ${error.message}`))
  worker.on('exit', code => give(`the configuration ended its thread with status ${code}`))
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    await worker.terminate()
  }
}
