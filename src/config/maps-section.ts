/** Files with aliases and routes, beside those that stand in the configuration. */
import { z } from 'zod'

const mapFile = z
  .string()
  .regex(/^file:.+/s, "'file:FILE'")
  .transform(text => text.slice('file:'.length))

export const maps = z.strictObject({
  aliases: z
    .array(mapFile)
    .default([])
    .describe(
      "Files of aliases as `'file:FILE'`, one alias a line: [operating.md](operating.md#aliases-and-routes-outside-the-configuration). Read again when they change. An alias of the configuration goes first, then one of the database (`aliases add`), then those of these files in their order.",
    ),
  routes: z
    .array(mapFile)
    .default([])
    .describe(
      "Files of routes as `'file:FILE'`, one domain a line. Read again when they change. A route of the configuration goes first.",
    ),
})
