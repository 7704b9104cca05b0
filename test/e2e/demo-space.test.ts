/** The demo in space, as a newcomer runs it. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const main = fileURLToPath(new URL('../demo/main.ts', import.meta.url))

test('the demo in space ends well, fits a terminal of 80 columns and shows no address that only a program can read', () => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [main, '--space'], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
  })
  expect(stderr).toBe('')
  expect(stdout).toMatch(/^All 6 checks hold/m)
  expect(status).toBe(0)
  expect(stdout.split('\n').filter(line => line.length > 80)).toEqual([])
  expect(stdout).not.toMatch(/b\+\w+-\d|127\.0\.0\.1/)
  // What happens is told where it happens, in that order.
  const told = [
    'an object of Earth comes in',
    'has the answer of Mars',
    'an object of Mars comes in',
    'reads the report',
  ]
  const places = told.map(text => stdout.indexOf(text))
  expect(places.every(at => at > 0)).toBe(true)
  expect(places).toEqual(places.toSorted((a, b) => a - b))
})
