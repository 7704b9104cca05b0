/** A rotation under a running relay: a clock and a zone that the test turns, real files. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Answer } from '../../../src/dns/resolver.ts'
import { KeyWatch } from '../../../src/service/key-watch.ts'
import { ensureKeys, generateKey } from '../../../src/sign/generate.ts'
import { KeyError } from '../../../src/sign/key-file.ts'
import { retireKeys } from '../../../src/sign/retire.ts'
import { rotateKeys } from '../../../src/sign/rotate.ts'
import { RecordingLog } from '../../support/recording-log.ts'

const domain = 'alias.example'
const start = Date.parse('2026-11-22T02:00:00Z')
const keepMilliseconds = 19 * 86_400_000
const recordName = 'ed-20261122._domainkey.alias.example'

let folder: string
let nowMilliseconds: number
let zone: Map<string, Answer<string>>
let asked: string[]
let log: RecordingLog
let watch: KeyWatch
let refuse: string | undefined

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'watch-'))
  nowMilliseconds = start
  zone = new Map()
  asked = []
  log = new RecordingLog()
  refuse = undefined
  const { keyring } = await ensureKeys(folder, [domain])
  watch = new KeyWatch(keyring, {
    folder,
    log,
    keepMilliseconds,
    clock: () => nowMilliseconds,
    resolver: {
      async txt(name) {
        asked.push(name)
        return zone.get(name) ?? { kind: 'absent' }
      },
    },
    validate() {
      if (refuse !== undefined) throw new KeyError(refuse)
    },
  })
})

afterEach(() => rmSync(folder, { recursive: true }))

function signing(): string[] {
  return watch.keyring.signers(domain).map(key => key.selector)
}

async function rotate(): Promise<string> {
  const [made] = await rotateKeys(folder, { domain, kind: 'ed25519', nowMilliseconds })
  return made?.key.record ?? ''
}

describe('keys of a running relay', () => {
  test('without a new key nothing is asked of DNS', async () => {
    await watch.check()
    expect(asked).toEqual([])
    expect(log.lines).toEqual([])
  })

  test('a new key is found, waits for its record, and then signs in the place of the old one', async () => {
    const record = await rotate()
    await watch.check()
    expect(asked).toEqual([recordName])
    expect(signing()).toEqual(['ed', 'rsa'])
    zone.set(recordName, { kind: 'temporary', reason: 'no answer' })
    await watch.check()
    zone.set(recordName, { kind: 'records', records: ['v=DKIM1; k=ed25519; p='] })
    await watch.check()
    expect(signing()).toEqual(['ed', 'rsa'])

    zone.set(recordName, { kind: 'records', records: [record] })
    nowMilliseconds += 3_600_000
    await watch.check()
    expect(signing()).toEqual(['ed-20261122', 'rsa'])
    expect(watch.keyring.keys.map(key => key.selector)).toContain('ed')
    expect(log.lines.map(line => [line.text, line.fields.reason])).toEqual([
      ['a new key waits', 'its record in DNS is missing'],
      ['a new key waits', 'its record in DNS is unknown: no answer'],
      ['a new key waits', expect.stringContaining('its record in DNS is different')],
      ['a new key signs from now on', undefined],
    ])
    expect(log.lines.at(-1)?.fields).toMatchObject({
      selector: 'ed-20261122',
      replaces: 'ed',
      replacedUntil: new Date(nowMilliseconds + keepMilliseconds).toISOString(),
    })
    await watch.check()
    expect(asked).toHaveLength(4)
  })

  test('the same reason to wait is told once', async () => {
    await rotate()
    await watch.check()
    await watch.check()
    expect(log.lines).toHaveLength(1)
  })

  test('a record that vanishes later changes nothing: a key that signs is not taken back', async () => {
    zone.set(recordName, { kind: 'records', records: [await rotate()] })
    await watch.check()
    zone.clear()
    await watch.check()
    expect(signing()).toEqual(['ed-20261122', 'rsa'])
  })

  test('a key that is retired while the relay runs is forgotten', async () => {
    zone.set(recordName, { kind: 'records', records: [await rotate()] })
    await watch.check()
    nowMilliseconds += keepMilliseconds
    await retireKeys(folder, { force: false, nowMilliseconds })
    await watch.check()
    expect(watch.keyring.keys.map(key => key.selector)).toEqual(['ed-20261122', 'rsa'])
    expect(signing()).toEqual(['ed-20261122', 'rsa'])
  })

  test('a key without a note that appears while the relay runs is not used, and does not stand in the way of others', async () => {
    await generateKey(folder, 'ed25519', { selector: 'new', domain })
    zone.set(recordName, { kind: 'records', records: [await rotate()] })
    await watch.check()
    await watch.check()
    expect(signing()).toEqual(['ed-20261122', 'rsa'])
    expect(log.lines.filter(line => line.level === 'warn')).toMatchObject([
      { text: 'a key without a note is used after the next start only', fields: { selector: 'new' } },
    ])
  })

  test('a folder that cannot be read, or keys that could not sign, leave the keys as they are', async () => {
    writeFileSync(join(folder, 'x._domainkey.alias.example.pem'), 'x', { mode: 0o644 })
    await watch.check()
    rmSync(join(folder, 'x._domainkey.alias.example.pem'))
    refuse = 'no key that signs'
    await rotate()
    await watch.check()
    expect(signing()).toEqual(['ed', 'rsa'])
    expect(watch.keyring.keys).toHaveLength(2)
    expect(log.lines.map(line => line.level)).toEqual(['error', 'error'])
  })

  test('the first look is over when the start is', async () => {
    zone.set(recordName, { kind: 'records', records: [await rotate()] })
    await watch.start()
    await watch.stop()
    expect(signing()).toEqual(['ed-20261122', 'rsa'])
  })
})
