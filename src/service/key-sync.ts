/**
 * The keys folder of a node, kept the same as those of the other nodes that share its store: what was changed here since the last look is
 * sealed and put into the store, what was changed there is written here. A new node needs the secret and its configuration only. Where
 * a file was changed on two nodes at the same time, the one that came first stays.
 */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder } from '../files/make-folder.ts'
import type { Logger } from '../log/log.ts'
import { readSecretFile, removeFile, replaceFile } from '../sign/key-file.ts'
import { seal, unseal } from '../sign/sealed-file.ts'
import type { SealedFile } from '../store/relay-records.ts'
import type { Store } from '../store/store.ts'

export interface KeySyncDependencies {
  readonly folder: string
  /** What the files are sealed with. */
  readonly key: Buffer
  readonly store: Pick<Store, 'sealedFiles' | 'putSealedFile'>
  readonly log: Logger
  random(octets: number): Buffer
}

/** What the folder had at the last look: names, and hashes of contents. */
const stateFile = '.shared'
/** Each node has its own certificate; files that are being written are nobody's. */
const isShared = (name: string) => !/^\.|\.new$|^tls-/.test(name)
/** What comes from the store is written below the folder and nowhere else. */
const isPlainName = (name: string) => /^[A-Za-z0-9_][\w.@-]*$/.test(name) && isShared(name)

type Hashes = Record<string, string>

export class KeySync {
  readonly #dependencies: KeySyncDependencies

  constructor(dependencies: KeySyncDependencies) {
    this.#dependencies = dependencies
  }

  /** One look. True: files here have changed. @throws KeyError, StoreError, or an error of the file system */
  async look(): Promise<boolean> {
    const { folder, store, key } = this.#dependencies
    await makeFolder(folder)
    const known = await this.#state()
    const base = JSON.parse(known) as Hashes
    const local = await this.#local()
    const stored = new Map((await store.sealedFiles()).map(file => [file.name, file]))
    let hasChanged = false
    for (const name of new Set([...Object.keys(base), ...local.keys(), ...stored.keys()])) {
      const there = stored.get(name)
      const content = there?.sealed ? unseal(name, there.sealed, key) : undefined
      if (await this.#settle(name, { here: local.get(name), content, there, base })) hasChanged = true
    }
    const seen = JSON.stringify(base)
    if (seen !== known) await replaceFile(join(folder, stateFile), seen)
    return hasChanged
  }

  async #settle(
    name: string,
    found: {
      here: Buffer | undefined
      content: Buffer | undefined
      there: SealedFile | undefined
      base: Hashes
    },
  ): Promise<boolean> {
    const { here, content, there, base } = found
    const [hashHere, hashThere] = [hashOf(here), hashOf(content)]
    if (
      hashHere !== hashThere &&
      hashHere !== base[name] &&
      (there === undefined || hashThere === base[name])
    ) {
      if (await this.#put(name, here, there)) remember(base, name, hashHere)
      return false
    }
    const isTaken = hashHere !== hashThere && (await this.#take(name, content))
    remember(base, name, hashThere)
    return isTaken
  }

  /** False: another node was first; the next look takes what it has put there. */
  #put(name: string, here: Buffer | undefined, there: SealedFile | undefined): Promise<boolean> {
    const { store, log } = this.#dependencies
    const sealed = here === undefined ? null : seal(name, here, this.#dependencies)
    log.info({ file: name }, 'a key file goes to the other nodes')
    return store.putSealedFile({ name, version: there?.version ?? 0, sealed })
  }

  async #take(name: string, content: Buffer | undefined): Promise<boolean> {
    const { folder, log } = this.#dependencies
    if (!isPlainName(name)) return false
    log.info({ file: name }, 'a key file comes from another node')
    if (content === undefined) await removeFile(join(folder, name))
    else await replaceFile(join(folder, name), content)
    return true
  }

  async #local(): Promise<Map<string, Buffer>> {
    const { folder } = this.#dependencies
    const entries = await readdir(folder, { withFileTypes: true })
    const names = entries.filter(entry => entry.isFile() && isPlainName(entry.name)).map(({ name }) => name)
    const contents = await Promise.all(
      names.map(async name => [name, await this.#read(join(folder, name))] as const),
    )
    return new Map(contents)
  }

  /** Notes are no secrets; keys that others can read are not passed on. */
  #read(file: string): Promise<Buffer> {
    return /\.(pem|key)$/.test(file) ? readSecretFile(file) : readFile(file)
  }

  #state(): Promise<string> {
    return readFile(join(this.#dependencies.folder, stateFile), 'utf8').catch(() => '{}')
  }
}

function hashOf(content: Buffer | undefined): string | undefined {
  return content && createHash('sha256').update(content).digest('hex')
}

function remember(base: Hashes, name: string, hash: string | undefined): void {
  if (hash === undefined) delete base[name]
  else base[name] = hash
}
