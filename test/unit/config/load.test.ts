import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { defaultConfigFile } from '../../../src/config/config-file.ts'
import { loadConfig, parseConfig } from '../../../src/config/load.ts'
import { ConfigError } from '../../../src/config/problem.ts'
import { defineConfig } from '../../../src/config/schema.ts'
import { selfSignedCertificate } from '../../../src/receive/self-signed.ts'

const folder = mkdtempSync(join(tmpdir(), 'config-'))
afterAll(() => rmSync(folder, { recursive: true }))

const minimal = { hostname: 'relay.example', listeners: [{ name: 'mx', port: 25 }], domains: {} }

function parsed(input: unknown) {
  return parseConfig(input, { file: 'relay.config.ts', folder: '/etc/relay' })
}

/** The lines of the error, without the first one that names the file. */
function complaints(input: unknown): string[] {
  try {
    parsed(input)
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    return (error as Error).message
      .split('\n')
      .slice(1)
      .map(line => line.trim())
  }
  throw new Error('expected a ConfigError')
}

function domainWith(settings: object) {
  return { ...minimal, domains: { 'alias.example': settings } }
}

function listenerWith(settings: object) {
  return { ...minimal, listeners: [{ name: 'mx', port: 25, ...settings }] }
}

const mistakes: readonly [rule: string, config: unknown, complaint: string][] = [
  ['no configuration at all', null, 'the configuration: expected an object, found null'],
  [
    'an unknown setting',
    { ...minimal, hostnam: 'x' },
    'hostnam: unknown setting; expected one of hostname, dataDirectory',
  ],
  [
    'an unknown setting of a section',
    { ...minimal, queue: { retries: 3 } },
    'queue.retries: unknown setting; expected one of retrySeconds, thenEverySeconds',
  ],
  [
    'an unknown setting of a listener',
    listenerWith({ adress: '::' }),
    'listeners[0].adress: unknown setting; expected one of name, kind, address, port',
  ],
  [
    'an unknown setting of a domain',
    domainWith({ alias: {} }),
    'domains["alias.example"].alias: unknown setting; expected one of aliases, subaddresses, signing, admit',
  ],
  ['a missing setting', { ...minimal, hostname: undefined }, 'hostname: expected text, found nothing'],
  [
    'text for a number',
    { ...minimal, queue: { lifetimeSeconds: '5 days' } },
    "queue.lifetimeSeconds: expected a number, found '5 days'",
  ],
  [
    'a fraction',
    { ...minimal, delivery: { total: 1.5 } },
    'delivery.total: expected a whole number, found 1.5',
  ],
  [
    'a number below its bound',
    listenerWith({ port: -1 }),
    'listeners[0].port: expected a number of at least 0, found -1',
  ],
  [
    'a number above its bound',
    listenerWith({ port: 65_536 }),
    'listeners[0].port: expected a number of at most 65535, found 65536',
  ],
  ['an empty list', { ...minimal, listeners: [] }, 'listeners: expected at least 1 entry, found a list of 0'],
  [
    'a word that is none of the choices',
    listenerWith({ tls: 'ssl' }),
    "listeners[0].tls: expected one of 'starttls', 'implicit', 'none', found 'ssl'",
  ],
  [
    'a name of a listener that a log cannot carry',
    listenerWith({ name: 'MX 1' }),
    "listeners[0].name: expected a name of letters, digits and hyphens such as 'mx', found 'MX 1'",
  ],
  [
    'an address that is no IP address',
    listenerWith({ address: 'localhost' }),
    "listeners[0].address: expected an IP address such as 127.0.0.1 or ::, found 'localhost'",
  ],
  [
    'a domain that is none',
    { ...minimal, hostname: 'relay example' },
    "hostname: expected a domain name such as alias.example, found 'relay example'",
  ],
  [
    'a name of a domain that is none',
    { ...minimal, domains: { 'a b': {} } },
    'domains["a b"]: expected a domain name such as alias.example as the name',
  ],
  [
    'a target that is no address',
    domainWith({ aliases: { team: ['nobody'] } }),
    `domains["alias.example"].aliases.team[0]: expected an address such as someone@destination.example, found 'nobody'`,
  ],
  [
    'a target that no signature can carry',
    domainWith({ aliases: { team: ['"a;b"@x.example'] } }),
    `domains["alias.example"].aliases.team[0]: expected an address without ; , and white space: no signature could carry it, found '"a;b"@x.example'`,
  ],
  [
    'a target that is no text',
    domainWith({ aliases: { team: ['a@x.example', 5] } }),
    'domains["alias.example"].aliases.team[1]: expected text, found 5',
  ],
  [
    'an alias without targets',
    domainWith({ aliases: { team: [] } }),
    'domains["alias.example"].aliases.team: expected at least 1 entry, found a list of 0',
  ],
  [
    'an alias in the place of a bounce address',
    domainWith({ aliases: { 'b+x': ['a@x.example'] } }),
    `domains["alias.example"].aliases["b+x"]: expected a local part that does not begin with 'b+': those are the bounce addresses as the name`,
  ],
  [
    'an action that a verdict does not have',
    domainWith({ admit: { fail: 'defer' } }),
    `domains["alias.example"].admit.fail: expected one of 'reject', 'accept-without-hop', found 'defer'`,
  ],
  [
    'more signing keys than any signature has room for',
    domainWith({ signing: { selectors: [...'abcdefghi'] } }),
    'domains["alias.example"].signing.selectors: expected at most 8 entries, found a list of 9',
  ],
  [
    'a route of another kind',
    { ...minimal, routes: { 'x.example': 'smtp://host' } },
    `routes["x.example"]: expected 'file:FOLDER', found 'smtp://host'`,
  ],
  [
    'a route without a host',
    { ...minimal, routes: { 'x.example': { port: 25 } } },
    'routes["x.example"].host: expected text, found nothing',
  ],
  [
    'a route that is neither text nor an object',
    { ...minimal, routes: { 'x.example': 25 } },
    'routes["x.example"]: expected an object or text, found 25',
  ],
  [
    'a gateway without TLS',
    { ...minimal, routes: { 'mars.example': { url: 'http://gateway.mars.example/bsmtp' } } },
    "routes[\"mars.example\"].url: expected a URL such as 'https://gateway.mars.example/bsmtp': https, without user and fragment, found 'http://gateway.mars.example/bsmtp'",
  ],
  [
    'a name server that is none',
    { ...minimal, resolver: { servers: ['dns.example'] } },
    "resolver.servers[0]: expected a name server such as '192.0.2.53' or '127.0.0.1:5353', found 'dns.example'",
  ],
  [
    'a validating resolver without its address',
    { ...minimal, resolver: { validates: true } },
    'resolver.servers: expected the servers that validate, since `validates` is true, found nothing',
  ],
  [
    'a queue that outlives the signatures',
    { ...minimal, queue: { lifetimeSeconds: 15 * 86_400 } },
    'queue.lifetimeSeconds: expected at most 13 days (1123200): a signature is worth nothing after 14, found 1296000',
  ],
  [
    'two listeners of one name',
    {
      ...minimal,
      listeners: [
        { name: 'mx', port: 25 },
        { name: 'mx', port: 26 },
      ],
    },
    "listeners[1].name: expected a name of its own, found 'mx' as in listeners[0]",
  ],
]

