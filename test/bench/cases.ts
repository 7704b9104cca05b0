/** The cases of the bench. */
import type { ConnectionUse } from './load-client.ts'

export interface BenchCase {
  /** As `--only` knows it. */
  readonly name: string
  /** Cases that are measured in turn with each other. */
  readonly group: string
  readonly sizeBytes: number
  readonly sessions: number
  readonly connection: ConnectionUse
  readonly isSigned: boolean
  /** How much slower every commit is made. */
  readonly commitDelayMilliseconds: number
  /** Keys that the relay signs with. */
  readonly keys: 'ed25519' | 'ed25519+rsa'
  /** Whether the server has its client wait for the greeting. */
  readonly earlyTalkerWait: boolean
  /** Whether the targets are about it; its latency is measured too. */
  readonly isTarget: boolean
}

const slowCommitMilliseconds = 2
const sizes = [4096, 65_536]
const sessionNumbers = [1, 10, 20]
const uses: readonly ConnectionUse[] = ['kept', 'each']
/** The number of sessions that the targets are about. */
const targetSessions = 10

/** Every case: the matrix first, then those that show what one thing costs. */
export function allCases(): BenchCase[] {
  const matrix = sizes.flatMap(sizeBytes =>
    uses.flatMap(connection =>
      sessionNumbers.flatMap(sessions =>
        [0, slowCommitMilliseconds].map(delay => matrixCase(sizeBytes, connection, sessions, delay)),
      ),
    ),
  )
  const base = matrixCase(4096, 'kept', targetSessions, 0)
  const each = matrixCase(4096, 'each', targetSessions, 0)
  return [
    ...matrix,
    variant(base, 'unsigned', { isSigned: false }),
    variant(each, 'unsigned', { isSigned: false }),
    variant(base, 'rsa', { keys: 'ed25519+rsa' }),
    variant(each, 'rsa', { keys: 'ed25519+rsa' }),
    variant(each, 'wait', { earlyTalkerWait: true }),
  ]
}

function matrixCase(
  sizeBytes: number,
  connection: ConnectionUse,
  sessions: number,
  delay: number,
): BenchCase {
  const group = `${sizeBytes / 1024}k-${connection}-${sessions}`
  return {
    name: delay === 0 ? group : `${group}-slow`,
    group,
    sizeBytes,
    sessions,
    connection,
    isSigned: true,
    commitDelayMilliseconds: delay,
    keys: 'ed25519',
    earlyTalkerWait: false,
    isTarget: sessions === targetSessions,
  }
}

function variant(base: BenchCase, suffix: string, changes: Partial<BenchCase>): BenchCase {
  const name = `${base.name}-${suffix}`
  return { ...base, name, group: name, isTarget: false, ...changes }
}

/** Whether `--quick` measures it: what the targets are about. */
export function isQuick({ group }: BenchCase): boolean {
  return uses.some(connection => group === `4k-${connection}-${targetSessions}`)
}
