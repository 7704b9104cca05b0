/** Look-ups of a message that nobody may ask of DNS for. */
import type { LookUps } from '../../src/admit/look-ups.ts'

/** Any question is an error of the test. */
export const noLookUps: LookUps = {
  lookup: async name => {
    throw new Error(`${name} was looked up`)
  },
  resolver: async name => {
    throw new Error(`${name} was looked up`)
  },
  hasUnknown: () => false,
}
