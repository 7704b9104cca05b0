/** Whether the postmaster is told once a day what nobody else was told of. */
import { z } from 'zod'

export const digest = z
  .enum(['daily', 'never'])
  .default('daily')
  .describe(
    'Whether `postmaster` gets a mail once a day where there is something to tell: failures that nobody was told of, destinations that are stuck, keys whose records are wrong, certificates that end.',
  )
