import { expect, test } from 'vitest'
import type { Step } from '../../../src/dkim2/model.ts'
import { RestoredBodies } from '../../../src/dkim2/restored-bodies.ts'

const body = Buffer.from('one\r\ntwo\r\nthree\r\n')
const firstTwo = (): Step[] => [{ kind: 'copy', from: 1, to: 2 }]

test('the same recipe of the same body is applied once: its hashes are kept by its octets', () => {
  const restored = new RestoredBodies()
  const first = restored.apply(body, firstTwo())
  expect(first?.toString()).toBe('one\r\ntwo\r\n')
  expect(restored.apply(body, firstTwo())).toBe(first)
})

test('another recipe, or another body, is not taken for it', () => {
  const restored = new RestoredBodies()
  restored.apply(body, firstTwo())
  const data = (text: string): Step[] => [{ kind: 'data', items: [Buffer.from(text)] }]
  expect(restored.apply(body, data('c1-2'))?.toString()).toBe('c1-2\r\n')
  expect(restored.apply(body, data('x'))?.toString()).toBe('x\r\n')
  expect(restored.apply(Buffer.from(body), firstTwo())?.toString()).toBe('one\r\ntwo\r\n')
  expect(restored.apply(body, [{ kind: 'copy', from: 3, to: 9 }])).toBeUndefined()
})
