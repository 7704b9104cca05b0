import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { campaign } from './campaign.ts'
import { foundFolder, targetOf } from './names.ts'
import { targets } from './targets.ts'

const limits = { seed: 20_251_113, maxMilliseconds: Number.POSITIVE_INFINITY, checksGrowth: false }

/** What takes a few microseconds gets more inputs than what checks signatures. */
const inputsOf = (name: string) =>
  /^(sign|revision)/.test(name) ? 100 : /^(fields|recipe|key|report|message)/.test(name) ? 500 : 3_000

describe('no octets from outside make their reader fail', () => {
  test.each(targets)('$name', async target => {
    const result = await campaign(target, { ...limits, maxInputs: inputsOf(target.name) })
    expect(result.findings.map(({ text }) => text)).toEqual([])
  })

  test('not even those that once did', async () => {
    const files = readdirSync(foundFolder).filter(file => file.endsWith('.bin'))
    for (const file of files) {
      const target = targets.find(({ name }) => name === targetOf(file))
      expect(target, `the target of ${file}`).toBeDefined()
      await target?.run(readFileSync(new URL(file, foundFolder)))
    }
  })
})

test('a seed decides every input', async () => {
  const [target] = targets
  if (!target) throw new Error('there are no targets')
  const inputs = [[], []] as Buffer[][]
  for (const list of inputs) {
    const before = (octets: Buffer) => list.push(Buffer.from(octets))
    await campaign(target, { ...limits, maxInputs: 200 }, { before })
  }
  expect(inputs[0]).toEqual(inputs[1])
})
