/** A main thread that hangs ends the process, with a word about where it stood; one that was only stopped does not. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { plainMessage, send } from '../support/send.ts'
import { afterTest, stage } from '../support/stage.ts'
import { temporaryFolder, testConfig } from '../support/test-relay.ts'

const entry = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
/** Longer than a busy machine keeps a process waiting. */
const watchdogSeconds = 3

/** What the configuration, which is a program, does to the main thread on SIGWINCH. */
const ways = {
  'in microtasks': 'async function standsHere() { for (;;) await null }',
  'in a loop': 'function standsHere() { for (;;); }',
  'outside JavaScript':
    'function standsHere() { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0) }',
}

interface Process {
  readonly child: ChildProcess
  readonly port: number
  log(): string
}

async function relayThat(way: string, options: readonly string[] = []): Promise<Process> {
  const on = await stage()
  const folder = temporaryFolder()
  afterTest(() => rm(folder, { recursive: true, force: true }))
  const config = testConfig(
    {
      dns: on.dns,
      config: {
        domains: { 'alias.example': { aliases: { team: ['one@destination.example'] } } },
        routes: { 'destination.example': { host: '127.0.0.1', port: on.sink.port, tls: 'none' } },
        log: { level: 'info', format: 'json' },
        watchdogSeconds,
      },
    },
    folder,
  )
  const file = join(folder, 'relay.config.ts')
  const hook = `${way}\nprocess.on('SIGWINCH', () => void standsHere())\n`
  await writeFile(file, `${hook}export default ${JSON.stringify(config)}\n`)
  const child = spawn(process.execPath, [...options, entry, 'start', '--json', '--config', file], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  afterTest(async () => void child.kill('SIGKILL'))
  let logged = ''
  child.stderr.on('data', chunk => (logged += String(chunk)))
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  const { listeners } = JSON.parse(line) as { listeners: readonly { port: number }[] }
  return { child, port: listeners[0]?.port ?? 0, log: () => logged }
}

async function accepts({ port }: Process): Promise<boolean> {
  const envelope = { from: 'a@origin.example', to: ['team@alias.example'] }
  const { data } = await send(port, { ...envelope, octets: plainMessage() })
  return data.startsWith('250')
}

test.each(Object.entries(ways))(
  'a main thread that hangs %s ends the process with status 1, and the log names the place',
  async (_name, way) => {
    const relay = await relayThat(way)
    expect(await accepts(relay)).toBe(true)
    const exited = once(relay.child, 'exit')
    relay.child.kill('SIGWINCH')
    expect(await exited).toEqual([1, null])
    expect(relay.log()).toContain(`has not turned for ${watchdogSeconds} s`)
    expect(relay.log()).toMatch(/standsHere \(file:\S+relay\.config\.ts:1:\d+\)/)
  },
)

test('a process that was stopped for longer, as a suspended machine is, goes on', async () => {
  const relay = await relayThat(ways['in a loop'])
  relay.child.kill('SIGSTOP')
  await pause(watchdogSeconds * 2_000)
  relay.child.kill('SIGCONT')
  expect(await accepts(relay)).toBe(true)
  // As long again, with its timers running.
  await pause(watchdogSeconds * 1_500)
  expect(await accepts(relay)).toBe(true)
  expect(relay.log()).not.toContain('has not turned')
  const exited = once(relay.child, 'exit')
  relay.child.kill('SIGTERM')
  expect(await exited).toEqual([0, null])
})

test('a main thread that a debugger may hold is left alone', async () => {
  const relay = await relayThat(ways['in a loop'], ['--inspect=127.0.0.1:0'])
  relay.child.kill('SIGWINCH')
  await pause(watchdogSeconds * 2_000)
  expect(relay.child.exitCode).toBeNull()
  expect(relay.log()).not.toContain('has not turned')
})
