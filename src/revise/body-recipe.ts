/**
 * Editing a body by whole lines, and the recipe for it. Lines are counted as body-lines.ts counts them, in one pass over the
 * body, and nothing is kept of a line but its number.
 */

import type { CopyStep, Step } from '../dkim2/index.ts'
import { bodyLines, countLines, endsWithCrlf } from '../message/body-lines.ts'

/** Lines of a body replaced by others. */
export interface BodyEdit {
  /** Offset of the beginning of a line, or the end of the body. */
  readonly start: number
  /** Offset after the lines that go; `start` where lines are only put in. */
  readonly end: number
  /** What is put in: whole lines, each with its CRLF. */
  readonly lines: Buffer
}

export interface EditedBody {
  readonly body: Buffer
  /** Leads back to the body that was edited. */
  readonly steps: readonly Step[]
}

/**
 * Makes the edits, which come in ascending order and do not overlap.
 *
 * @returns undefined where a last line without CRLF would get one: no recipe takes it away again. SMTP ends every message
 *   with a CRLF (RFC 5321 section 4.1.1.4), so that this is no mail that came in with DATA.
 */
export function editBody(body: Buffer, edits: readonly BodyEdit[]): EditedBody | undefined {
  if (!endsWithLine(body) && edits.some(edit => edit.end === body.length)) return undefined
  const chunks: Buffer[] = []
  const steps: Step[] = []
  let line = 1
  let at = 0
  for (const edit of [...edits, { start: body.length, end: body.length, lines: body.subarray(0, 0) }]) {
    const kept = body.subarray(at, edit.start)
    const count = countLines(kept)
    if (count > 0) steps.push({ kind: 'copy', from: line, to: line + count - 1 })
    if (edit.end > edit.start) {
      steps.push({ kind: 'data', items: [...bodyLines(body.subarray(edit.start, edit.end))] })
    }
    chunks.push(kept, edit.lines)
    line += count + countLines(edit.lines)
    at = edit.end
  }
  return { body: Buffer.concat(chunks), steps }
}

function endsWithLine(body: Buffer): boolean {
  return body.length === 0 || endsWithCrlf(body, 0, body.length)
}

/** A step of the later recipe with the numbers of the lines that it gives. */
interface Stretch {
  readonly first: number
  readonly last: number
  readonly step: Step
}

/**
 * One recipe for two that follow one another: `later` leads from the last body to the one between, `earlier` from there to
 * the first. Linear in the number of steps.
 */
export function composeBodySteps(later: readonly Step[], earlier: readonly Step[]): readonly Step[] {
  const stretches = stretchesOf(later)
  const steps: Step[] = []
  let index = 0
  for (const step of earlier) {
    if (step.kind === 'data') {
      append(steps, step)
      continue
    }
    // Copies ascend, so that what one copy has passed no later one needs.
    while ((stretches[index]?.last ?? step.from) < step.from) index++
    for (let at = index; (stretches[at]?.first ?? step.to + 1) <= step.to; at++) {
      const stretch = stretches[at]
      if (stretch) append(steps, cut(stretch, step))
    }
  }
  return steps
}

function stretchesOf(steps: readonly Step[]): Stretch[] {
  let line = 1
  return steps.map(step => {
    const first = line
    line += step.kind === 'copy' ? step.to - step.from + 1 : step.items.length
    return { first, last: line - 1, step }
  })
}

/** What of a stretch lies in a copied range. */
function cut({ first, last, step }: Stretch, range: CopyStep): Step {
  const skipped = Math.max(0, range.from - first)
  const count = Math.min(last, range.to) - first + 1 - skipped
  return step.kind === 'copy'
    ? { kind: 'copy', from: step.from + skipped, to: step.from + skipped + count - 1 }
    : { kind: 'data', items: step.items.slice(skipped, skipped + count) }
}

/** Adds a step, joined to the last one where it continues it. */
function append(steps: Step[], step: Step): void {
  const last = steps.at(-1)
  if (last?.kind === 'copy' && step.kind === 'copy' && step.from === last.to + 1) {
    steps[steps.length - 1] = { ...last, to: step.to }
  } else if (last?.kind === 'data' && step.kind === 'data') {
    steps[steps.length - 1] = { kind: 'data', items: [...last.items, ...step.items] }
  } else {
    steps.push(step)
  }
}
