import type { PathDependencies } from './path-dependencies.ts'
import { keptUntil } from './settings.ts'

/** See `keptUntil`. */
export function keepUntil(dependencies: Pick<PathDependencies, 'config'>, milliseconds: number): number {
  return keptUntil(dependencies.config, milliseconds)
}
