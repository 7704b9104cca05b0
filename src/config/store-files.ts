/** The files that the settings of the store name, from the folder of the configuration. */
import { resolve } from 'node:path'
import type { RelayConfig } from './schema.ts'

export function resolveStoreFiles(store: RelayConfig['store'], folder: string): RelayConfig['store'] {
  const { passwordFile, authorityFile, keySecretFile } = store
  return {
    ...store,
    ...(passwordFile !== undefined && { passwordFile: resolve(folder, passwordFile) }),
    ...(authorityFile !== undefined && { authorityFile: resolve(folder, authorityFile) }),
    ...(keySecretFile !== undefined && { keySecretFile: resolve(folder, keySecretFile) }),
  }
}
