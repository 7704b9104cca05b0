/** Aliases and routes outside the configuration: what goes first, what a change does, and what is refused. */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { parseConfig } from '../../../../src/config/load.ts'
import type { RelayConfig, RelayConfigInput } from '../../../../src/config/schema.ts'
import { listTable } from '../../../../src/lists/list-table.ts'
import { parseMailbox } from '../../../../src/message/mailbox.ts'
import type { Outside } from '../../../../src/service/outside/outside.ts'
import { openOutside } from '../../../../src/service/outside/outside.ts'
import type { StoredAlias } from '../../../../src/store/alias-records.ts'
import { RecordingLog } from '../../../support/recording-log.ts'
import { newStore } from '../../store/fixtures.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'outside-'))
  const made = folder
  onTestFinished(() => rmSync(made, { recursive: true }))
})

function configOf(changes: Partial<RelayConfigInput> = {}): RelayConfig {
  return parseConfig(
    {
      hostname: 'relay.alias.example',
      listeners: [{ name: 'mx', port: 0 }],
      domains: { 'alias.example': { aliases: { team: ['configured@x.example'] } } },
      ...changes,
    },
    { file: 'relay.config.ts', folder },
  )
}

const withMap = (...files: string[]) => configOf({ maps: { aliases: files.map(file => `file:${file}`) } })
const write = (file: string, text: string) => writeFileSync(join(folder, file), text)

/** As an editor does it: the new file takes the place of the old one, with another inode. */
function replace(file: string, text: string): void {
  write(`${file}.new`, text)
  renameSync(join(folder, `${file}.new`), join(folder, file))
}

function targetsIn({ aliases }: Outside, address: string): readonly string[] | undefined {
  const mailbox = parseMailbox(address)
  return mailbox && aliases.targetsOf(mailbox)
}

const stored = (localPart: string, targets: string): StoredAlias => ({
  localPart,
  domain: 'alias.example',
  targets,
})

describe('of several sources', () => {
  test('the configuration goes first, then the database, then files in their order; a catch-all goes last', async () => {
    const store = await newStore()
    const both = ['team', 'sales', 'info'].map(name => `${name}@alias.example file@x.example\n`).join('')
    write('one', both)
    write('two', `${both}only@alias.example second@x.example\n@alias.example *@all.example\n`)
    await store.setAliases([stored('team', 'stored@x.example'), stored('sales', 'stored@x.example')], 1)
    const outside = await openOutside(withMap('one', 'two'), store)
    expect(
      ['team', 'sales', 'info', 'only', 'else'].map(name => targetsIn(outside, `${name}@alias.example`)),
    ).toEqual([
      ['configured@x.example'],
      ['stored@x.example'],
      ['file@x.example'],
      ['second@x.example'],
      ['else@all.example'],
    ])
  })

  test('an alias of a domain that is no longer in the configuration leads nowhere', async () => {
    const store = await newStore()
    await store.setAliases([{ localPart: 'a', domain: 'gone.example', targets: 'b@x.example' }], 1)
    const outside = await openOutside(configOf(), store)
    expect(targetsIn(outside, 'a@gone.example')).toBeUndefined()
  })

  test('a tag is left out for them too', async () => {
    const store = await newStore()
    await store.setAliases([stored('sales', 'stored@x.example')], 1)
    expect(targetsIn(await openOutside(configOf(), store), 'sales+tag@alias.example')).toEqual([
      'stored@x.example',
    ])
  })
})

test('changes of the database are in force after one look', async () => {
  const store = await newStore()
  const outside = await openOutside(configOf(), store)
  await store.setAliases([stored('sales', 'a@x.example')], 1)
  await outside.check()
  expect(targetsIn(outside, 'Sales@alias.example')).toEqual(['a@x.example'])
  await store.removeAliases([stored('sales', '')], 2)
  await outside.check()
  expect(targetsIn(outside, 'sales@alias.example')).toBeUndefined()
})

