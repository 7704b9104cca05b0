/** tokens: shown once, kept as a hash, and gone when revoked. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { relay, usualNow } from './command-line.ts'

let folder = ''
const before = process.cwd()
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tokens-'))
  process.chdir(folder)
  writeFileSync(
    'relay.config.ts',
    `export default { hostname: 'relay.alias.example', listeners: [{ name: 'mx', port: 0 }], domains: { 'alias.example': {} } }`,
  )
})
afterEach(() => {
  process.chdir(before)
  rmSync(folder, { recursive: true })
})

const tokens = (...args: string[]) => relay(['tokens', ...args])

test('a token is printed once, listed without its secret, and revoked by its name', async () => {
  const made = await tokens('add', 'dashboard', '--scope', 'read', '--scope', 'queue', '--expires', '30d')
  expect(made.out).toMatch(/^dkim2-relay-1-[A-Za-z0-9_-]{43}\n$/)
  expect(made.notes).toContain('dashboard: may read, queue, until 20')
  const listed = JSON.parse((await tokens('list', '--json')).out)
  expect(listed).toEqual([
    {
      name: 'dashboard',
      scopes: ['read', 'queue'],
      createdAt: new Date(usualNow).toISOString(),
      expiresAt: new Date(usualNow + 30 * 86_400_000).toISOString(),
      isExpired: false,
      usedAt: null,
    },
  ])
  const secret = made.out.trim().slice(-43)
  expect(readFileSync('data/relay.sqlite').includes(secret)).toBe(false)
  expect((await tokens('revoke', 'Dashboard')).out).toBe('Dashboard: revoked\n')
  expect((await tokens('list')).out).toBe('There are none.\n')
  expect(await tokens('revoke', 'dashboard')).toMatchObject({ status: 1, out: 'dashboard: no such token\n' })
})

test('one without a scope, of a name that is taken, or with a nonsense time is refused', async () => {
  expect((await tokens('add', 'x')).notes).toContain('expected --scope, one or more of read, queue')
  expect((await tokens('add', 'x', '--scope', 'root')).notes).toContain('expected one of read')
  expect((await tokens('add', 'x\ny', '--scope', 'read')).status).toBe(2)
  expect((await tokens('add', 'x', '--scope', 'read', '--expires', '0d')).status).toBe(2)
  await tokens('add', 'x', '--scope', 'read', '--expires', 'never')
  expect(await tokens('add', 'X', '--scope', 'read')).toMatchObject({ status: 1 })
  expect((await tokens('list')).out).toMatch(/x +read +never +never/)
})

test('one whose time is over says so', async () => {
  await tokens('add', 'short', '--scope', 'read', '--expires', '1')
  const later = await relay(['tokens', 'list'], { now: usualNow + 86_400_000 })
  expect(later.out).toContain('(over)')
})