describe('a mistake is told with its path, what was expected and what was found', () => {
  test.each(mistakes)('%s', (_rule, config, complaint) => {
    const lines = complaints(config)
    expect(lines).toHaveLength(1)
    expect(lines[0]?.startsWith(complaint), lines[0]).toBe(true)
  })

  test('all mistakes are told at once', () => {
    const lines = complaints({ ...minimal, hostname: 5, log: { level: 'loud' } })
    expect(lines.map(line => line.split(':')[0])).toEqual(['hostname', 'log.level'])
  })

  test('a private key in the wrong place is not printed', () => {
    const text = complaints({ ...minimal, hostname: '-----BEGIN PRIVATE KEY-----\nMC4CAQAw' }).join()
    expect(text).toContain('looks like a key')
    expect(text).not.toContain('MC4CAQAw')
  })
})

describe('never an open relay', () => {
  test.each(['0.0.0.0/0', '::/0', '0.0.0.0/1', '128.0.0.0/1', '0::/3', '10.0.0.0/7'])(
    'trusted clients of %s are refused',
    network => {
      expect(complaints(listenerWith({ trustedClients: [network] }))[0]).toMatch(
        /^listeners\[0\]\.trustedClients\[0\].*never an open relay/,
      )
    },
  )

  test.each(['127.0.0.1', '10.0.0.0/8', '192.0.2.0/24', '::1', 'fd00::/16', '2001:db8::/32'])(
    'trusted clients of %s are possible',
    network => {
      expect(parsed(listenerWith({ trustedClients: [network] })).listeners[0]?.trustedClients).toEqual([
        network,
      ])
    },
  )

  test.each(['192.0.2.0/33', '192.0.2.0/-1', 'fe80::1%eth0', '192.0.2.0/24/8', ''])(
    '%s is no network',
    network => {
      expect(complaints(listenerWith({ trustedClients: [network] }))[0]).toContain(
        'expected a network such as',
      )
    },
  )
})

