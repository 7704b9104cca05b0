/** The life of a key, from its making to its removal, and what a crash between two steps leaves. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { decideActivation } from '../../../src/sign/activation.ts'
import { addKeys, ensureKeys, generateKey } from '../../../src/sign/generate.ts'
import { KeyError } from '../../../src/sign/key-file.ts'
import { readNote, writeNote } from '../../../src/sign/key-note.ts'
import { keyStatuses } from '../../../src/sign/key-status.ts'
import { loadKeyring } from '../../../src/sign/keyring.ts'
import { retireKeys } from '../../../src/sign/retire.ts'
import { nextSelector, rotateKeys } from '../../../src/sign/rotate.ts'

const root = mkdtempSync(join(tmpdir(), 'rotation-'))
afterAll(() => rmSync(root, { recursive: true }))

let folder: string
let number = 0
beforeEach(() => {
  number += 1
  folder = join(root, String(number))
})

const domain = 'alias.example'
const day = 86_400_000
const now = Date.parse('2026-11-22T02:00:00Z')
const keepMilliseconds = 19 * day
const rotated = { selector: 'ed-20261122', domain }

async function states(): Promise<Record<string, string>> {
  const { statuses } = await loadKeyring(folder)
  return Object.fromEntries(statuses.map(one => [one.selector, one.state]))
}

async function signing(selectors?: readonly string[]): Promise<string[]> {
  const ring = await loadKeyring(folder)
  return ring.signers(domain, selectors === undefined ? {} : { selectors }).map(key => key.selector)
}

/** What the relay does when it has seen the record. */
async function activate(name = rotated, at = now): Promise<void> {
  const { statuses } = await loadKeyring(folder)
  const status = statuses.find(one => one.selector === name.selector)
  if (status === undefined) throw new Error(`no key ${name.selector}`)
  const decision = decideActivation(status, { state: 'ok' }, { nowMilliseconds: at, keepMilliseconds })
  if (decision.kind === 'activate') await writeNote(folder, { name, note: decision.note })
}

async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(KeyError)
  return (error as KeyError).message
}

describe('a rotation', () => {
  test('a relay that was never rotated has no notes, and all of its keys sign', async () => {
    await ensureKeys(folder, [domain])
    expect(readdirSync(folder).filter(file => file.endsWith('.json'))).toEqual([])
    expect(await states()).toEqual({ ed: 'active', rsa: 'active' })
  })

  test('the new key stands beside the old one and does not sign before it is activated', async () => {
    await ensureKeys(folder, [domain])
    const made = await rotateKeys(folder, { domain, kind: 'ed25519', nowMilliseconds: now })
    expect(made.map(({ key, replaces }) => [key.selector, replaces])).toEqual([['ed-20261122', 'ed']])
    expect(statSync(made[0]?.key.file ?? '').mode & 0o777).toBe(0o600)
    expect(await states()).toEqual({ ed: 'active', 'ed-20261122': 'pending', rsa: 'active' })
    expect(await signing()).toEqual(['ed', 'rsa'])
  })

  test('once activated it signs, and the old one stays published until its time is over', async () => {
    await ensureKeys(folder, [domain])
    await rotateKeys(folder, { domain, kind: 'ed25519', nowMilliseconds: now })
    await activate()
    const ring = await loadKeyring(folder)
    expect(await states()).toEqual({ ed: 'retiring', 'ed-20261122': 'active', rsa: 'active' })
    expect(await signing()).toEqual(['ed-20261122', 'rsa'])
    expect(ring.keys.map(key => key.selector)).toEqual(['ed', 'ed-20261122', 'rsa'])
    expect(ring.statuses[0]).toMatchObject({
      replacedBy: 'ed-20261122',
      removableAt: now + keepMilliseconds,
    })
  })

  test('without a kind every key that signs gets a successor', async () => {
    await ensureKeys(folder, [domain])
    const made = await rotateKeys(folder, { domain: 'Alias.Example', nowMilliseconds: now })
    expect(made.map(({ key }) => [key.selector, key.algorithm])).toEqual([
      ['ed-20261122', 'ed25519-sha256'],
      ['rsa-20261122', 'rsa-sha256'],
    ])
  })

  test('a second rotation while the first one waits is refused, and says what to do', async () => {
    await ensureKeys(folder, [domain])
    const rotation = { domain, kind: 'ed25519', nowMilliseconds: now } as const
    await rotateKeys(folder, rotation)
    expect(await refusal(rotateKeys(folder, rotation))).toContain(
      'ed-20261122 waits for its record in DNS already',
    )
  })

  test('a domain without keys, or without one of the kind, cannot rotate it', async () => {
    expect(await refusal(rotateKeys(folder, { domain, nowMilliseconds: now }))).toContain(
      'has no key that signs',
    )
    await ensureKeys(folder, [domain])
    expect(await refusal(rotateKeys(folder, { domain, kind: 'mldsa44', nowMilliseconds: now }))).toContain(
      'has no mldsa44 key that signs',
    )
  })

  test('selectors of the configuration stand for whichever key has their place', async () => {
    await ensureKeys(folder, [domain])
    await rotateKeys(folder, { domain, kind: 'ed25519', nowMilliseconds: now })
    expect(await signing(['rsa', 'ed'])).toEqual(['rsa', 'ed'])
    expect(await signing(['ed-20261122'])).toEqual(['ed'])
    await activate()
    expect(await signing(['rsa', 'ed'])).toEqual(['rsa', 'ed-20261122'])
    expect(await signing(['ed-20261122', 'ed'])).toEqual(['ed-20261122'])
    await retireKeys(folder, { force: false, nowMilliseconds: now + keepMilliseconds })
    expect(await signing(['ed'])).toEqual(['ed-20261122'])
  })

  test('a key added to a domain that has keys waits for its record like one of a rotation', async () => {
    await generateKey(folder, 'ed25519', { selector: 'ed', domain })
    await addKeys(folder, { domain, kinds: ['rsa'], nowMilliseconds: now })
    expect(await states()).toEqual({ ed: 'active', rsa: 'pending' })
    expect(await signing(['ed', 'rsa'])).toEqual(['ed'])
    await activate({ selector: 'rsa', domain })
    expect(await states()).toEqual({ ed: 'active', rsa: 'active' })
    expect(await refusal(addKeys(folder, { domain, kinds: ['rsa'], nowMilliseconds: now }))).toContain(
      'keys rotate replaces it',
    )
  })

  test('the first keys of a domain sign at once', async () => {
    await addKeys(folder, { domain, kinds: ['ed25519', 'rsa'], nowMilliseconds: now })
    expect(await states()).toEqual({ ed: 'active', rsa: 'active' })
  })
})

