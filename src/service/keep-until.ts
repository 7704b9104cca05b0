import type { Parts } from './parts.ts'
import { keptUntil } from './settings.ts'

/** See `keptUntil`. */
export function keepUntil(parts: Parts, milliseconds: number): number {
  return keptUntil(parts.config, milliseconds)
}
