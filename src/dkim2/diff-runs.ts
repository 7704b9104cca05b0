/** Stretches of whole lines that two bodies have in common. */

/** Offsets and length in octets. The runs of a list ascend in both bodies and do not overlap. */
export interface Run {
  readonly previous: number
  readonly current: number
  readonly length: number
}

/** Adds a run after the last one, joined to it where it follows it in both bodies. */
export function addRun(runs: Run[], run: Run): void {
  if (run.length === 0) return
  const last = runs.at(-1)
  const continues =
    last?.previous === run.previous - (last?.length ?? 0) && last.current === run.current - last.length
  if (last && continues) runs[runs.length - 1] = { ...last, length: last.length + run.length }
  else runs.push(run)
}