describe('selectors of new keys', () => {
  test.each([
    ['ed', [], 'ed-20261122'],
    ['ed-20250101', [], 'ed-20261122'],
    ['ed-20250101-3', [], 'ed-20261122'],
    ['2025.q4', [], '2025.q4-20261122'],
    ['ed', ['ED-20261122'], 'ed-20261122-2'],
    ['ed', ['ed-20261122', 'ed-20261122-2'], 'ed-20261122-3'],
  ])('after %s with %j taken comes %s', (old, taken, next) => {
    expect(nextSelector(old, now, taken)).toBe(next)
  })

  test('the selector of a retired key never comes back with another key', async () => {
    await generateKey(folder, 'ed25519', { selector: 'ed', domain })
    await rotateKeys(folder, { domain, nowMilliseconds: now })
    await retireKeys(folder, { ...rotated, force: false, nowMilliseconds: now })
    const [again] = await rotateKeys(folder, { domain, nowMilliseconds: now })
    expect(again?.key.selector).toBe('ed-20261122-2')
  })
})

describe('activation', () => {
  const pending = keyStatuses([rotated], [{ name: rotated, note: { madeAt: now, replaces: 'ed' } }])[0]
  const times = { nowMilliseconds: now, keepMilliseconds }

  test.each([
    ['missing', undefined, 'its record in DNS is missing'],
    ['different', 'v=DKIM1; p=', 'its record in DNS is different: v=DKIM1; p='],
    ['unknown', 'no answer', 'its record in DNS is unknown: no answer'],
  ] as const)('a key whose record is %s waits', (state, found, reason) => {
    if (pending === undefined) throw new Error('no status')
    const published = found === undefined ? { state } : { state, found }
    expect(decideActivation(pending, published, times)).toEqual({ kind: 'wait', reason })
  })

  test('a key whose record is as it must be signs from now on', () => {
    if (pending === undefined) throw new Error('no status')
    expect(decideActivation(pending, { state: 'ok' }, times)).toEqual({
      kind: 'activate',
      note: { madeAt: now, replaces: 'ed', activeSince: now, replacedUntil: now + keepMilliseconds },
    })
  })

  test('a key that is not pending is left alone', () => {
    const [active] = keyStatuses([{ selector: 'ed', domain }], [])
    if (active === undefined) throw new Error('no status')
    expect(decideActivation(active, { state: 'ok' }, times)).toEqual({
      kind: 'wait',
      reason: 'the key is active',
    })
  })
})

