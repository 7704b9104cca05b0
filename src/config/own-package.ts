/**
 * `import { defineConfig } from 'dkim2-relay/config'` in a configuration file. Where the package is installed beside the file, Node finds
 * it; everywhere else, for example below /etc, it is this very program.
 */
import { registerHooks } from 'node:module'

const moduleName = 'dkim2-relay/config'

let isOffered = false

/** From now on that import works from everywhere; what Node finds by itself goes first. */
export function offerOwnPackage(): void {
  if (isOffered) return
  isOffered = true
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier !== moduleName) return next(specifier, context)
      try {
        return next(specifier, context)
      } catch {
        return { url: ownSchema(), shortCircuit: true }
      }
    },
  })
}

/** This program runs from its sources, or from what was compiled of them. */
function ownSchema(): string {
  return new URL(import.meta.url.endsWith('.ts') ? './schema.ts' : './schema.js', import.meta.url).href
}
