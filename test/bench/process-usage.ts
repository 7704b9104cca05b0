/** What a process has used so far, with its threads and its children, as Linux counts it in /proc. */
import { readdirSync, readFileSync } from 'node:fs'

export interface ProcessUsage {
  /** Seconds of CPU, user and system; NaN where there is no /proc. */
  readonly cpuSeconds: number
  /** Octets that were given to the disk; NaN where there is no /proc. */
  readonly writtenBytes: number
}

/** USER_HZ: the unit of /proc/PID/stat on every machine that Node runs on. */
const ticksPerSecond = 100

/** Of a process and all that it has started and that still runs. */
export function usageOf(pid: number): ProcessUsage {
  try {
    const all = [pid, ...descendantsOf(pid)].map(usageOfOne)
    return {
      cpuSeconds: all.reduce((sum, one) => sum + one.cpuSeconds, 0),
      writtenBytes: all.reduce((sum, one) => sum + one.writtenBytes, 0),
    }
  } catch {
    return { cpuSeconds: Number.NaN, writtenBytes: Number.NaN }
  }
}

/** The most memory that a process has had resident so far, its threads included; NaN where there is no /proc. */
export function peakBytesOf(pid: number): number {
  try {
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]
    return Number(peak) * 1024
  } catch {
    return Number.NaN
  }
}

function usageOfOne(pid: number): ProcessUsage {
  // proc(5): the name of the program, in brackets, may hold spaces; fields 14 to 17 are the times, own and of ended children.
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
  const written = /^write_bytes: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'latin1'))?.[1]
  return { cpuSeconds: ticks / ticksPerSecond, writtenBytes: Number(written) }
}

function descendantsOf(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap(thread =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1').split(' ').filter(Boolean).map(Number),
  )
  return children.flatMap(child => [child, ...descendantsOf(child)])
}
