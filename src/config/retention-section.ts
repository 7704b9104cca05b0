/** How long the parts of finished messages are kept; the record of what happened to them: `queue.retentionSeconds`. */
import { z } from 'zod'
import { seconds } from './fields.ts'

export const retention = z.strictObject({
  bodySeconds: z
    .int()
    .min(0)
    .default(0)
    .describe(
      'How long the body of a message is kept once its last delivery is final and nobody has to be told of it. 0: no longer than a minute or two.',
    ),
  headerSeconds: seconds
    .exactOptional()
    .describe(
      'How long after its reception the header section of a finished message is kept, at most. Without it as long as its bounce addresses are valid: failures that come back later are reported with it.',
    ),
})
