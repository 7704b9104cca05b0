/** The JSON schema of the configuration, for editors that complete and check `relay.config.json`. */
import { z } from 'zod'
import { relayConfigSchema } from './schema.ts'

/** The schema as text of a file (JSON Schema, draft 2020-12), made from the one that the relay itself checks by. */
export function jsonSchemaText(): string {
  const { $schema, properties, ...rest } = z.toJSONSchema(relayConfigSchema, {
    io: 'input',
    unrepresentable: 'any',
  })
  const schemaName = { type: 'string', description: 'Where this schema is, for editors; no setting.' }
  const schema = {
    $schema,
    title: 'Configuration of dkim2-relay',
    ...rest,
    properties: { $schema: schemaName, ...properties },
  }
  return `${JSON.stringify(schema, undefined, 2)}\n`
}
