/** aliases: what each subcommand changes, and what it refuses. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { freshTarget } from '../../../src/service/alias-targets/target-standing.ts'
import { openWriter } from '../../support/database-beside.ts'
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
  const mapped = { alias: 'mapped@alias.example', suspended: [] }
  expect(list).toEqual([
    { ...mapped, source: 'database', inForce: true, targets: ['stored@x.example'] },
    { ...mapped, source: join(folder, 'map'), inForce: false, targets: ['m@x.example'] },
    {
      alias: 'team@alias.example',
      source: 'configuration',
      inForce: true,
      targets: ['a@x.example'],
      suspended: [],
    },
  ])
  expect((await aliases('list', 'STORED@')).out).toMatch(
    /^ALIAS .*\nmapped@alias\.example +database +stored@x\.example\n$/,
  )
})

describe('an address that refuses mail for good', () => {
  async function suspendStored(): Promise<void> {
    await aliases('set', 'sales@alias.example', 'Gone@x.example', 'here@x.example')
    const fresh = freshTarget('gone@x.example', 'sales@alias.example', Date.now())
    const writer = openWriter('data/relay.sqlite')
    writer.keepAliasTarget({
      ...fresh,
      state: 'suspended',
      suspendedAt: Date.UTC(2026, 10, 20),
      suspendedBy: 'bounces',
      reason: '550 5.1.1 no such \u001b user',
      bounceScore: 4,
      bouncedAt: Date.now(),
      probeDueAt: Date.UTC(2026, 10, 27),
    })
    writer.close()
  }

  test('is marked in the list, shown with its reason and its next probe, and resumed', async () => {
    await suspendStored()
    expect((await aliases('list', '--suspended')).out).toMatch(
      /^ALIAS .*\nsales@alias\.example +database +Gone@x\.example \(suspended\), here@x\.example\n$/,
    )
    const { out } = await aliases('show', 'SALES@alias.example')
    expect(out).toMatch(/^sales@alias\.example \(database\)\n/)
    expect(out).toMatch(
      /Gone@x\.example +suspended since 2026-11-20 +4 +2026-11-27 +550 5\.1\.1 no such \S+ user/,
    )
    expect(out).toMatch(/here@x\.example +active +0 +- +-\n/)
    expect(out).not.toContain('\u001b')
    const shown = JSON.parse((await aliases('show', 'sales@alias.example', '--json')).out)
    expect(shown.targets[0]).toMatchObject({ state: 'suspended', nextProbeAt: '2026-11-27T00:00:00.000Z' })
    expect(await aliases('resume', '<GONE@x.example>')).toMatchObject({ status: 0, out: '1 resumed.\n' })
    expect((await aliases('list', '--suspended')).out).toBe('No aliases.\n')
    expect((await aliases('resume', 'gone@x.example')).status).toBe(1)
  })

  test('is shown of aliases that there are only', async () => {
    await aliases('set', 'sales@alias.example', 'here@x.example')
    expect(await aliases('show', 'absent@alias.example')).toMatchObject({
      status: 1,
      notes: 'absent@alias.example: there is no such alias\n',
    })
  })
})

test('check tells the loops that they make with the configuration', async () => {
  writeFileSync('map', 'a@alias.example b@alias.example\nb@alias.example a@alias.example\n')
  writeFileSync('zone.json', '{}')
  const run = await relay(['check', '--dns', 'zone.json'])
  expect(run.out).toContain('alias loop: a@alias.example -> b@alias.example -> a@alias.example')
})
