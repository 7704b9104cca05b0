/** Whether a value that came from another process is what a schema says. */
import type { z } from 'zod'

/** The value stays as it is, the order of its members too: what is printed of it is the same wherever it comes from. */
export function fits<T>(schema: z.ZodType<T>, value: unknown): value is T {
  return schema.safeParse(value).success
}
