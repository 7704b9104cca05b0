/** Pieces of which the schemas of operations are made. */
import { z } from 'zod'

/** A member that may be absent. JSON has no `undefined`, so what is there always has a value. */
export function maybe<T extends z.ZodType>(schema: T): z.ZodExactOptional<T>
export function maybe(schema: z.ZodType): z.ZodType {
  return schema.optional()
}

/** A value or null. */
export function orNull<T>(schema: z.ZodType<T>): z.ZodType<T | null> {
  return z.union([schema, z.null()])
}

export function listOf<T>(schema: z.ZodType<T>): z.ZodType<readonly T[]> {
  return z.array(schema).readonly()
}

/** A schema whose document has a name of its own. */
export function named<T>(name: string, schema: z.ZodType<T>): z.ZodType<T> {
  return schema.meta({ id: name })
}

export const text = z.string()
export const octets: z.ZodType<Uint8Array> = z.instanceof(Uint8Array)
export const texts = listOf(text)
export const whole = z.int()
export const time = z.string().describe('ISO 8601, UTC.')

/** As people and other programs write it; RFC 5321 section 4.5.3.1 allows 254 octets, and a list of them is no address. */
const maxAddressCharacters = 1_000
export const address = z.string().max(maxAddressCharacters)

/** A domain, an IP address, a queue id, the name of something. */
const maxWordCharacters = 1_000
export const word = z.string().min(1).max(maxWordCharacters)

/** Of a body that names many addresses: a page of them. */
const maxAddresses = 1_000
export const addresses = z.array(address).min(1).max(maxAddresses).readonly()

/** Of a query: `true` or `false`. */
export const flag = z.enum(['true', 'false']).transform(value => value === 'true')

/** How many a page has, at most: what takes a fraction of a second to read. */
export const maxPage = 500

/** How many a page has. */
export function pageLimit(usual: number) {
  return z.coerce.number().int().min(1).max(maxPage).default(usual)
}

/** What the page before said is next. */
export const cursor = z.string().min(1).max(100)
