/** What a configuration imports from beside it: without these files it cannot be read on another machine. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, relative, resolve, sep } from 'node:path'

/** `from './x.ts'`, `import './x.ts'`, `import('./x.ts')`. */
const imports = /\b(?:from|import)\s*\(?\s*(["'])(\.{1,2}\/[^"'\n]+)\1/g

/** A configuration is small; what imports so much is none. */
const maxModules = 100

export interface ImportedModule {
  readonly file: string
  /** From the folder of the configuration, with slashes. */
  readonly name: string
  /** False where it lies outside that folder: nobody knows where it would belong. */
  readonly isBeside: boolean
}

/** The modules that a configuration imports, and those that these import; those that are not there are left out. */
export async function importedModules(configFile: string): Promise<ImportedModule[]> {
  const home = dirname(resolve(configFile))
  const found = new Map<string, ImportedModule>()
  const waiting = [resolve(configFile)]
  for (let file = waiting.pop(); file !== undefined && found.size < maxModules; file = waiting.pop()) {
    const text = await readFile(file, 'utf8')
    for (const [, , specifier = ''] of text.matchAll(imports)) {
      const imported = resolve(dirname(file), specifier)
      if (found.has(imported) || imported === resolve(configFile) || !existsSync(imported)) continue
      const name = relative(home, imported).split(sep).join('/')
      found.set(imported, { file: imported, name, isBeside: !name.startsWith('../') })
      waiting.push(imported)
    }
  }
  return [...found.values()]
}
