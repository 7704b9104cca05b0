/**
 * Bodies that recipes led back to. The copies that a list sends differ in header fields alone: with this their common body is
 * rebuilt once, and its hashes, which live as long as its octets (message-version.ts), are made once.
 */

import type { Step } from './model.ts'
import { applyBodySteps } from './recipe.ts'

export class RestoredBodies {
  /** By the body that was rebuilt from; of each only the last recipe, as copies have the same. */
  readonly #last = new WeakMap<Buffer, { readonly steps: string; readonly body: Buffer | undefined }>()

  /** As `applyBodySteps`. */
  apply(body: Buffer, steps: readonly Step[]): Buffer | undefined {
    const spelled = spelling(steps)
    const last = this.#last.get(body)
    if (last?.steps === spelled) return last.body
    const restored = applyBodySteps(body, steps)
    this.#last.set(body, { steps: spelled, body: restored })
    return restored
  }
}

/** Tells recipes apart: items hold no line end, or are refused when applied. */
function spelling(steps: readonly Step[]): string {
  return steps
    .map(step =>
      step.kind === 'copy'
        ? `c${step.from}-${step.to}`
        : step.items.map(item => `d${item.length}:${item.toString('latin1')}`).join('\n'),
    )
    .join('\n')
}