test('a change that leads nowhere is told', async () => {
  const store = await newStore()
  const log = new RecordingLog()
  const outside = await openOutside(configOf(), store)
  const watch = outside.watch({ log, lists: () => listTable([]) })
  await store.setAliases([stored('a', 'b@alias.example'), stored('b', 'a@alias.example')], 1)
  await outside.check()
  await watch.stop()
  expect(JSON.stringify(log.lines)).toContain('alias loop: ')
})

describe('a map file', () => {
  test('is read again when it has changed and stays the same for two looks', async () => {
    write('map', 'sales@alias.example a@x.example\n')
    const outside = await openOutside(withMap('map'), undefined)
    replace('map', 'sales@alias.example b@x.example\n')
    await outside.check()
    expect(targetsIn(outside, 'sales@alias.example')).toEqual(['a@x.example'])
    await outside.check()
    expect(targetsIn(outside, 'sales@alias.example')).toEqual(['b@x.example'])
  })

  test('that is wrong at the start is a mistake of the configuration, with its line', async () => {
    write('map', '# one\nsales a@x.example\n')
    await expect(openOutside(withMap('map'), undefined)).rejects.toThrow(
      `${join(folder, 'map')}:2: expected an address`,
    )
    await expect(openOutside(withMap('absent'), undefined)).rejects.toThrow(/absent: .*no such file/)
  })

  test.each([
    ['a wrong line', 'sales@alias.example\n', ':1: expected addresses'],
    ['a loop', 'sales@alias.example b@alias.example\nb@alias.example sales@alias.example\n', 'alias loop'],
  ])('that has %s later stays as it was, and it is told once', async (_, text, told) => {
    write('map', 'sales@alias.example a@x.example\n')
    const log = new RecordingLog()
    const outside = await openOutside(withMap('map'), undefined)
    const watch = outside.watch({ log, lists: () => listTable([]) })
    replace('map', text)
    for (let look = 0; look < 4; look += 1) await outside.check()
    await watch.stop()
    expect(targetsIn(outside, 'sales@alias.example')).toEqual(['a@x.example'])
    const errors = log.lines.filter(entry => entry.level === 'error')
    expect(errors).toHaveLength(1)
    expect(String(errors[0]?.fields.error)).toContain(told)
  })

  test('is looked over for loops in the place of what was read of it before', async () => {
    write('map', 'a@alias.example b@alias.example\nb@alias.example x@x.example\n')
    const outside = await openOutside(withMap('map'), undefined)
    const watch = outside.watch({ log: new RecordingLog(), lists: () => listTable([]) })
    replace('map', 'b@alias.example a@alias.example\n@alias.example x@x.example\n')
    for (let look = 0; look < 2; look += 1) await outside.check()
    await watch.stop()
    expect(targetsIn(outside, 'b@alias.example')).toEqual(['a@alias.example'])
  })

  test('that has gone stays as it was until it is there again', async () => {
    write('map', 'sales@alias.example a@x.example\n')
    const outside = await openOutside(withMap('map'), undefined)
    rmSync(join(folder, 'map'))
    for (let look = 0; look < 3; look += 1) await outside.check()
    expect(targetsIn(outside, 'sales@alias.example')).toEqual(['a@x.example'])
    write('map', 'sales@alias.example b@x.example\n')
    for (let look = 0; look < 2; look += 1) await outside.check()
    expect(targetsIn(outside, 'sales@alias.example')).toEqual(['b@x.example'])
  })

  test('of routes is behind those of the configuration, and changes for whoever holds on to them', async () => {
    write('routes', 'a.example mail.a.example\nb.example mail.b.example\n')
    const config = configOf({
      routes: { 'a.example': { host: 'configured.example' } },
      maps: { routes: ['file:routes'] },
    })
    const outside = await openOutside(config, undefined)
    const { routes } = outside.config
    expect([routes['a.example'], routes['b.example']]).toMatchObject([
      { host: 'configured.example' },
      { host: 'mail.b.example' },
    ])
    replace('routes', 'c.example mail.c.example\n')
    for (let look = 0; look < 2; look += 1) await outside.check()
    expect(Object.keys(routes).toSorted()).toEqual(['a.example', 'c.example'])
  })
})
