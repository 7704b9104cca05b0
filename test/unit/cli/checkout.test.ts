/** What README's steps leave in a checkout concerns neither git nor the linter. */
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { nodeVersionProblem } from '../../../src/cli/node-version.ts'
import { programVersion } from '../../../src/cli/program-version.ts'
import { relay } from './command-line.ts'

const left = [
  'zone.json',
  'data/relay.sqlite',
  'data/inbox/1-0.eml',
  'data/try/zone.json',
  'keys/ed._domainkey.alias.example.pem',
]

test('the linter looks at none of it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'checkout-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const name of ['biome.json', 'package.json', 'tsconfig.json', 'relay.config.ts']) {
    copyFileSync(name, join(folder, name))
  }
  for (const name of ['data/inbox', 'data/try', 'keys']) mkdirSync(join(folder, name), { recursive: true })
  for (const name of left) writeFileSync(join(folder, name), '{"not":   "as the linter would have it" }')
  const { status, stdout, stderr } = spawnSync(
    resolve('node_modules/.bin/biome'),
    ['check', '--error-on-warnings'],
    {
      cwd: folder,
      encoding: 'utf8',
    },
  )
  expect(stdout + stderr).not.toContain('zone.json')
  expect(status).toBe(0)
})

test('git ignores all of it', () => {
  const ignored = execFileSync('git', ['check-ignore', '--no-index', ...left], { encoding: 'utf8' })
  expect(ignored.trim().split('\n')).toEqual(left)
})

test('--version prints the version of the package', async () => {
  expect(await relay(['--version'])).toMatchObject({ status: 0, out: `${programVersion()}\n`, notes: '' })
  expect(programVersion()).toMatch(/^\d+\.\d+\.\d+/)
})

test('an older Node is told in one line, a newer one is not', () => {
  expect(nodeVersionProblem('20.20.2')).toBe('dkim2-relay needs Node 24 or later; this is Node 20.20.2')
  expect(nodeVersionProblem('9.0.0')).toContain('needs Node 24')
  expect(nodeVersionProblem('24.0.0')).toBeUndefined()
  expect(nodeVersionProblem('100.1.0')).toBeUndefined()
})
