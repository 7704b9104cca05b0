import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { zoneFileResolver } from '../../../src/dns/zone-file-resolver.ts'

let folder = ''
let now = 0
let problems: string[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zone-'))
  now = 1_000_000
  problems = []
})
afterEach(() => rmSync(folder, { recursive: true }))

const file = () => join(folder, 'zone.json')

/** As whoever synchronises it does. */
function put(text: string): void {
  writeFileSync(join(folder, 'next'), text)
  renameSync(join(folder, 'next'), file())
}

function zone(text: string): string {
  return JSON.stringify({ 'mars.example': { '@': [['txt', text]] } })
}

const open = () =>
  zoneFileResolver({
    file: file(),
    clock: () => now,
    lookEveryMilliseconds: 1_000,
    maxOctets: 1_000,
    onProblem: error => problems.push(error.message),
  })

test('answers from the file, and from a new one once it is looked at again', async () => {
  put(zone('one'))
  const resolver = await open()
  expect(await resolver.txt('mars.example')).toMatchObject({ records: ['one'] })
  put(zone('other'))
  expect(await resolver.txt('mars.example')).toMatchObject({ records: ['one'] })
  now += 1_000
  expect(await resolver.txt('mars.example')).toMatchObject({ records: ['other'] })
  expect(await resolver.txt('earth.example')).toMatchObject({ kind: 'absent' })
})

test.each([
  ['that is no JSON', '{'],
  ['that is no zone', '{"mars.example": 1}'],
  ['that is too large', zone('x'.repeat(2_000))],
])('a file %s leaves the records before in force, and is told', async (_what, text) => {
  put(zone('one'))
  const resolver = await open()
  put(text)
  now += 1_000
  expect(await resolver.txt('mars.example')).toMatchObject({ records: ['one'] })
  expect(problems).toHaveLength(1)
  expect(problems[0]).toContain(file())
})

test('without a file it does not begin', async () => {
  await expect(open()).rejects.toThrow(file())
})
