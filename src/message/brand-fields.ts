/**
 * The fields in which a receiver tells readers' programs which image to show beside a message: BIMI (draft-brand-indicators-for-
 * message-identification), draft-brotman-bimi-mua-00. Whoever receives mail removes those of others: they are forged, or were
 * meant for another reader.
 */
import { lowerAscii, type Message } from './message.ts'

/** In lower case. BIMI-Selector is the author's own, and stays. */
export const brandFields: ReadonlySet<string> = new Set([
  'bimi-indicator',
  'bimi-location',
  'bimi-logo-preference',
  'bimi-receiver-information',
  'bimi-receiver-signature',
])

/** Octets of these fields in a message; 0 where it has none. */
export function brandFieldOctets({ fields }: Message): number {
  return fields.reduce((sum, { name, octets }) => (isBrandField(name) ? sum + octets.length : sum), 0)
}

/** Their indices in the message. */
export function brandFieldIndices({ fields }: Message): readonly number[] {
  return fields.flatMap(({ name }, index) => (isBrandField(name) ? [index] : []))
}

function isBrandField(name: string): boolean {
  return brandFields.has(lowerAscii(name))
}
