/** Runs one command as the executable does, but in this process and with a clock that the test sets. */
import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { runCommand } from '../../../src/cli/run.ts'

export interface Run {
  readonly status: number
  /** Standard output, octets as latin1. */
  readonly out: string
  /** Standard error. */
  readonly notes: string
  /** The lines of progress, as a terminal would have shown them. */
  readonly progress: readonly string[]
}

export interface Circumstances {
  /** Standard input, octets as latin1. */
  readonly input?: string
  /** Unix milliseconds. */
  readonly now?: number
  readonly colors?: boolean
}

export const usualNow = 1_763_000_100_000

export async function relay(
  args: readonly string[],
  { input = '', now = usualNow, colors = false }: Circumstances = {},
): Promise<Run> {
  const texts = { out: '', notes: '' }
  const progress: string[] = []
  const status = await runCommand(args, {
    out: output => {
      texts.out += output.toString('latin1')
    },
    note: text => {
      texts.notes += text
    },
    progress: text => void progress.push(text),
    colors,
    debug: false,
    stdin: Readable.from(input === '' ? [] : [Buffer.from(input, 'latin1')]),
    clock: () => now,
    random: octets => randomBytes(octets),
  })
  return { status, ...texts, progress }
}
