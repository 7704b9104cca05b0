/**
 * For other programs: what the relay of a configuration would do with a message, and why. docs/library.md shows it at work. Unlike the
 * core (library.ts) it reads files and asks DNS.
 */

export { loadConfig } from './config/load.ts'
export { ConfigError } from './config/problem.ts'
export type { RelayConfig } from './config/schema.ts'
export type { Resolver } from './dns/resolver.ts'
export { type Zone, type ZoneEntry, zoneResolver } from './dns/zone-resolver.ts'
export type { LogFields, Logger } from './log/log.ts'
export {
  type PreviewingDependencies,
  type PreviewRequest,
  previewMessage,
} from './service/preview/preview-message.ts'
export type {
  CopyReport,
  ListReport,
  PreviewReport,
  SessionReport,
} from './service/preview/preview-report.ts'
