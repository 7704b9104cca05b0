/** Nodes that share keys through the store: each folder becomes like the others, and the store holds nothing that can be read. */
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { KeySync } from '../../../src/service/key-sync.ts'
import { readSealingKey, unseal } from '../../../src/sign/sealed-file.ts'
import type { Store } from '../../../src/store/store.ts'
import { RecordingLog } from '../../support/recording-log.ts'
import { newStore } from '../store/fixtures.ts'

const secret = 'a secret of more than thirty-two characters'
const pem = 'ed._domainkey.alias.example.pem'

class Node {
  readonly folder = mkdtempSync(join(tmpdir(), 'keys-'))
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
    onTestFinished(() => rmSync(this.folder, { recursive: true }))
  }

  async look(secretText = secret): Promise<boolean> {
    const file = join(this.folder, '.secret')
    writeFileSync(file, secretText, { mode: 0o600 })
    const key = await readSealingKey(file)
    const { folder } = this
    return new KeySync({
      folder,
      key,
      store: this.#store,
      log: new RecordingLog(),
      random: randomBytes,
    }).look()
  }

  write(name: string, content: string): void {
    writeFileSync(join(this.folder, name), content, { mode: 0o600 })
  }

  remove(name: string): void {
    rmSync(join(this.folder, name))
  }

  read(name: string): string | undefined {
    const file = join(this.folder, name)
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined
  }
}

async function nodes(): Promise<{ store: Store; one: Node; other: Node }> {
  const store = await newStore()
  return { store, one: new Node(store), other: new Node(store) }
}

test('a new node gets all keys, for its user alone, and what one changes or removes the other has at its next look', async () => {
  const { one, other } = await nodes()
  one.write(pem, 'first')
  one.write('bounce-address.key', 'bounces')
  expect([await one.look(), await other.look()]).toEqual([false, true])
  expect([other.read(pem), other.read('bounce-address.key')]).toEqual(['first', 'bounces'])
  expect(statSync(join(other.folder, pem)).mode & 0o777).toBe(0o600)
  other.write(pem, 'second')
  other.remove('bounce-address.key')
  expect([await other.look(), await one.look(), await one.look(), await other.look()]).toEqual([
    false,
    true,
    false,
    false,
  ])
  expect([one.read(pem), one.read('bounce-address.key')]).toEqual(['second', undefined])
})

test('of two that change the same file the first one to put it stays', async () => {
  const { one, other } = await nodes()
  one.write(pem, 'by one')
  other.write(pem, 'by the other')
  await one.look()
  expect(await other.look()).toBe(true)
  expect([one.read(pem), other.read(pem)]).toEqual(['by one', 'by one'])
})

test('a certificate belongs to its node', async () => {
  const { one, other } = await nodes()
  one.write('tls-key.pem', 'own')
  await one.look()
  await other.look()
  expect(other.read('tls-key.pem')).toBeUndefined()
})

test('the store holds nothing that can be read without the secret, and a name cannot be put in the place of another', async () => {
  const { store, one, other } = await nodes()
  one.write(pem, 'PRIVATE KEY of one')
  await one.look()
  const [stored] = await store.sealedFiles()
  if (!stored?.sealed) throw new Error('nothing is stored')
  expect(Buffer.from(stored.sealed, 'base64').toString('latin1')).not.toContain('PRIVATE')
  await expect(other.look(`${secret}!`)).rejects.toThrow('sealed with another secret')
  const secretFile = join(one.folder, '.secret')
  const key = await readSealingKey(secretFile)
  expect(() => unseal('other.pem', stored.sealed ?? '', key)).toThrow('sealed with another secret')
  chmodSync(secretFile, 0o644)
  await expect(readSealingKey(secretFile)).rejects.toThrow('other users may use this')
})

test('a name that leads out of the folder is not written', async () => {
  const { store, one, other } = await nodes()
  one.write(pem, 'x')
  await one.look()
  const [stored] = await store.sealedFiles()
  await store.putSealedFile({ name: '../outside', version: 0, sealed: stored?.sealed ?? '' })
  await expect(other.look()).rejects.toThrow('sealed with another secret')
  expect(existsSync(join(other.folder, '..', 'outside'))).toBe(false)
})

test('a look that finds nothing new writes nothing', async () => {
  const { one } = await nodes()
  one.write(pem, 'first')
  await one.look()
  const { ino } = statSync(join(one.folder, '.shared'))
  expect(await one.look()).toBe(false)
  expect(statSync(join(one.folder, '.shared')).ino).toBe(ino)
})
