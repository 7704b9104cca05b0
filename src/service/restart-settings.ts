/** Settings that a running relay does not change. */
import { isDeepStrictEqual } from 'node:util'
import type { RelayConfig } from '../config/schema.ts'

/** The database is open, the processes run, the log is written, the watchdog watches: they were made with these. */
const settings = ['dataDirectory', 'store', 'processes', 'log', 'watchdogSeconds'] as const

/** Those of them that differ. */
export function onlyAtStart(before: RelayConfig, after: RelayConfig): readonly string[] {
  return settings.filter(name => !isDeepStrictEqual(before[name], after[name]))
}
