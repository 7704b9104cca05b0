/** What the figures were measured on. */
import { closeSync, fsyncSync, openSync, readFileSync, realpathSync, statSync, writeSync } from 'node:fs'
import { cpus, loadavg, release, totalmem, type } from 'node:os'
import { join } from 'node:path'
import { median } from './figures.ts'

export interface Machine {
  readonly processors: string
  readonly memory: string
  readonly disk: string
  readonly system: string
  readonly node: string
  /** Before the bench began: what others did on the machine. */
  readonly load: string
}

const syncs = 200

/** @param folder where the databases of the bench are */
export function describeMachine(folder: string): Machine {
  return {
    processors: `${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown'}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    disk: `${diskKind(folder)}; an fsync of 4 KiB takes ${syncMilliseconds(folder).toFixed(2)} ms (median of ${syncs})`,
    system: `${type()} ${release()}`,
    node: process.version,
    load: `${loadavg()[0]?.toFixed(1) ?? '-'} before the bench began (average over a minute)`,
  }
}

/** File system and kind of device, as far as the system tells. */
function diskKind(folder: string): string {
  try {
    const path = realpathSync(folder)
    const mounts = readFileSync('/proc/mounts', 'utf8')
      .trimEnd()
      .split('\n')
      .map(line => line.split(' '))
    const mount = mounts
      .filter(([, point = '']) => `${path}/`.startsWith(point === '/' ? point : `${point}/`))
      .toSorted(([, a = ''], [, b = '']) => b.length - a.length)[0]
    const { dev } = statSync(path)
    const block = `${Math.floor(dev / 256)}:${dev % 256}`
    return `${mount?.[2] ?? 'unknown file system'} on ${deviceKind(block)}`
  } catch {
    return 'unknown disk'
  }
}

function deviceKind(block: string): string {
  try {
    const folder = realpathSync(`/sys/dev/block/${block}`)
    const isRotational = readFileSync(join(folder, 'queue/rotational'), 'utf8').trim() === '1'
    const driver = /\/(virtio|nvme|ata|usb|mmc)/.exec(folder)?.[1]
    return `${driver === undefined ? '' : `${driver}, `}${isRotational ? 'reported as rotating' : 'reported as not rotating'}`
  } catch {
    return 'a device that tells nothing of itself'
  }
}

function syncMilliseconds(folder: string): number {
  const file = openSync(join(folder, 'fsync'), 'w')
  const octets = Buffer.alloc(4096, 1)
  const times: number[] = []
  for (let number = 0; number < syncs; number++) {
    writeSync(file, octets)
    const startedAt = performance.now()
    fsyncSync(file)
    times.push(performance.now() - startedAt)
  }
  closeSync(file)
  return median(times)
}
