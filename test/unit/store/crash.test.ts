import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { openReader } from '../../support/database-beside.ts'
import { newFile, newStore } from './fixtures.ts'

const child = fileURLToPath(new URL('./crash-child.ts', import.meta.url))

/** Starts the child, kills it with SIGKILL after it has printed so many ids, and answers all that it printed. */
async function burst(file: string, atLeast: number): Promise<string[]> {
  const running = spawn(process.execPath, [child, file], { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  for await (const chunk of running.stdout) {
    text += chunk
    if (text.length >= atLeast * 12) running.kill('SIGKILL')
  }
  return text.split('\n').filter(line => line.length === 11)
}

describe('kill -9 in the middle of a burst', () => {
  test('everything that was answered is there, octet for octet, after each of several crashes', async () => {
    const file = newFile()
    const answered: string[] = []
    for (const atLeast of [300, 100, 600]) {
      answered.push(...(await burst(file, atLeast)))
      const reader = openReader(file)
      for (const queueId of answered) {
        expect(reader.message(queueId)?.octets?.equals(Buffer.from(queueId.repeat(600)))).toBe(true)
      }
      reader.close()
    }
    expect(answered.length).toBeGreaterThanOrEqual(1000)
    expect(new Set(answered).size).toBe(answered.length)
    const store = await newStore({ file })
    expect((await store.counts()).spooled).toBeGreaterThanOrEqual(answered.length)
  })

  test('is known to the next who opens it, and to nobody after that one has closed it', async () => {
    const file = newFile()
    expect((await newStore({ file: newFile() })).isAfterCrash).toBe(false)
    await burst(file, 1)
    const after = await newStore({ file })
    expect(after.isAfterCrash).toBe(true)
    await after.close()
    expect((await newStore({ file })).isAfterCrash).toBe(false)
  })
})
