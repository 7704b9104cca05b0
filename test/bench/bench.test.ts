import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runBench } from './bench.ts'
import { allCases } from './cases.ts'
import { Children } from './child.ts'
import { MessagePool, mostMessages } from './message-pool.ts'

const key = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const kind = { sizeBytes: 4096, isSigned: true, recipient: 'team@alias.example', timestampSeconds: 1, key }

test('no message of a pool is handed out twice, however often it is filled', async () => {
  const pool = new MessagePool()
  const taken: string[] = []
  for (const messages of [3, 5]) {
    await pool.fill(kind, messages)
    for (let left = 2; left > 0; left--) taken.push(pool.take().toString('latin1'))
  }
  await pool.fill({ ...kind, isSigned: false }, 1)
  while (pool.size > 0) taken.push(pool.take().toString('latin1'))
  expect(taken).toHaveLength(5)
  expect(new Set(taken).size).toBe(5)
  expect(() => pool.take()).toThrow('no message of the pool is left')
})

test('a pool makes what is missing, and never more than its budget', async () => {
  const pool = new MessagePool()
  expect(await pool.fill(kind, 3)).toBe(3)
  expect(await pool.fill(kind, 4)).toBe(1)
  const large = { ...kind, sizeBytes: 65_536 }
  await expect(pool.fill(large, mostMessages(large) + 1)).rejects.toThrow(RangeError)
})

test('the bench sends signed messages through relay and plain path, each once, and all of them arrive', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'))
  const children = new Children(folder)
  const told: string[] = []
  try {
    const settings = {
      rounds: 1,
      secondsPerRun: 0.2,
      warmUpMessages: 240,
      pacedMessages: 5,
      relayNodeOptions: [],
    }
    const cases = allCases().filter(({ name }) => name === '4k-kept-10')
    const [result] = await runBench(cases, settings, {
      children,
      folder,
      progress: text => void told.push(text),
    })
    expect(result?.relay.runs[0]?.messagesPerSecond).toBeGreaterThan(0)
    expect(result?.plain.runs[0]?.messagesPerSecond).toBeGreaterThan(0)
    expect(result?.relay.latency?.median).toBeGreaterThan(0)
    expect(told).toContain('240 of 240 messages of 4096 octets are ready')
  } finally {
    await children.stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}, 60_000)
