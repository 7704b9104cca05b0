/**
 * A resolver for places without name servers: it answers from a zone file that somebody keeps up to date from afar. The file is
 * looked at again now and then, while questions come; one that cannot be read leaves the records before in force.
 */
import { readFile, stat } from 'node:fs/promises'
import type { Resolver } from './resolver.ts'
import { type Zone, zoneResolver } from './zone-resolver.ts'

export interface ZoneFileSettings {
  /** JSON in the format of zone-resolver.ts. */
  readonly file: string
  /** Unix time in milliseconds. */
  readonly clock: () => number
  /** How often the file is looked at, at most. */
  readonly lookEveryMilliseconds: number
  /** Octets of the file. */
  readonly maxOctets: number
  /** A file that has changed cannot be read. */
  onProblem(error: Error): void
}

/** @throws Error naming the file when it cannot be read or is no zone */
export async function zoneFileResolver(settings: ZoneFileSettings): Promise<Resolver> {
  const file = new ZoneFile(settings)
  await file.read()
  return {
    txt: async name => (await file.current()).txt(name),
    mx: async name => (await file.current()).mx(name),
    srv: async name => (await file.current()).srv(name),
    uri: async name => (await file.current()).uri(name),
    addresses: async name => (await file.current()).addresses(name),
    alias: async name => (await file.current()).alias(name),
    tlsa: async name => (await file.current()).tlsa(name),
    pointers: async name => (await file.current()).pointers(name),
  }
}

class ZoneFile {
  readonly #settings: ZoneFileSettings
  #resolver: Resolver = zoneResolver({})
  #version = ''
  #lookedAt = 0
  #looking: Promise<void> | undefined

  constructor(settings: ZoneFileSettings) {
    this.#settings = settings
  }

  async current(): Promise<Resolver> {
    const { clock, lookEveryMilliseconds, onProblem } = this.#settings
    if (Math.abs(clock() - this.#lookedAt) >= lookEveryMilliseconds) {
      this.#looking ??= this.read()
        .catch(onProblem)
        .finally(() => {
          this.#looking = undefined
        })
      await this.#looking
    }
    return this.#resolver
  }

  async read(): Promise<void> {
    const { file, clock, maxOctets } = this.#settings
    this.#lookedAt = clock()
    try {
      const { mtimeMs, size, ino } = await stat(file)
      const version = `${mtimeMs} ${size} ${ino}`
      if (version === this.#version) return
      if (size > maxOctets) throw new Error(`it is larger than ${maxOctets} octets`)
      this.#resolver = zoneResolver(JSON.parse(await readFile(file, 'utf8')) as Zone)
      this.#version = version
    } catch (cause) {
      throw new Error(`resolver.zoneFile ${file} cannot be used: ${(cause as Error).message}`, { cause })
    }
  }
}
