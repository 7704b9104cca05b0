/** admins: people who use the pages of the admin listener. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { relay } from './command-line.ts'

let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'admins-'))
  const config = {
    hostname: 'relay.example',
    listeners: [{ name: 'mx', port: 0, tls: 'none' }],
    domains: { 'alias.example': {} },
  }
  writeFileSync(join(folder, 'relay.config.ts'), `export default ${JSON.stringify(config)}\n`)
})

afterEach(() => rmSync(folder, { recursive: true }))

function admins(args: readonly string[], input = '') {
  return relay(['admins', ...args, '--config', join(folder, 'relay.config.ts')], { input })
}

test('an account is made, listed, changed and removed', async () => {
  expect(await admins(['add', 'Ann'], 'a long password\n')).toMatchObject({
    status: 0,
    out: 'Ann: added as operator\n',
  })
  expect(await admins(['role', 'ann', 'reader'])).toMatchObject({ status: 0 })
  expect(await admins(['passwd', 'ann'], 'another password\n')).toMatchObject({ status: 0 })
  const listed = JSON.parse((await admins(['list', '--json'])).out)
  expect(listed).toMatchObject([{ name: 'Ann', role: 'reader' }])
  expect(await admins(['remove', 'ann'])).toMatchObject({ status: 0 })
  expect((await admins(['list'])).out).toBe('There are none.\n')
})

test('a second account of a name, a weak password and an unknown name are refused with a reason', async () => {
  await admins(['add', 'ann'], 'a long password\n')
  const twice = await admins(['add', 'ANN'], 'a long password\n')
  expect([twice.status, twice.notes]).toEqual([
    1,
    expect.stringContaining('there is an account of that name'),
  ])
  const weak = await admins(['add', 'bob'], 'short\n')
  expect([weak.status, weak.notes]).toEqual([2, expect.stringContaining('at least 8 characters')])
  const nobody = await admins(['passwd', 'bob'], 'a long password\n')
  expect([nobody.status, nobody.notes]).toEqual([1, expect.stringContaining('there is no such account')])
})