describe('retiring', () => {
  beforeEach(async () => {
    await generateKey(folder, 'ed25519', { selector: 'ed', domain })
    await rotateKeys(folder, { domain, nowMilliseconds: now })
    await activate()
  })

  test('before its time a key stays, and the time is told', async () => {
    const early = { domain, force: false, nowMilliseconds: now + keepMilliseconds - 1 }
    const { retired, kept } = await retireKeys(folder, early)
    expect(retired).toEqual([])
    expect(kept.map(one => one.selector)).toEqual(['ed'])
    expect(await refusal(retireKeys(folder, { ...early, selector: 'ed' }))).toContain(
      'may be under way until 2026-12-11T02:00:00.000Z; --force',
    )
  })

  test('when its time has come the private key is removed and the record to remove is named', async () => {
    const { retired, kept } = await retireKeys(folder, {
      force: false,
      nowMilliseconds: now + keepMilliseconds,
    })
    expect(retired).toEqual([{ domain, selector: 'ed', recordName: 'ed._domainkey.alias.example' }])
    expect(kept).toEqual([])
    expect(existsSync(join(folder, 'ed._domainkey.alias.example.pem'))).toBe(false)
    expect(await states()).toEqual({ ed: 'retired', 'ed-20261122': 'active' })
    expect((await loadKeyring(folder)).keys.map(key => key.selector)).toEqual(['ed-20261122'])
    expect((await retireKeys(folder, { force: false, nowMilliseconds: now + 99 * day })).retired).toEqual([])
  })

  test('--force retires earlier', async () => {
    const { retired } = await retireKeys(folder, {
      domain,
      selector: 'ed',
      force: true,
      nowMilliseconds: now,
    })
    expect(retired.map(one => one.selector)).toEqual(['ed'])
  })

  test('a key that signs is never retired', async () => {
    const asked = { ...rotated, force: true, nowMilliseconds: now + 99 * day }
    expect(await refusal(retireKeys(folder, asked))).toContain('this key signs')
  })

  test('three keys follow each other, each with its own time', async () => {
    const later = now + 10 * day
    await rotateKeys(folder, { domain, nowMilliseconds: later })
    await activate({ selector: 'ed-20261202', domain }, later)
    const { retired, kept } = await retireKeys(folder, {
      force: false,
      nowMilliseconds: now + keepMilliseconds,
    })
    expect(retired.map(one => one.selector)).toEqual(['ed'])
    expect(kept.map(one => [one.selector, one.removableAt])).toEqual([
      ['ed-20261122', later + keepMilliseconds],
    ])
    expect(await signing(['ed'])).toEqual(['ed-20261202'])
  })
})

describe('a crash', () => {
  const pem = join('.', 'ed-20261122._domainkey.alias.example.pem')

  beforeEach(() => generateKey(folder, 'ed25519', { selector: 'ed', domain }))

  test('between note and key of a rotation: nothing changes, and the next rotation completes it', async () => {
    await writeNote(folder, { name: rotated, note: { madeAt: now, replaces: 'ed' } })
    expect(await signing()).toEqual(['ed'])
    const [made] = await rotateKeys(folder, { domain, nowMilliseconds: now + day })
    expect(made?.key.selector).toBe('ed-20261122')
    expect(existsSync(join(folder, pem))).toBe(true)
    expect(await states()).toEqual({ ed: 'active', 'ed-20261122': 'pending' })
  })

  test('while a note is written: the old note stands', async () => {
    await rotateKeys(folder, { domain, nowMilliseconds: now })
    writeFileSync(join(folder, 'ed-20261122._domainkey.alias.example.json.new'), '{"madeAt": "20')
    expect(await states()).toEqual({ ed: 'active', 'ed-20261122': 'pending' })
    await activate()
    expect(await states()).toEqual({ ed: 'retiring', 'ed-20261122': 'active' })
  })

  test('between note and removal of a retired key: it is not used, and the next retirement removes it', async () => {
    await rotateKeys(folder, { domain, nowMilliseconds: now })
    await activate()
    const name = { selector: 'ed', domain }
    await writeNote(folder, { name, note: { retiredAt: now + keepMilliseconds } })
    expect((await loadKeyring(folder)).keys.map(key => key.selector)).toEqual(['ed-20261122'])
    const { retired } = await retireKeys(folder, {
      force: false,
      nowMilliseconds: now + keepMilliseconds + day,
    })
    expect(retired.map(one => one.selector)).toEqual(['ed'])
    expect(existsSync(join(folder, 'ed._domainkey.alias.example.pem'))).toBe(false)
    expect((await readNote(folder, name)).note.retiredAt).toBe(now + keepMilliseconds)
  })

  test('a new key that somebody deletes gives its place back to the old one', async () => {
    await rotateKeys(folder, { domain, nowMilliseconds: now })
    await activate()
    rmSync(join(folder, pem))
    expect(await signing()).toEqual(['ed'])
  })
})

describe('notes', () => {
  test('states survive: a note is read as it was written', async () => {
    const note = {
      madeAt: now,
      replaces: 'ed',
      activeSince: now + 1,
      replacedUntil: now + 2,
      retiredAt: now + 3,
    }
    await writeNote(folder, { name: rotated, note })
    expect(await readNote(folder, rotated)).toEqual({ name: rotated, note })
    const file = join(folder, 'ed-20261122._domainkey.alias.example.json')
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ madeAt: '2026-11-22T02:00:00.000Z' })
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  test.each(['', '{', '[]', '{"activeSince": 5}', '{"state": "active"}'])(
    'a note %j stops everything: whether the key may sign is not known',
    async text => {
      mkdirSync(folder)
      writeFileSync(join(folder, 'ed._domainkey.alias.example.json'), text)
      expect(await refusal(loadKeyring(folder))).toContain(
        'ed._domainkey.alias.example.json: is no note of a key',
      )
    },
  )
})
