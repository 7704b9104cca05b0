/** The file of a configuration: TypeScript or JSON, and where it is wrong if it cannot be read. */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { jsonFaultPosition, lineAndColumn } from '../../../src/config/json-fault.ts'
import { jsonSchemaText } from '../../../src/config/json-schema.ts'
import { loadConfig } from '../../../src/config/load.ts'
import { ConfigError } from '../../../src/config/problem.ts'
import { runCommandProcess } from '../../support/run-command.ts'

const folder = mkdtempSync(join(tmpdir(), 'config-file-'))
afterAll(() => rmSync(folder, { recursive: true }))
writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n')

function fileWith(name: string, text: string): string {
  const file = join(folder, name)
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(file, text)
  return file
}

async function failureOf(file: string): Promise<string> {
  const failure = await loadConfig(file).catch((error: Error) => error)
  expect(failure).toBeInstanceOf(ConfigError)
  return (failure as Error).message
}

const settings = { hostname: 'r.example', listeners: [{ name: 'mx', port: 2525 }], domains: {} }

describe('JSON', () => {
  test('is read as a module is, with $schema for editors', async () => {
    const file = fileWith('good.json', `\uFEFF${JSON.stringify({ $schema: './any.json', ...settings })}`)
    const config = await loadConfig(file)
    expect(config).toMatchObject({ hostname: 'r.example', dataDirectory: join(folder, 'data') })
  })

  test('a mistake in it is told with its place, as in a module', async () => {
    const file = fileWith('wrong.json', JSON.stringify({ ...settings, hostnam: 'x', $schem: 'y' }))
    const message = await failureOf(file)
    expect(message).toContain('hostnam: unknown setting; expected one of hostname, dataDirectory')
    expect(message).toContain('$schem: unknown setting')
  })

  test('$schema is no setting of a module', async () => {
    const text = `export default ${JSON.stringify({ $schema: 'x', ...settings })}\n`
    expect(await failureOf(fileWith('schema.config.ts', text))).toContain('$schema: unknown setting')
  })

  test('relay.config.json stands in for a relay.config.ts that is missing, and only then', async () => {
    fileWith('both/relay.config.json', JSON.stringify({ ...settings, hostname: 'json.example' }))
    const file = join(folder, 'both/relay.config.ts')
    expect((await loadConfig(file)).hostname).toBe('json.example')
    fileWith('both/relay.config.ts', `export default ${JSON.stringify(settings)}\n`)
    expect((await loadConfig(file)).hostname).toBe('r.example')
  })

  test.each([
    [
      'a comma too many',
      '{\n  "hostname": "r",\n}',
      '3:1: cannot be read: Expected double-quoted property name',
    ],
    [
      'a word that is none',
      '{\n  "hostname": tru,\n  "x": 1\n}',
      "2:18: cannot be read: Unexpected token ','",
    ],
    ['an end too early', '{\r\n  "hostname": [1,', '2:18: cannot be read: Unexpected end of JSON input'],
    ['a quote that is missing', '{\n  "hostname": "r\n}', '2:17: cannot be read: Bad control character'],
    ['nothing', '', '1:1: cannot be read: Unexpected end of JSON input'],
  ])('%s is told with line and column', async (_, text, complaint) => {
    const message = await failureOf(fileWith('fault.json', text))
    expect(message).toContain(`fault.json:${complaint}`)
  })

  test('a character that cannot stand where it is, is found wherever it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(), (value, at) => {
        const tokens = JSON.stringify({ value }, undefined, 1).split(/(?<=[,:[{])|(?=[\]}])/)
        const cut = 1 + (at % (tokens.length - 1))
        const before = tokens.slice(0, cut).join('')
        const text = `${before}@${tokens.slice(cut).join('')}`
        try {
          JSON.parse(text)
        } catch (error) {
          expect(jsonFaultPosition(text, error as Error)).toBe(before.length)
          return
        }
        // Only inside of a text may it stand anywhere.
        expect(JSON.stringify(value)).toMatch(/[,:[\]{}]/)
      }),
    )
  })

  test('lines end with LF, CRLF or CR', () => {
    expect(lineAndColumn('a\r\nb\nc\rdef', 9)).toBe('4:3')
  })
})

describe('a module', () => {
  /** As a person is told: the runner of the tests imports modules in a way of its own, Node does it in another process. */
  async function toldOf(file: string): Promise<string> {
    const ran = await runCommandProcess(['keys', 'list', '--config', file], folder)
    expect(ran).toMatchObject({ status: 2, out: '' })
    return ran.notes
  }

  test.each([
    [
      'TypeScript',
      'comma.config.ts',
      "export default {\n  hostname: 'a'\n  listeners: [],\n}\n",
      ':3:3: cannot be read: ',
      '\n    listeners: [],\n    ^^^^^^^^^',
    ],
    [
      'JavaScript',
      'bracket.config.js',
      "export default {\n  hostname: 'a',\n  listeners: [}\n",
      ":3:15: cannot be read: Unexpected token '}'",
      '\n    listeners: [}\n                ^',
    ],
  ])(
    'a fault of syntax in %s is told with file, line, column and the line itself',
    async (_, name, text, place, shown) => {
      const message = await toldOf(fileWith(name, text))
      expect(message).toContain(`${name}${place}`)
      expect(message).toContain(shown)
    },
  )

  test('a fault in a file that it imports is told with the name of that', async () => {
    fileWith('aliases.ts', 'export const aliases = {\n  team: [,\n')
    const text = "import { aliases } from './aliases.ts'\nexport default { aliases }\n"
    expect(await toldOf(fileWith('imports.config.ts', text))).toMatch(
      /^\S+\/aliases\.ts:2:11: cannot be read: .*\n {4}team: \[,\n {12}\^\n$/,
    )
  })

  test('a fault while it runs is told with line and column', async () => {
    const file = fileWith('runs.config.ts', 'export default {\n  hostname: nobody.name,\n}\n')
    expect(await toldOf(file)).toBe(`${realpathSync(file)}:2:13: cannot be read: nobody is not defined\n`)
  })

  test('an import that is not there is named', async () => {
    const file = fileWith('absent.config.ts', "import { a } from './nowhere.ts'\nexport default a\n")
    expect(await toldOf(file)).toContain('nowhere.ts')
  })

  test("'dkim2-relay/config' can be imported from a folder where nothing is installed", async () => {
    const source = `import { defineConfig } from 'dkim2-relay/config'\nexport default defineConfig(${JSON.stringify(settings)})\n`
    fileWith('user/relay.config.ts', source)
    const ran = await runCommandProcess(['keys', 'list', '--json'], join(folder, 'user'))
    expect(ran).toMatchObject({ status: 0, out: '[]\n', notes: '' })
  })
})

describe('the published schema', () => {
  // After a change of a setting: npx vitest run test/unit/config/config-file.test.ts --update
  test('relay.config.schema.json is made from the settings', async () => {
    await expect(jsonSchemaText()).toMatchFileSnapshot('../../../relay.config.schema.json')
  })

  test('it takes what the relay takes, and refuses a name that is no setting', () => {
    const published = z.fromJSONSchema(JSON.parse(readFileSync('relay.config.schema.json', 'utf8')))
    expect(published.safeParse({ $schema: 'x', ...settings }).error).toBeUndefined()
    expect(published.safeParse({ ...settings, hostnam: 'x' }).success).toBe(false)
    expect(published.safeParse({ ...settings, hostname: 5 }).success).toBe(false)
  })
})
