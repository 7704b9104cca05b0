/** Processes of node:cluster. Their ports: tcp/door.ts. */
import cluster from 'node:cluster'
import { availableParallelism } from 'node:os'
import { maxRelays } from '../store/relay-records.ts'
import type { SupervisorDependencies } from './supervisor.ts'

const placeVariable = 'DKIM2_RELAY_PLACE'

/** How many relays are wanted on this machine. */
export function processCount(processes: number | 'auto'): number {
  return processes === 'auto' ? Math.min(availableParallelism(), maxRelays) : processes
}

/** The place of this process among them; undefined: it is no such process. */
export function placeOfProcess(): number | undefined {
  const place = process.env[placeVariable]
  return cluster.isWorker && place !== undefined ? Number(place) : undefined
}

/** Starts the program again, with the same arguments, at a place. */
export const spawnInCluster: SupervisorDependencies['spawn'] = (place, { onStarted, onEnded }) => {
  const worker = cluster.fork({ [placeVariable]: String(place) })
  worker.on('message', (text: unknown) => {
    if (typeof text === 'string') onStarted(text)
    else
      for (const other of Object.values(cluster.workers ?? {}))
        if (other !== worker) other?.process.kill('SIGHUP')
  })
  worker.once('exit', (status: number | null, signal: string | null) => onEnded({ status, signal }))
  return { pid: worker.process.pid ?? 0, signal: name => void worker.process.kill(name) }
}

/** The other processes are to read their configuration again. */
export function reloadOthers(): void {
  process.send?.({ reload: true })
}

/** This process serves: its supervisor is told what people are told. When that is gone, this process stops too. */
export function tellSupervisor(text: string): void {
  process.send?.(text)
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
}
