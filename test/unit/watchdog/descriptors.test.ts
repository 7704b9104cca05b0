import { expect, test } from 'vitest'
import { DescriptorWatch } from '../../../src/watchdog/descriptors.ts'
import { RecordingLog } from '../../support/recording-log.ts'

function watched() {
  const log = new RecordingLog()
  const now = { milliseconds: 0, code: '' }
  const watch = new DescriptorWatch({
    log,
    clock: () => now.milliseconds,
    open: async () => {
      if (now.code !== '') throw Object.assign(new Error(`${now.code}: cannot open`), { code: now.code })
    },
  })
  return { now, watch, levels: () => log.lines.map(({ level }) => level) }
}

test('that descriptors are used up is told once a minute, and once that there are some again', async () => {
  const { now, watch, levels } = watched()
  await watch.look()
  expect(levels()).toEqual([])
  now.code = 'EMFILE'
  for (now.milliseconds = 0; now.milliseconds < 60_000; now.milliseconds += 1_000) await watch.look()
  expect(levels()).toEqual(['error'])
  await watch.look()
  expect(levels()).toEqual(['error', 'error'])
  now.code = ''
  await watch.look()
  await watch.look()
  expect(levels()).toEqual(['error', 'error', 'info'])
})

test.each([
  ['EMFILE', ['error']],
  ['ENFILE', ['error']],
  ['EACCES', []],
  ['ENOENT', []],
])('a failure with %s is told where it means that none are left', async (code, expected) => {
  const { now, watch, levels } = watched()
  now.code = code
  await watch.look()
  expect(levels()).toEqual(expected)
})
