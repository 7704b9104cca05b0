/** A relay that moves to another machine: saved while mail comes in, brought back, started. */
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { RelayConfigInput } from '../../src/config/schema.ts'
import { startRelayProcess } from '../support/relay-process.ts'
import { runCommandProcess } from '../support/run-command.ts'
import { plainMessage, send } from '../support/send.ts'
import type { Stage } from '../support/stage.ts'
import { afterTest, stage } from '../support/stage.ts'
import { temporaryFolder, testConfig } from '../support/test-relay.ts'

const envelope = { from: 'a@origin.example', to: ['team@alias.example'] }
const domains = { 'alias.example': { aliases: { team: ['one@destination.example'] } } }

/** A machine with its configuration; `port` is that of the next hop. */
async function machine(on: Stage, port: number): Promise<{ folder: string; config: RelayConfigInput }> {
  const folder = temporaryFolder()
  afterTest(() => rm(folder, { recursive: true, force: true }))
  const routes = { 'destination.example': { host: '127.0.0.1', port, tls: 'none' } } as const
  const config = testConfig({ dns: on.dns, config: { domains, routes } }, folder)
  await writeFile(join(folder, 'relay.config.ts'), `export default ${JSON.stringify(config)}\n`)
  return { folder, config }
}

async function sendOne(on: Stage, port: number, subject: string): Promise<void> {
  const octets = await on.origin.sign(plainMessage({ subject }), envelope)
  const { data } = await send(port, { ...envelope, octets })
  expect(data).toMatch(/^250 /)
}

/** Subjects of what the next hop has, when all of these are among them. */
async function subjectsAt({ sink }: Stage, wanted: readonly string[]): Promise<string[]> {
  for (let count = wanted.length; ; count += 1) {
    const messages = await sink.received(count)
    const found = messages.map(
      ({ octets }) => /^Subject: (.*)\r$/m.exec(octets.toString('latin1'))?.[1] ?? '',
    )
    if (wanted.every(subject => found.includes(subject))) return found
  }
}

test('what was acknowledged before a hot backup is delivered by another machine, and its bounce addresses hold', async () => {
  const on = await stage()
  // Port 9 (discard): nobody listens, so the queue stays.
  const before = await machine(on, 9)
  const old = await startRelayProcess(before.config, before.folder, on.zone)
  afterTest(() => old.end('SIGKILL'))
  const acknowledged = [0, 1, 2, 3, 4].map(n => `before ${n}`)
  for (const subject of acknowledged) await sendOne(on, old.port, subject)

  const file = join(before.folder, 'relay.tar')
  let isSaving = true
  const saving = runCommandProcess(['backup', file, '--json'], before.folder).finally(() => {
    isSaving = false
  })
  let meanwhile = 0
  while (isSaving) await sendOne(on, old.port, `meanwhile ${meanwhile++}`)
  expect(await saving).toMatchObject({ status: 0, notes: '' })
  expect(meanwhile).toBeGreaterThan(0)
  expect(await old.end('SIGTERM')).toBe(0)

  const after = await machine(on, on.sink.port)
  const restored = await runCommandProcess(['restore', file], after.folder)
  expect(restored).toMatchObject({ status: 0, notes: '' })
  const young = await startRelayProcess(after.config, after.folder, on.zone)
  afterTest(() => young.end('SIGKILL'))
  expect((await runCommandProcess(['queue', 'retry', '--all'], after.folder)).status).toBe(0)
  // What was taken while the copy was made may be in it or not; what was acknowledged before is, and nothing goes out twice.
  const arrived = await subjectsAt(on, acknowledged)
  expect(arrived).toEqual(expect.arrayContaining(acknowledged))
  expect(new Set(arrived).size).toBe(arrived.length)
  const bounce = on.sink.messages[0]?.reversePath ?? ''
  const { rcpt } = await send(young.port, { from: '', to: [bounce], octets: plainMessage() })
  expect(rcpt).toEqual([expect.stringMatching(/^250 /)])
  expect(await young.end('SIGTERM')).toBe(0)
})
