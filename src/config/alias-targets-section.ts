/** What becomes of addresses that aliases lead to and that refuse mail for good. */
import { z } from 'zod'
import { seconds } from './fields.ts'

export const aliasTargets = z.strictObject({
  suspend: z
    .boolean()
    .default(true)
    .describe(
      'Suspend a target that refuses mail for good again and again: it gets no copies until a probe has arrived or `aliases resume` says so. False: every copy is tried.',
    ),
  suspendAfterFailures: z
    .int()
    .min(1)
    .max(1_000)
    .default(4)
    .describe(
      'A target is suspended after so many permanent failures that lie with the address (it does not exist, is disabled, its domain takes no mail). One in twenty hours counts, and none when the address has taken other copies meanwhile.',
    ),
  forgetFailureSeconds: seconds.default(2_592_000).describe('Seconds in which one failure is forgotten.'),
  probeAfterSeconds: seconds
    .default(604_800)
    .describe('Seconds after the suspension, and after each probe that came back, until a probe is sent.'),
  probeWaitSeconds: seconds
    .default(259_200)
    .describe('Seconds that a probe has to come back; one that does not shows that the address works.'),
})
