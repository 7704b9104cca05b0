/** Aliases and routes of files. A file that cannot be used stays as it was read last; at the start it is a mistake of the configuration. */
import { dirname } from 'node:path'
import { type AliasMap, readAliasMap } from '../../config/maps/alias-map.ts'
import type { BadLine } from '../../config/maps/lines.ts'
import { readRouteMap } from '../../config/maps/route-map.ts'
import { ConfigError } from '../../config/problem.ts'
import type { RelayConfig, RouteConfig } from '../../config/schema.ts'
import { asciiDomain } from '../../message/mailbox.ts'
import { WatchedFile } from './watched-file.ts'

/** Wrong lines that are told of one file. */
const toldLines = 10

/** Routes of a file, by domain. */
export type RouteTable = ReadonlyMap<string, RouteConfig>

/** One kind of map: its files, and what was read from each, in their order. */
export class MapFiles<T> {
  readonly #files: readonly WatchedFile[]
  readonly #read: (
    text: string,
    file: string,
  ) => Promise<{ readonly map: T; readonly bad: readonly BadLine[] }>
  readonly #maps: T[] = []

  constructor(
    files: readonly string[],
    read: (text: string, file: string) => Promise<{ map: T; bad: readonly BadLine[] }>,
  ) {
    this.#files = files.map(file => new WatchedFile(file))
    this.#read = read
  }

  get maps(): readonly T[] {
    return this.#maps
  }

  /** @throws ConfigError naming file and line */
  async first(): Promise<void> {
    for (const watched of this.#files) {
      const text = await watched
        .first()
        .catch((error: Error) => Promise.reject(new ConfigError(fileProblem(watched.file, error))))
      this.#maps.push(await this.#whole(text, watched.file))
    }
  }

  /**
   * Reads what has changed.
   *
   * @param problemsOf what is wrong with a map in the place of the one that was read from this file before
   * @returns the files that were read again, and why others that have changed stay as they were
   */
  async again(
    problemsOf: (map: T, at: number) => readonly string[],
  ): Promise<{ readonly read: string[]; readonly kept: Error[] }> {
    const read: string[] = []
    const kept: Error[] = []
    for (const [at, watched] of this.#files.entries()) {
      try {
        const text = await watched.again()
        if (text === undefined) continue
        const map = await this.#whole(text, watched.file)
        const [problem] = problemsOf(map, at)
        if (problem !== undefined) throw new ConfigError(`${watched.file}: ${problem}`)
        this.#maps[at] = map
        read.push(watched.file)
      } catch (error) {
        kept.push(error as Error)
      }
    }
    return { read, kept }
  }

  async #whole(text: string, file: string): Promise<T> {
    const { map, bad } = await this.#read(text, file)
    if (bad.length === 0) return map
    const lines = bad.slice(0, toldLines).map(({ line, problem }) => `  ${file}:${line}: ${problem}`)
    const more = bad.length > toldLines ? [`  and ${bad.length - toldLines} more lines`] : []
    throw new ConfigError([`${file} is not valid:`, ...lines, ...more].join('\n'))
  }
}

function fileProblem(file: string, error: Error): string {
  return error.message.startsWith(file) ? error.message : `${file}: cannot be read: ${error.message}`
}

export function aliasFiles({ maps, domains }: RelayConfig): MapFiles<AliasMap['entries']> {
  const isOwn = (domain: string) => Object.hasOwn(domains, asciiDomain(domain))
  return new MapFiles(maps.aliases, async text => {
    const { entries, bad } = await readAliasMap(text, isOwn)
    return { map: entries, bad }
  })
}

export function routeFiles({ maps }: RelayConfig): MapFiles<RouteTable> {
  return new MapFiles(maps.routes, async (text, file) => {
    const { routes, bad } = readRouteMap(text, dirname(file))
    return { map: routes, bad }
  })
}
