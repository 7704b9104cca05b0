/** The keys commands through a whole rotation: what they print, what they leave on disk, how they end. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { zoneResolver } from '../../../src/dns/zone-resolver.ts'
import { KeyWatch } from '../../../src/service/key-watch.ts'
import { ensureBounceKey } from '../../../src/sign/bounce-key.ts'
import { loadBounceKeys } from '../../../src/sign/bounce-keys.ts'
import { loadKeyring } from '../../../src/sign/keyring.ts'
import { RecordingLog } from '../../support/recording-log.ts'
import type { Run } from './command-line.ts'
import { relay } from './command-line.ts'

const checkout = process.cwd()
const domain = 'alias.example'
const day = 86_400_000
const now = Date.parse('2026-11-22T02:00:00Z')
const later = now + 20 * day

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keys-cli-'))
  process.chdir(folder)
  const settings = `hostname: 'relay.alias.example', listeners: [{ name: 'mx', port: 0 }]`
  writeFileSync(
    'relay.config.ts',
    `export default { ${settings}, domains: { 'alias.example': {} }, postmaster: 'p@x.example' }\n`,
  )
})

afterEach(() => {
  process.chdir(checkout)
  rmSync(folder, { recursive: true })
})

interface Row {
  readonly selector: string
  readonly state: string
  readonly removableAt: string | null
  readonly file: string | null
}

function keys(args: readonly string[], at = now): Promise<Run> {
  return relay(['keys', ...args], { now: at })
}

async function list(): Promise<Row[]> {
  return JSON.parse((await keys(['list', '--json'])).out)
}

async function states(): Promise<string[]> {
  return (await list()).map(row => `${row.selector} ${row.state}`)
}

/** What a running relay does with the records that `keys dns` prints, once they are published. */
async function letRelayLook(): Promise<void> {
  const zone = JSON.parse((await keys(['dns', '--json'])).out)
  const watch = new KeyWatch(await loadKeyring('keys'), {
    folder: 'keys',
    resolver: zoneResolver(zone),
    log: new RecordingLog(),
    clock: () => now,
    keepMilliseconds: 19 * day,
    validate: () => {},
  })
  await watch.check()
}