describe('a valid configuration is completed', () => {
  test('defaults are filled in and folders are absolute', () => {
    const config = parsed({
      ...minimal,
      routes: { 'X.Example': 'file:./inbox', 'y.example': { host: 'mail.y.example' } },
    })
    expect(config.dataDirectory).toBe('/etc/relay/data')
    expect(config.keysDirectory).toBe('/etc/relay/keys')
    expect(config.routes).toEqual({
      'x.example': { kind: 'file', folder: '/etc/relay/inbox' },
      'y.example': { kind: 'smtp', host: 'mail.y.example', port: 25, tls: 'starttls-if-offered' },
    })
    expect(config.queue.retrySeconds).toEqual([60, 300, 900, 1_800, 3_600])
    expect(config.listeners[0]).toMatchObject({ address: '127.0.0.1', tls: 'starttls', trustedClients: [] })
  })

  test('domain names become lower-case A-labels', () => {
    const config = parsed({ ...minimal, domains: { 'Alias.Example': {}, 'bücher.example': {} } })
    expect(Object.keys(config.domains)).toEqual(['alias.example', 'xn--bcher-kva.example'])
  })

  test('it cannot be changed afterwards', () => {
    const config = parsed(domainWith({ aliases: { team: ['a@x.example'] } }))
    expect(Object.isFrozen(config.domains['alias.example']?.aliases.team)).toBe(true)
  })

  test('defineConfig returns what it was given', () => {
    expect(defineConfig(minimal)).toBe(minimal)
  })
})

