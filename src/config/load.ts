/**
 * Loads a configuration: what its file says (config-file.ts) is checked against the schema, and its folders and files are resolved
 * against the folder of that file.
 */
import { dirname, resolve } from 'node:path'
import { readAuthorities } from '../deliver/authorities.ts'
import { readCertificate } from '../receive/certificate.ts'
import { resolveBatchFiles, resolveGatewayFiles } from './batch-smtp-files.ts'
import { readConfigFile } from './config-file.ts'
import { ConfigError, problemLines } from './problem.ts'
import { knownSettings } from './reference.ts'
import type { ListenerConfig, RelayConfig, RouteConfig } from './schema.ts'
import { relayConfigSchema } from './schema.ts'
import { resolveStoreFiles } from './store-files.ts'

/**
 * Reads, checks and completes a configuration file.
 *
 * @param file name of the file, absolute or relative to the current folder
 * @throws ConfigError with one line per mistake: the path in the configuration, what was expected and what was found
 */
export async function loadConfig(file: string): Promise<RelayConfig> {
  const config = await readConfig(file)
  await checkFiles(config, file)
  return config
}

/** The same, without a look at the certificates that it names: they may be yet to come. */
export async function readConfig(file: string): Promise<RelayConfig> {
  const absolute = resolve(file)
  return parseConfig(await readConfigFile(absolute), { file, folder: dirname(absolute) })
}

/**
 * Checks a configuration that is already in memory.
 *
 * @param input the configuration as written
 * @param source `file`: how messages call it; `folder`: what relative folders and files are resolved against
 * @throws ConfigError as loadConfig
 */
export function parseConfig(
  input: unknown,
  source: { readonly file: string; readonly folder: string },
): RelayConfig {
  const result = relayConfigSchema.safeParse(input)
  if (!result.success) throw problems(source.file, problemLines(result.error.issues, input, knownSettings))
  const config = resolveFolders(result.data, source.folder)
  const contradictions = contradictionLines(config)
  if (contradictions.length > 0) throw problems(source.file, contradictions)
  return freezeDeep(config)
}

function problems(file: string, lines: readonly string[]): ConfigError {
  return new ConfigError([`${file} is not valid:`, ...lines.map(line => `  ${line}`)].join('\n'))
}

function resolveFolders(config: RelayConfig, folder: string): RelayConfig {
  return {
    ...config,
    dataDirectory: resolve(folder, config.dataDirectory),
    keysDirectory: resolve(folder, config.keysDirectory),
    maps: {
      aliases: config.maps.aliases.map(file => resolve(folder, file)),
      routes: config.maps.routes.map(file => resolve(folder, file)),
    },
    listeners: config.listeners.map(listener => resolveCertificate(listener, folder)),
    ...(config.http === undefined ? {} : { http: resolveCertificate(config.http, folder) }),
    ...(config.admin === undefined ? {} : { admin: resolveCertificate(config.admin, folder) }),
    delivery: {
      ...config.delivery,
      ...(config.delivery.certificateAuthoritiesFile !== undefined && {
        certificateAuthoritiesFile: resolve(folder, config.delivery.certificateAuthoritiesFile),
      }),
    },
    resolver: {
      ...config.resolver,
      ...(config.resolver.zoneFile !== undefined && { zoneFile: resolve(folder, config.resolver.zoneFile) }),
    },
    batchSmtp: resolveBatchFiles(config.batchSmtp, folder),
    store: resolveStoreFiles(config.store, folder),
    routes: Object.fromEntries(
      Object.entries(config.routes).map(([domain, route]) => [domain, resolveRoute(route, folder)]),
    ),
  }
}

/** Resolves the files of the certificate of a listener, where it has one. */
function resolveCertificate<T extends { readonly certificate?: ListenerConfig['certificate'] }>(
  listener: T,
  folder: string,
): T {
  if (listener.certificate === undefined) return listener
  const { certificateFile, keyFile } = listener.certificate
  const certificate = {
    certificateFile: resolve(folder, certificateFile),
    keyFile: resolve(folder, keyFile),
  }
  return { ...listener, certificate }
}

function resolveRoute(route: RouteConfig, folder: string): RouteConfig {
  if (route.kind === 'batch') return resolveGatewayFiles(route, folder)
  return route.kind === 'file' ? { ...route, folder: resolve(folder, route.folder) } : route
}

/** What no single setting shows. */
function contradictionLines(config: RelayConfig): string[] {
  const lines: string[] = []
  const names = new Map<string, number>()
  config.listeners.forEach((listener, index) => {
    const before = names.get(listener.name)
    if (before !== undefined) {
      lines.push(
        `listeners[${index}].name: expected a name of its own, found '${listener.name}' as in listeners[${before}]`,
      )
    }
    names.set(listener.name, index)
    lines.push(...submissionLines(listener, `listeners[${index}]`))
    if (listener.tls === 'none' && listener.certificate !== undefined) {
      lines.push(`listeners[${index}].certificate: expected none, because tls is 'none'`)
    }
  })
  return lines
}

/** Submission is for who has signed in, over TLS, wherever that is. */
function submissionLines({ kind, tls, trustedClients }: ListenerConfig, path: string): string[] {
  if (kind !== 'submission') return []
  return [
    ...(tls === 'none'
      ? [`${path}.tls: expected 'starttls' or 'implicit', because kind is 'submission': passwords need TLS`]
      : []),
    ...(trustedClients.length > 0
      ? [`${path}.trustedClients: expected none, because kind is 'submission': its clients sign in`]
      : []),
  ]
}

/** Certificates and their keys must be there and fit now, not when the first client asks for TLS. */
async function checkFiles(config: RelayConfig, file: string): Promise<void> {
  const lines: string[] = []
  const places = [
    ...config.listeners.map(({ certificate }, index) => ({ certificate, path: `listeners[${index}]` })),
    { certificate: config.http?.certificate, path: 'http' },
    { certificate: config.admin?.certificate, path: 'admin' },
  ]
  for (const { certificate, path } of places) {
    if (certificate === undefined) continue
    const { certificateFile, keyFile } = certificate
    const cause = await readCertificate(certificateFile, keyFile).then(
      () => undefined,
      (error: Error) => error.message,
    )
    if (cause === undefined) continue
    lines.push(
      `${path}.certificate: expected a certificate and its key in PEM files that can be read, found: ${cause}`,
    )
  }
  lines.push(...(await authoritiesLines(config)))
  if (lines.length > 0) throw problems(file, lines)
}

async function authoritiesLines({ delivery }: RelayConfig): Promise<string[]> {
  if (delivery.certificateAuthoritiesFile === undefined) return []
  return readAuthorities(delivery.certificateAuthoritiesFile).then(
    () => [],
    (error: Error) => [
      `delivery.certificateAuthoritiesFile: expected a PEM file of certificates, found: ${error.message}`,
    ],
  )
}

/** Nobody changes a configuration by accident. */
export function freezeDeep<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const inner of Object.values(value)) freezeDeep(inner)
  return value
}
