/** What load client and sink agree upon. */

/** The end of a message on the wire with the line end before it. */
export const messageEnd = Buffer.from('\r\n.\r\n')

/** Tells the sink which message it has; x- fields are part of no hash. On top, so that it is found at once. */
export function benchIdField(id: number): string {
  return `X-Bench-Id: ${String(id).padStart(10, '0')}\r\n`
}

export const benchIdPattern = /^X-Bench-Id: (\d{10})\r\n/im

/** Milliseconds of a clock that all processes of a machine share. */
export function nowMilliseconds(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