describe('a rotation by command', () => {
  test('rotate, dns, list and retire tell one story from the new key to the removed one', async () => {
    await keys(['generate'])
    const rotated = await keys(['rotate', '--domain', domain, '--algorithm', 'ed25519'])
    expect(rotated).toMatchObject({ status: 0, notes: '', progress: ['making keys for alias.example', ''] })
    expect(rotated.out).toMatch(/^made .*ed-20261122\._domainkey\.alias\.example\.pem\n/)
    expect(rotated.out).toContain(
      'Publish:\ned-20261122._domainkey.alias.example. IN TXT "v=DKIM1; k=ed25519; p=',
    )
    expect(rotated.out).toContain('signs with a new key once it sees its record')
    expect(await states()).toEqual(['ed active', 'ed-20261122 pending', 'rsa active'])

    await letRelayLook()
    expect(await states()).toEqual(['ed retiring', 'ed-20261122 active', 'rsa active'])
    const early = await keys(['retire'])
    expect(early).toMatchObject({ status: 0 })
    expect(early.out).toBe(
      'Nothing to retire.\ned._domainkey.alias.example stays published until 2026-12-11T02:00:00.000Z\n',
    )
    const asked = await keys(['retire', '--domain', domain, '--selector', 'ed'])
    expect(asked).toMatchObject({ status: 2, out: '' })
    expect(asked.notes).toContain('--force retires it all the same')

    const retired = await keys(['retire'], later)
    expect(retired.out).toBe('Remove from DNS:\ned._domainkey.alias.example. IN TXT\n')
    expect(await states()).toEqual(['ed retired', 'ed-20261122 active', 'rsa active'])
    const zone = JSON.parse((await keys(['dns', '--json'])).out)
    expect(Object.keys(zone[domain])).toEqual(['ed-20261122._domainkey', 'rsa._domainkey'])
    expect(readdirSync('keys')).not.toContain('ed._domainkey.alias.example.pem')
  })

  test('the list is readable', async () => {
    await keys(['generate'])
    await keys(['rotate', '--domain', domain, '--algorithm', 'ed25519'])
    await letRelayLook()
    await keys(['rotate', '--domain', domain, '--algorithm', 'rsa'])
    const { out } = await keys(['list'])
    expect(out.split('\n')[0]).toMatch(/^DOMAIN +SELECTOR +ALGORITHM +STATE +TIMES +FILE$/)
    expect(out).toMatch(
      /ed +ed25519-sha256 +retiring +publish until 2026-12-11T02:00:00.000Z; ed-20261122 signs/,
    )
    expect(out).toMatch(
      /rsa-20261122 +rsa-sha256 +pending +made 2026-11-22T02:00:00.000Z, takes the place of rsa/,
    )
  })

  test('records of keys that wait or retire are printed until they are retired', async () => {
    await keys(['generate'])
    await keys(['rotate', '--domain', domain])
    const { out } = await keys(['dns'])
    expect(out.match(/^\S+/gm)).toEqual([
      'ed._domainkey.alias.example.',
      'ed-20261122._domainkey.alias.example.',
      'rsa._domainkey.alias.example.',
      'rsa-20261122._domainkey.alias.example.',
    ])
  })

  test('with --force a key goes before its time', async () => {
    await keys(['generate'])
    await keys(['rotate', '--domain', domain, '--algorithm', 'ed25519'])
    await letRelayLook()
    const run = await keys(['retire', '--domain', domain, '--selector', 'ed', '--force', '--json'])
    expect(JSON.parse(run.out)).toEqual({
      retired: [{ domain, selector: 'ed', recordName: 'ed._domainkey.alias.example' }],
      kept: [],
    })
  })

  test('a rotation is given up by retiring the key that waits', async () => {
    await keys(['generate'])
    await keys(['rotate', '--domain', domain, '--algorithm', 'ed25519'])
    const run = await keys(['retire', '--domain', domain, '--selector', 'ed-20261122'])
    expect(run.status).toBe(0)
    expect(await states()).toEqual(['ed active', 'ed-20261122 retired', 'rsa active'])
  })

  test.each([
    [['rotate'], '--domain says whose'],
    [['rotate', '--domain', 'other.example'], 'has no key that signs'],
    [['rotate', '--domain', domain, '--algorithm', 'dsa'], 'Allowed choices'],
    [['retire', '--selector', 'ed'], 'need --domain'],
    [['retire', '--force'], 'need --domain'],
    [['retire', '--domain', domain, '--selector', 'ed'], 'this key signs'],
    [['retire', '--domain', domain, '--selector', 'x'], 'there is no such key'],
    [['generate', '--domain', domain], 'keys rotate replaces it'],
  ])('keys %j is a mistake: exit status 2 and a text that helps', async (args, complaint) => {
    await keys(['generate'])
    const run = await keys(args)
    expect(run).toMatchObject({ status: 2, out: '' })
    expect(run.notes).toContain(complaint)
    expect(run.progress.at(-1) ?? '').toBe('')
  })

  test('check lets a new key wait for its record, and asks for those of keys that retire', async () => {
    await keys(['generate'])
    const zone = JSON.parse((await keys(['dns', '--json'])).out)
    zone[domain]['@'] = [['mx', '10 relay.alias.example']]
    zone['relay.alias.example'] = { '@': [['a', '192.0.2.1']] }
    writeFileSync('zone.json', JSON.stringify(zone))
    await keys(['rotate', '--domain', domain, '--algorithm', 'ed25519'])
    const waiting = await relay(['check', '--dns', 'zone.json', '--json'])
    expect(JSON.parse(waiting.out)).toMatchObject({
      ok: true,
      keys: [{ selector: 'ed' }, { selector: 'ed-20261122', state: 'pending', published: 'missing' }, {}],
    })
    expect(waiting.progress).toContain('DNS: 3 of 3 key records')
    await letRelayLook()
    writeFileSync('zone.json', '{}')
    const missing = await relay(['check', '--dns', 'zone.json'])
    expect(missing.status).toBe(1)
    expect(missing.out).toContain('Publish:\ned._domainkey.alias.example.')
  })
})

describe('the key of the bounce addresses', () => {
  test('is rotated by command, which says until when the old one is accepted', async () => {
    await ensureBounceKey('keys', octets => Buffer.alloc(octets, 7))
    const { status, out } = await keys(['rotate', '--bounce-addresses', '--json'])
    expect(status).toBe(0)
    const until = Date.parse((JSON.parse(out) as { acceptedUntil: string }).acceptedUntil)
    const { current, earlier } = await loadBounceKeys('keys')
    expect(current).not.toEqual(Buffer.alloc(32, 7))
    expect(earlier).toMatchObject([{ key: Buffer.alloc(32, 7), acceptedUntilMilliseconds: until }])
    const told = (await keys(['rotate', '--bounce-addresses'], now + 1)).out
    expect(told).toContain('are accepted until')
    expect(told).not.toContain(current?.toString('hex'))
  })

  test('belongs to no domain, and rotate wants to know which key is meant', async () => {
    expect(await keys(['rotate', '--bounce-addresses', '--domain', domain])).toMatchObject({ status: 2 })
    expect(await keys(['rotate'])).toMatchObject({ status: 2 })
    expect(await keys(['rotate', '--bounce-addresses'])).toMatchObject({ status: 2 })
  })
})
