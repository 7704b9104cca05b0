/** Reads a configuration in a thread of its own, where no module of it is loaded yet (fresh-config.ts). */
import { parentPort, workerData } from 'node:worker_threads'
import { loadConfig } from './load.ts'

const { file }: { readonly file: string } = workerData
loadConfig(file).then(
  config => parentPort?.postMessage({ config }),
  (error: Error) => parentPort?.postMessage({ problem: error.message }),
)
