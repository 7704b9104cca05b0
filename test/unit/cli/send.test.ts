import { expect, test } from 'vitest'
import { relay } from './command-line.ts'

test('send says where nobody answers, and what would be right', async () => {
  // Port 1 (tcpmux): nobody listens.
  const sent = await relay([
    'send',
    '--from',
    'a@x.example',
    '--to',
    'b@x.example',
    '--server',
    '127.0.0.1:1',
  ])
  expect(sent.status).toBe(1)
  expect(sent.out).toMatch(
    /^no reply from 127\.0\.0\.1:1: .*ECONNREFUSED.*--server HOST:PORT names another\n$/,
  )
})
