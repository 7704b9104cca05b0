/** Files of aliases and routes: what a line says, and how a wrong one is told. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { aliasLine, readAliasMap } from '../../../src/config/maps/alias-map.ts'
import { readRouteMap } from '../../../src/config/maps/route-map.ts'
import { foldedLocalPart, parseMailbox } from '../../../src/message/mailbox.ts'

const own = (domain: string) => domain === 'alias.example' || domain === 'xn--bcher-kva.example'

test('an alias is an address, white space, and the addresses that it leads to; comments and empty lines are nothing', async () => {
  const text =
    '# people\r\n\r\nteam@alias.example  a@x.example, b@y.example\nOps@Alias.example:\ta@x.example\n@bücher.example *@x.example'
  const { entries, bad } = await readAliasMap(text, own)
  expect(bad).toEqual([])
  expect([...entries]).toEqual([
    { domain: 'alias.example', localPart: 'team', targets: ['a@x.example', 'b@y.example'] },
    { domain: 'alias.example', localPart: 'ops', targets: ['a@x.example'] },
    { domain: 'xn--bcher-kva.example', localPart: '*', targets: ['*@x.example'] },
  ])
})

test.each([
  ['team a@x.example', 'expected an address such as team@alias.example'],
  ['team@foreign.example a@x.example', 'expected an address in a domain of the configuration'],
  ['b+x@alias.example a@x.example', "does not begin with 'b+'"],
  ['team@alias.example', 'expected addresses such as someone@destination.example, found nothing'],
  ['team@alias.example a@x.example,', 'found nothing'],
  ['team@alias.example a;b@x.example', "found 'a;b@x.example'"],
  ['team@alias.example \x1b[2J', 'found '],
  ['ok@alias.example c@x.example', 'expected each alias once'],
])('%j is told with its line, and the others are read', async (line, problem) => {
  const { entries, bad } = await readAliasMap(`ok@alias.example a@x.example\n${line}\n`, own)
  expect(bad).toEqual([{ line: 2, problem: expect.stringContaining(problem) }])
  expect(bad[0]?.problem).not.toContain('\x1b')
  expect(entries.size).toBe(1)
})

test('an address is read alike whatever its form: as a mailbox with its local part folded', async () => {
  const part = fc.stringMatching(/^[A-Za-z0-9._-]{1,12}$/)
  await fc.assert(
    fc.asyncProperty(part, part, async (localPart, label) => {
      const domain = `${label}.example`
      const address = `${localPart}@${domain}`
      const { entries } = await readAliasMap(`${address} ${address}\n`, () => true)
      const mailbox = parseMailbox(address)
      const expected = mailbox && [
        { domain: mailbox.domain, localPart: foldedLocalPart(mailbox.localPart), targets: [address] },
      ]
      expect([...entries]).toEqual(expected ?? [])
    }),
  )
})

test('what is written is read again as it was', async () => {
  const lines = [
    aliasLine({ localPart: 'team', domain: 'alias.example' }, ['a@x.example', 'b@y.example']),
    aliasLine({ localPart: '*', domain: 'alias.example' }, ['*@x.example']),
  ]
  const { entries } = await readAliasMap(lines.join(''), own)
  expect([...entries].map(({ targets, ...key }) => aliasLine(key, targets))).toEqual(lines)
})

test('a route is a domain and a host with its port and TLS, or a folder', () => {
  const text = [
    'A.example mail.a.example',
    'b.example: mail.b.example:2525 starttls-required',
    'c.example [2001:db8::1]:26',
    'd.example file:inbox',
  ].join('\n')
  const { routes, bad } = readRouteMap(text, '/etc/relay')
  expect(bad).toEqual([])
  expect(Object.fromEntries(routes)).toEqual({
    'a.example': { kind: 'smtp', host: 'mail.a.example', port: 25, tls: 'starttls-if-offered' },
    'b.example': { kind: 'smtp', host: 'mail.b.example', port: 2525, tls: 'starttls-required' },
    'c.example': { kind: 'smtp', host: '2001:db8::1', port: 26, tls: 'starttls-if-offered' },
    'd.example': { kind: 'file', folder: '/etc/relay/inbox' },
  })
})

test.each([
  ['a.example mail.a.example:99999', 'expected host, host:port'],
  ['a.example mail.a.example tls', 'starttls-required'],
  ['a.example', 'found nothing'],
  ['-bad- mail.a.example', 'expected a domain such as'],
  ['ok.example mail.b.example', 'expected each domain once'],
])('the route %j is told with its line', (line, problem) => {
  const { bad } = readRouteMap(`ok.example mail.a.example\n${line}`, '/')
  expect(bad).toEqual([{ line: 2, problem: expect.stringContaining(problem) }])
})
