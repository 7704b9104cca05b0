/** --server: what is refused before anything is sent, and which commands have it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { newSecret, tokenText } from '../../../src/accounts/api-token.ts'
import { relay } from './command-line.ts'

let folder = ''
let tokenFile = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'server-option-'))
  tokenFile = join(folder, 'token')
  const secret = newSecret(octets => Buffer.alloc(octets, 1))
  writeFileSync(tokenFile, `${tokenText({ id: 1, secret })}\n`, { mode: 0o600 })
})
afterEach(() => rmSync(folder, { recursive: true }))

test.each([
  ['relay.example', 'expected a URL'],
  ['https://relay.example/api/v1', 'without a path'],
  ['https://ann:secret@relay.example', 'without a path'],
  ['http://relay.example:9842', 'the token would go over the network in clear'],
  ['http://127.0.0.1.evil.example', 'the token would go over the network in clear'],
  ['ftp://relay.example', 'expected a URL'],
])('%s is refused', async (server, words) => {
  const { status, notes } = await relay(['status', '--server', server, '--token-file', tokenFile])
  expect([status, notes]).toEqual([2, expect.stringContaining(words)])
  expect(notes).not.toContain('secret')
})

test('where nobody listens it says so', async () => {
  const args = ['hops', 'list', '--server', 'http://127.0.0.1:1', '--token-file', tokenFile]
  const { status, notes } = await relay(args)
  expect([status, notes]).toEqual([
    1,
    expect.stringMatching(/^http:\/\/127.0.0.1:1 cannot be asked: .*ECONNREFUSED/),
  ])
})

test.each([
  ['start'],
  ['check'],
  ['backup'],
  ['tokens list'],
  ['admins list'],
  ['users import'],
  ['keys list'],
  ['verify'],
])('%s works on this machine only, and says so', async name => {
  const { status, notes } = await relay([...name.split(' '), '--server', 'https://relay.example'])
  expect([status, notes]).toEqual([2, `${name} works on this machine only: leave --server away\n`])
})
