/** Every file that a configuration names, found by how such settings are called: a new one is among them without anybody's doing. */
import { basename } from 'node:path'
import type { RelayConfig } from './schema.ts'

export interface ReferredFile {
  /** As messages and backups call it, the same on every machine: listeners by their names, maps by those of their files. */
  readonly setting: string
  /** Absolute. */
  readonly file: string
  /** Whoever has it can speak as this relay. */
  readonly isPrivate: boolean
}

const privateSettings: ReadonlySet<string> = new Set([
  'keyFile',
  'tokenFile',
  'passwordFile',
  'keySecretFile',
])

/** Folders are not among them. */
export function referredFiles(config: RelayConfig): ReferredFile[] {
  const { maps, listeners, ...rest } = config
  return [
    ...listeners.flatMap(listener => filesIn(listener, `listeners[${JSON.stringify(listener.name)}]`)),
    ...mapFiles('aliases', maps.aliases),
    ...mapFiles('routes', maps.routes),
    ...filesIn(rest, ''),
  ]
}

/** Where routes lead into folders: what was delivered there is mail of others. */
export function deliveryFolders({
  routes,
}: RelayConfig): { readonly setting: string; readonly folder: string }[] {
  return Object.entries(routes).flatMap(([domain, route]) =>
    route.kind === 'file' ? [{ setting: `routes[${JSON.stringify(domain)}]`, folder: route.folder }] : [],
  )
}

/** Their order tells nothing of where one belongs. */
function mapFiles(kind: 'aliases' | 'routes', files: readonly string[]): ReferredFile[] {
  const names = files.map(file => basename(file))
  return files.map((file, at) => {
    const isAlone = names.indexOf(basename(file)) === names.lastIndexOf(basename(file))
    const name = isAlone ? basename(file) : `${at}`
    return { setting: `maps.${kind}[${JSON.stringify(name)}]`, file, isPrivate: false }
  })
}

function filesIn(value: unknown, path: string): ReferredFile[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]: [string, unknown]) => {
    const setting = pathOf(path, name)
    if (typeof inner === 'string' && /(^|[a-z])File$/.test(name))
      return [{ setting, file: inner, isPrivate: privateSettings.has(name) }]
    return filesIn(inner, setting)
  })
}

function pathOf(path: string, name: string): string {
  if (!/^[a-z]\w*$/i.test(name)) return `${path}[${JSON.stringify(name)}]`
  return path === '' ? name : `${path}.${name}`
}