describe('the HTTP listener', () => {
  test('there is none unless it is configured; then it listens on loopback', () => {
    expect(parsed(minimal).http).toBeUndefined()
    const http = { port: 8080, publicUrl: 'https://lists.example/lists/' }
    expect(parsed({ ...minimal, http }).http).toEqual({
      address: '127.0.0.1',
      port: 8080,
      publicUrl: 'https://lists.example/lists',
    })
  })

  test.each([
    'http://lists.example',
    'lists.example',
    'https://user@lists.example',
    'https://lists.example/?a=1',
    'https://lists.example/#a',
    'https://lists.example/a>b',
  ])('links in mail cannot begin with %s', publicUrl => {
    expect(complaints({ ...minimal, http: { port: 8080, publicUrl } })).toEqual([
      expect.stringMatching(/^http\.publicUrl: expected a URL such as 'https:/),
    ])
  })
})

describe('the admin listener', () => {
  test('there is none unless it is configured; then it listens on loopback', () => {
    expect(parsed(minimal).admin).toBeUndefined()
    expect(parsed({ ...minimal, admin: { port: 1 } }).admin).toMatchObject({
      address: '127.0.0.1',
      pages: true,
    })
  })

  test('passwords do not cross a network in the clear', () => {
    const admin = { address: '0.0.0.0', port: 1 }
    expect(complaints({ ...minimal, admin })).toEqual([
      expect.stringMatching(/^admin: expected a certificate, or pages: false/),
    ])
    expect(parsed({ ...minimal, admin: { ...admin, pages: false } }).admin).toMatchObject(admin)
  })
})

describe('a configuration file', () => {
  const schemaFile = pathToFileURL(resolve('src/config/schema.ts')).href

  function fileWith(name: string, text: string): string {
    const file = join(folder, name)
    writeFileSync(file, text)
    return file
  }

  test('the one of this repository is valid', async () => {
    const config = await loadConfig(defaultConfigFile)
    expect(config.routes['destination.example']).toEqual({ kind: 'file', folder: resolve('data/inbox') })
  })

  test('a TypeScript module is read as it is', async () => {
    const text = `import { defineConfig } from '${schemaFile}'\nconst port: number = 2525\nexport default defineConfig({ hostname: 'r.example', listeners: [{ name: 'mx', port }], domains: {} })\n`
    const config = await loadConfig(fileWith('good.config.ts', text))
    expect(config.listeners[0]?.port).toBe(2525)
    expect(config.dataDirectory).toBe(join(folder, 'data'))
  })

  test('the example of the README is valid', async () => {
    const [, example = ''] = /```ts\n([\s\S]*?)```/.exec(readFileSync('README.md', 'utf8')) ?? []
    const file = fileWith('readme.config.ts', example.replace('dkim2-relay/config', schemaFile))
    const module: { default: unknown } = await import(pathToFileURL(file).href)
    expect(Object.keys(parsed(module.default).domains)).toEqual(['alias.example'])
  })

  test.each([
    ['nothing.config.ts', undefined, 'no such configuration file'],
    ['syntax.config.ts', 'export default {', 'cannot be read'],
    [
      'empty.config.ts',
      'export const config = {}',
      "expected 'export default defineConfig({ ... })', found no default export",
    ],
    ['wrong.config.ts', 'export default { hostname: 5 }', 'hostname: expected text, found 5'],
  ])('%s is refused and named', async (name, text, complaint) => {
    const file = text === undefined ? join(folder, name) : fileWith(name, text)
    const failure = await loadConfig(file).catch((error: Error) => error)
    expect(failure).toBeInstanceOf(ConfigError)
    expect((failure as Error).message).toContain(name)
    expect((failure as Error).message).toContain(complaint)
  })

  test('a certificate that cannot be read, or is not that of its key, stops the start', async () => {
    const subject = { names: ['r.example'] as const, notBeforeMilliseconds: 1_763_000_000_000, days: 1 }
    const one = selfSignedCertificate(subject)
    const other = selfSignedCertificate(subject)
    fileWith('one.pem', one.cert)
    fileWith('one.key', one.key)
    fileWith('other.key', other.key)
    const withCertificate = (name: string, keyFile: string) =>
      fileWith(
        name,
        `export default { hostname: 'r.example', domains: {}, listeners: [{ name: 'mx', port: 25, certificate: { certificateFile: 'one.pem', keyFile: '${keyFile}' } }] }`,
      )
    await expect(loadConfig(withCertificate('a.config.ts', 'absent.key'))).rejects.toThrow(
      /listeners\[0\]\.certificate: .*absent\.key/,
    )
    await expect(loadConfig(withCertificate('b.config.ts', 'other.key'))).rejects.toThrow(
      /listeners\[0\]\.certificate: .*is not the key/,
    )
    const config = await loadConfig(withCertificate('c.config.ts', 'one.key'))
    expect(config.listeners[0]?.certificate).toEqual({
      certificateFile: join(folder, 'one.pem'),
      keyFile: join(folder, 'one.key'),
    })
  })
})

describe('a listener for submission', () => {
  const settings = { name: 'submission', port: 0, kind: 'submission' }
  const withListener = (listener: object) => ({ ...minimal, listeners: [{ ...settings, ...listener }] })
  const complaintsOf = (listener: object) => complaints(withListener(listener))

  test('has TLS: no password is taken without', () => {
    expect(parsed(withListener({})).listeners).toMatchObject([{ kind: 'submission', tls: 'starttls' }])
    expect(complaintsOf({ tls: 'none' })).toEqual([
      "listeners[0].tls: expected 'starttls' or 'implicit', because kind is 'submission': passwords need TLS",
    ])
  })

  test('trusts no network: its clients sign in', () => {
    expect(complaintsOf({ trustedClients: ['192.0.2.0/24'] })).toEqual([
      "listeners[0].trustedClients: expected none, because kind is 'submission': its clients sign in",
    ])
  })
})
