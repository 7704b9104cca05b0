/**
 * Routes as lines: `destination.example  mail.destination.example:2525 starttls-required`, or `other.example  file:FOLDER`. Port and TLS
 * may be left out.
 */
import { resolve } from 'node:path'
import { printable } from '../../message/printable.ts'
import { domainName } from '../fields.ts'
import type { RouteConfig } from '../schema.ts'
import { nextHopTls, route } from '../sections.ts'
import { type BadLine, type MapLine, mapLines } from './lines.ts'

export interface RouteMap {
  readonly routes: ReadonlyMap<string, RouteConfig>
  readonly bad: readonly BadLine[]
}

/** @param folder what relative folders are resolved against */
export function readRouteMap(text: string, folder: string): RouteMap {
  const routes = new Map<string, RouteConfig>()
  const bad: BadLine[] = []
  for (const one of mapLines(text)) {
    const domain = domainName.safeParse(one.key)
    const found = domain.success ? routeOf(one, folder) : undefined
    if (!domain.success)
      bad.push({ line: one.line, problem: expected('a domain such as destination.example', one.key) })
    else if (found === undefined) bad.push({ line: one.line, problem: expected(form, one.value) })
    else if (routes.has(domain.data))
      bad.push({ line: one.line, problem: expected('each domain once', one.key) })
    else routes.set(domain.data, found)
  }
  return { routes, bad }
}

const form = `host, host:port or [address]:port with ${nextHopTls.options.join(', ')} behind it or nothing, or file:FOLDER`

function expected(what: string, found: string): string {
  return `expected ${what}, found ${found === '' ? 'nothing' : `'${printable(found.slice(0, 100))}'`}`
}

function routeOf({ value }: MapLine, folder: string): RouteConfig | undefined {
  if (value.startsWith('file:')) {
    const read = route.safeParse(value)
    return read.success && read.data.kind === 'file'
      ? { ...read.data, folder: resolve(folder, read.data.folder) }
      : undefined
  }
  const [, literal, name, port, tls] =
    /^(?:\[([^\]\s]+)\]|([^\s:]+))(?::(\d{1,5}))?(?:\s+(\S+))?$/.exec(value) ?? []
  const host = literal ?? name
  if (host === undefined) return undefined
  const read = route.safeParse({ host, ...(port && { port: Number(port) }), ...(tls && { tls }) })
  return read.success ? read.data : undefined
}
