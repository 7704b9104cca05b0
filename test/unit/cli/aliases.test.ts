/** aliases: what each subcommand changes, and what it refuses. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { relay } from './command-line.ts'

let folder = ''
const before = process.cwd()
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aliases-'))
  process.chdir(folder)
  writeFileSync('map', 'mapped@alias.example m@x.example\n')
  writeFileSync(
    'relay.config.ts',
    `export default {
      hostname: 'relay.alias.example',
      listeners: [{ name: 'mx', port: 0 }],
      domains: { 'alias.example': { aliases: { team: ['a@x.example'] } } },
      maps: { aliases: ['file:map'] },
    }`,
  )
})
afterEach(() => {
  process.chdir(before)
  rmSync(folder, { recursive: true })
})

const aliases = (...args: string[]) => relay(['aliases', ...args])
const exported = async () => (await aliases('export')).out

describe('one alias', () => {
  test('is added to, set, and removed in part or as a whole; each address once', async () => {
    await aliases('add', 'Sales@alias.example', 'a@x.example', '<A@X.example>')
    expect(await exported()).toBe('sales@alias.example a@x.example\n')
    await aliases('add', 'sales@alias.example', 'b@x.example')
    expect(await exported()).toBe('sales@alias.example a@x.example, b@x.example\n')
    await aliases('remove', 'sales@alias.example', 'A@x.example')
    expect(await exported()).toBe('sales@alias.example b@x.example\n')
    const set = await aliases('set', 'sales@alias.example', 'c@x.example', '--json')
    expect(JSON.parse(set.out)).toEqual({ alias: 'sales@alias.example', targets: ['c@x.example'] })
    await aliases('remove', 'sales@alias.example')
    expect(await exported()).toBe('')
    expect((await aliases('remove', 'sales@alias.example')).status).toBe(1)
  })

  test('may be the catch-all of a domain', async () => {
    await aliases('set', '@alias.example', '*@other.example')
    expect(await exported()).toBe('@alias.example *@other.example\n')
  })

  test.each([
    [['set', 'team@alias.example', 'b@x.example'], 1, 'the configuration has an alias of this name'],
    [['set', 'news@alias.example', 'b@x.example'], 1, 'there is a list of this name'],
    [['set', 'loop@alias.example', 'loop@alias.example'], 1, 'alias loop: loop@alias.example'],
    [['set', 'x@foreign.example', 'b@x.example'], 2, 'the domains are alias.example'],
    [['set', 'b+x@alias.example', 'b@x.example'], 2, "does not begin with 'b+'"],
    [['set', 'x@alias.example', 'nobody'], 2, "found 'nobody'"],
  ])('%j is refused and changes nothing', async (args, status, complaint) => {
    await relay(['lists', 'create', 'news@alias.example', '--owner', 'o@x.example'])
    const run = await aliases(...args)
    expect(run.status).toBe(status)
    expect(run.notes).toContain(complaint)
    expect(await exported()).toBe('')
  })

  test('that leads to an own address that is not there is set, with a remark', async () => {
    const run = await aliases('set', 'sales@alias.example', 'absent@alias.example')
    expect(run).toMatchObject({ status: 0, notes: 'no alias absent@alias.example here\n' })
  })

  test('is in the way of a list of its name', async () => {
    await aliases('set', 'sales@alias.example', 'a@x.example')
    const run = await relay(['lists', 'create', 'sales@alias.example', '--owner', 'o@x.example'])
    expect(run.notes).toContain('there is an alias of this name')
  })
})

describe('a file', () => {
  test('is set as a whole, and replaces what is there when that is asked for', async () => {
    await aliases('set', 'old@alias.example', 'o@x.example')
    const file = 'one@alias.example a@x.example\ntwo@alias.example one@alias.example\n'
    const input = (...args: string[]) => relay(['aliases', 'import', '-', '--json', ...args], { input: file })
    expect(JSON.parse((await input('--dry-run')).out)).toMatchObject({ imported: false, bad: [] })
    expect(JSON.parse((await input()).out)).toMatchObject({ added: 2, removed: 0 })
    expect(JSON.parse((await input('--replace')).out)).toMatchObject({ same: 2, removed: 1 })
    expect(await exported()).toBe(file)
  })

  test('with a wrong line changes nothing, and the line is named', async () => {
    writeFileSync('new', 'one@alias.example a@x.example\nbad\n')
    const run = await aliases('import', 'new')
    expect(run).toMatchObject({ status: 1, out: 'Nothing was imported: 1 wrong line.\n' })
    expect(run.notes).toContain('new:2: expected an address')
    expect(await exported()).toBe('')
  })
})

test('the list tells where each stands, and what another one keeps from being in force', async () => {
  await aliases('set', 'mapped@alias.example', 'stored@x.example')
  const list = JSON.parse((await aliases('list', '--json')).out)
  expect(list).toEqual([
    { alias: 'mapped@alias.example', source: 'database', inForce: true, targets: ['stored@x.example'] },
    { alias: 'mapped@alias.example', source: join(folder, 'map'), inForce: false, targets: ['m@x.example'] },
    { alias: 'team@alias.example', source: 'configuration', inForce: true, targets: ['a@x.example'] },
  ])
  expect((await aliases('list', 'STORED@')).out).toMatch(
    /^ALIAS .*\nmapped@alias\.example +database +stored@x\.example\n$/,
  )
})

test('check tells the loops that they make with the configuration', async () => {
  writeFileSync('map', 'a@alias.example b@alias.example\nb@alias.example a@alias.example\n')
  writeFileSync('zone.json', '{}')
  const run = await relay(['check', '--dns', 'zone.json'])
  expect(run.out).toContain('alias loop: a@alias.example -> b@alias.example -> a@alias.example')
})
