/** init: from nothing to a configuration that the relay starts with. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { firstSettings, jsonConfigText, moduleConfigText } from '../../../src/cli/init/settings.ts'
import { loadConfig } from '../../../src/config/load.ts'
import type { RelayConfigInput } from '../../../src/config/schema.ts'
import { runCommandProcess } from '../../support/run-command.ts'
import { relay } from './command-line.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'init-'))
  writeFileSync(join(folder, 'empty.json'), '{}')
})

afterEach(() => rmSync(folder, { recursive: true }))

const named = ['--hostname', 'relay.alias.example', '--domain', 'Alias.example']

function initJson(...args: string[]): string[] {
  const places = ['--config', join(folder, 'relay.config.json'), '--state', folder]
  return ['init', '--dns', join(folder, 'empty.json'), '--json', ...places, ...args]
}

function writtenJson() {
  return JSON.parse(readFileSync(join(folder, 'relay.config.json'), 'utf8'))
}

describe('by options', () => {
  test('configuration, folders and keys are made, the zone is printed, and check looks it over', async () => {
    const aliases = [
      '--alias',
      'team@alias.example=one@x.example,two@y.example',
      '--alias',
      '*@alias.example=all@x.example',
    ]
    const run = await relay(initJson('--yes', ...named, ...aliases, '--postmaster', 'me@x.example'))
    expect(run).toMatchObject({ status: 0, notes: '' })
    const report = JSON.parse(run.out)
    expect(report).toMatchObject({
      files: [join(folder, 'relay.config.json')],
      keysDirectory: join(folder, 'keys'),
      check: { problems: [], remarks: [] },
    })
    for (const line of [
      'ed._domainkey.alias.example. IN TXT',
      'alias.example. IN MX 10 relay.alias.example.',
    ]) {
      expect(report.zone).toContain(line)
    }
    expect(readdirSync(join(folder, 'keys')).filter(file => file.endsWith('.pem'))).toHaveLength(2)
    for (const name of ['data', 'keys']) expect(statSync(join(folder, name)).mode & 0o077).toBe(0)
    const config = await loadConfig(join(folder, 'relay.config.json'))
    expect(config.listeners).toMatchObject([
      { name: 'mx', address: '::', port: 25, tls: 'starttls' },
      { name: 'smtps', address: '::', port: 842, tls: 'implicit' },
    ])
    expect(config.domains['alias.example']?.aliases).toEqual({
      team: ['one@x.example', 'two@y.example'],
      '*': ['all@x.example'],
    })
  })

  test('JSON names a schema that is there and takes it', async () => {
    await relay(initJson('--yes', '--no-check', ...named))
    const { $schema, ...settings } = writtenJson()
    const published = z.fromJSONSchema(JSON.parse(readFileSync(resolve(folder, $schema), 'utf8')))
    expect(published.safeParse({ $schema, ...settings }).error).toBeUndefined()
  })

  test('a module is written for a user of the package, with a package.json that makes it one', async () => {
    const args = ['init', '--yes', ...named, '--dns', 'empty.json']
    const run = await runCommandProcess(args, folder)
    expect(run).toMatchObject({ status: 0, notes: '' })
    expect(run.out).toContain('relay.config.ts is valid.')
    expect(run.out.endsWith('Next: dkim2-relay start\n')).toBe(true)
    expect(readFileSync(join(folder, 'relay.config.ts'), 'utf8')).toContain("from 'dkim2-relay/config'")
    expect(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))).toMatchObject({ type: 'module' })
    // It is read again without a warning of Node.
    expect(await runCommandProcess(['keys', 'list'], folder)).toMatchObject({ status: 0, notes: '' })
  })

  test.each([
    [['--hostname', 'no name'], '--hostname no name: expected a domain name'],
    [[...named, '--postmaster', 'nobody'], '--postmaster nobody: expected an address such as'],
    [[...named, '--port', '70000'], '--port 70000: expected a TCP port'],
    [
      [...named, '--alias', 'team@other.example=a@x.example'],
      '--alias team@other.example=a@x.example: expected ADDRESS',
    ],
    [
      [...named, '--alias', 'team@alias.example=nobody'],
      'expected an address such as someone@destination.example',
    ],
    [[...named, '--certificate', 'a.pem'], '--certificate and --certificate-key go together'],
    [['--domain', 'alias.example'], 'give it with --hostname'],
  ])('%j is refused with words, and nothing is written', async (args, complaint) => {
    const run = await relay(initJson('--yes', ...args))
    expect(run.status).toBe(2)
    expect(run.notes).toContain(complaint)
    expect(readdirSync(folder)).toEqual(['empty.json'])
  })

  test('a certificate that is not there is told, and leaves no configuration behind', async () => {
    const files = ['--certificate', join(folder, 'no.pem'), '--certificate-key', join(folder, 'no.key')]
    const run = await relay(initJson('--yes', ...named, ...files))
    expect(run.status).toBe(2)
    expect(run.notes).toContain('listeners[0].certificate: expected a certificate')
    expect(existsSync(join(folder, 'relay.config.json'))).toBe(false)
  })

  test('a configuration that is there is never overwritten', async () => {
    const file = join(folder, 'relay.config.json')
    writeFileSync(file, 'precious')
    const run = await relay(initJson('--yes', ...named))
    expect(run).toMatchObject({ status: 2, notes: `${file}: is already there and is never overwritten\n` })
    expect(readFileSync(file, 'utf8')).toBe('precious')
  })

  test("somebody's package.json is not changed: without type module only JSON is written beside it", async () => {
    const packageFile = join(folder, 'package.json')
    writeFileSync(packageFile, '{ "name": "mine" }')
    const refused = await relay(['init', '--yes', ...named, '--config', join(folder, 'relay.config.ts')])
    expect(refused.status).toBe(2)
    expect(refused.notes).toContain('has no "type": "module"')
    expect((await relay(initJson('--yes', '--no-check', ...named))).status).toBe(0)
    expect(readFileSync(packageFile, 'utf8')).toBe('{ "name": "mine" }')
  })
})

describe('by questions', () => {
  test('what no option says is asked for; an answer that does not fit is asked for again', async () => {
    const answers = [
      'relay alias',
      'relay.alias.example',
      'a.example, b.example',
      'nothing',
      'team=one@x.example',
      '',
      '',
      '',
      '127.0.0.1',
      'x',
      '2525',
      '0',
    ]
    const run = await relay(initJson('--no-check'), { input: `${answers.join('\n')}\n` })
    expect(run.status).toBe(0)
    expect(run.notes).toContain('expected a domain name such as alias.example')
    expect(run.notes).toContain('expected NAME=TARGET,TARGET such as')
    expect(run.notes).toContain('expected a TCP port')
    expect(writtenJson()).toMatchObject({
      hostname: 'relay.alias.example',
      listeners: [{ name: 'mx', address: '127.0.0.1', port: 2525 }],
      domains: { 'a.example': { aliases: { team: ['one@x.example'] } }, 'b.example': { aliases: {} } },
    })
    expect(writtenJson()).not.toHaveProperty('postmaster')
  })

  test('an input that ends names the option instead of waiting', async () => {
    const run = await relay(initJson('--hostname', 'relay.alias.example'), { input: '' })
    expect(run.status).toBe(2)
    expect(run.notes).toContain('no answer: give it with --domain')
  })

  test('an input that never fits and never ends is given up', async () => {
    const run = await relay(initJson(), { input: 'no name\n'.repeat(10_001) })
    expect(run).toMatchObject({ status: 2, notes: expect.stringContaining('more than 10000 answers') })
  })
})

test('the text of a module says exactly the settings that it was made of', () => {
  const text = fc.string({ unit: 'binary' })
  const domains = fc.dictionary(text, fc.record({ aliases: fc.dictionary(text, fc.array(text)) }))
  fc.assert(
    fc.property(text, domains, (hostname, some) => {
      const settings: RelayConfigInput = { hostname, listeners: [{ name: 'mx', port: 25 }], domains: some }
      const body = moduleConfigText(settings)
        .replace(/^import .*$/m, '')
        .replace('export default', 'return')
      const read = new Function('defineConfig', body)((config: unknown) => config)
      expect(JSON.stringify(read)).toBe(JSON.stringify(settings))
    }),
  )
})

// After a change: npx vitest run test/unit/cli/init.test.ts --update
test('examples/ holds what init writes', async () => {
  const settings = firstSettings(
    {
      hostname: 'relay.alias.example',
      domains: ['alias.example'],
      aliases: [
        {
          domain: 'alias.example',
          localPart: 'team',
          targets: ['first@destination.example', 'second@other.example'],
        },
        { domain: 'alias.example', localPart: '*', targets: ['archive@destination.example'] },
      ],
      postmaster: 'admin@destination.example',
      address: '::',
      port: 25,
      tlsPort: 842,
    },
    {
      dataDirectory: '/var/lib/dkim2-relay/data',
      keysDirectory: '/var/lib/dkim2-relay/keys',
      certificate: { certificateFile: '/etc/dkim2-relay/cert.pem', keyFile: '/etc/dkim2-relay/key.pem' },
    },
  )
  await expect(moduleConfigText(settings)).toMatchFileSnapshot('../../../examples/relay.config.ts')
  await expect(jsonConfigText(settings, '../relay.config.schema.json')).toMatchFileSnapshot(
    '../../../examples/relay.config.json',
  )
})
