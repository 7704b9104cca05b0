/** A relay from its start to its end, with nothing but the commands of a newcomer. */
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

// Every command is a process that loads the whole program: seconds each where the machine is busy.
vi.setConfig({ testTimeout: 180_000 })

const main = resolve('src/cli/main.ts')
let folder: string
let running: ChildProcess | undefined

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'start-'))
})

afterEach(() => {
  running?.kill('SIGKILL')
  running = undefined
  rmSync(folder, { recursive: true })
})

function writeConfig(port: number): void {
  const settings = `{
    hostname: 'relay.alias.example',
    listeners: [{ name: 'mx', port: ${port}, tls: 'starttls', trustedClients: [] }],
    domains: { 'alias.example': {
      aliases: { team: ['first@destination.example', 'second@destination.example'] },
      admit: { unknownSenders: 'accept' },
    } },
    routes: { 'destination.example': 'file:./data/inbox' },
  }`
  writeFileSync(join(folder, 'relay.config.ts'), `export default ${settings}\n`)
}

function command(...args: string[]): ChildProcess {
  return spawn(process.execPath, [main, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
}

async function finished(child: ChildProcess): Promise<{ status: number | null; out: string; notes: string }> {
  const texts = { out: '', notes: '' }
  child.stdout?.on('data', chunk => {
    texts.out += chunk
  })
  child.stderr?.on('data', chunk => {
    texts.notes += chunk
  })
  const [status] = await once(child, 'close')
  return { status, ...texts }
}

interface Started {
  readonly listeners: readonly {
    readonly name: string
    readonly address: string
    readonly port: number
    readonly tls: string
  }[]
  readonly keys: readonly { readonly recordName: string }[]
}

/** Starts the relay and waits for the line that says where it listens. */
async function start(): Promise<Started> {
  const child = command('start', '--json')
  running = child
  child.stderr?.resume()
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })
  const [line] = await once(lines, 'line')
  return JSON.parse(line)
}

test('a message is sent, forwarded into files, verified, and found in the hop log after a clean stop', async () => {
  writeConfig(0)
  const started = await start()
  expect(started.listeners).toMatchObject([{ name: 'mx', address: '127.0.0.1', tls: 'starttls' }])
  expect(started.keys.map(key => key.recordName)).toEqual([
    'ed._domainkey.alias.example',
    'rsa._domainkey.alias.example',
  ])

  const server = `127.0.0.1:${started.listeners[0]?.port}`
  const envelope = ['--from', 'you@origin.example', '--to', 'team@alias.example']
  const sent = await finished(command('send', ...envelope, '--server', server, '--json'))
  expect(sent.status).toBe(0)
  const queueId = /queued as (\S+)/.exec(JSON.parse(sent.out).reply)?.[1] ?? ''
  const refused = await finished(
    command('send', '--from', 'you@origin.example', '--to', 'x@elsewhere.example', '--server', server),
  )
  expect(refused.status).toBe(1)
  expect(refused.out).toContain('550 5.7.1')

  const ended = running ? once(running, 'exit') : []
  running?.kill('SIGTERM')
  expect(await ended).toEqual([0, null])

  const record = JSON.parse((await finished(command('hops', 'show', queueId, '--json'))).out)
  expect(record).toMatchObject({
    queueId,
    direction: 'forward',
    state: 'forwarded',
    received: { listener: 'mx', mf: 'you@origin.example', verdict: { result: 'none' } },
  })
  expect(record.sent).toMatchObject([
    {
      rt: 'first@destination.example',
      state: 'delivered',
      hop: { i: 1, d: 'alias.example', s: ['ed', 'rsa'] },
    },
    { rt: 'second@destination.example', state: 'delivered' },
  ])
  expect(JSON.parse((await finished(command('queue', 'list', '--json'))).out)).toEqual([])

  const { out: zone } = await finished(command('keys', 'dns', '--json'))
  writeFileSync(join(folder, 'zone.json'), zone)
  const files = readdirSync(join(folder, 'data/inbox')).toSorted()
  expect(files).toHaveLength(2)
  for (const [index, file] of files.entries()) {
    const { mf, rt } = record.sent[index]
    const name = join('data/inbox', file)
    const verified = await finished(
      command('verify', name, '--dns', 'zone.json', '--mail-from', mf, '--rcpt-to', rt, '--json'),
    )
    expect(JSON.parse(verified.out)).toMatchObject({
      result: 'pass',
      envelope: 'checked',
      hops: [{ i: 1, mf, rt: [rt] }],
    })
    expect(verified.status).toBe(0)
  }
})

test('the database and the keys are for the owner only', async () => {
  writeConfig(0)
  await start()
  for (const name of ['data', 'keys']) expect(statSync(join(folder, name)).mode & 0o077).toBe(0)
})

test('a port that is taken is told with the listener, and the start fails', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as AddressInfo
  writeConfig(port)
  const { status, notes } = await finished(command('start'))
  taken.close()
  expect(status).toBe(2)
  expect(notes).toContain(`listener mx on 127.0.0.1:${port} cannot be opened`)
  expect(notes).not.toMatch(/\n\s+at /)
})
