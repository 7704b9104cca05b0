/** Certificates for servers in tests, and what a client needs to trust them. */
import { selfSignedCertificate } from '../../src/receive/self-signed.ts'
import type { Certificate } from '../../src/receive/settings.ts'

let made: Certificate | undefined

/** The same certificate each time: for localhost, 127.0.0.1, ::1 and the host names of the tests. */
export function testCertificate(): Certificate {
  made ??= certificateFor([
    'localhost',
    '127.0.0.1',
    '::1',
    'relay.example',
    'sink.example',
    'mx.destination.example',
  ])
  return made
}

/** A new self-signed certificate; `agoDays` with fewer `days` makes one that has expired. */
export function certificateFor(
  names: readonly [string, ...string[]],
  { days = 2, agoDays = 0 }: { readonly days?: number; readonly agoDays?: number } = {},
): Certificate {
  return selfSignedCertificate({
    names,
    notBeforeMilliseconds: Date.now() - 3_600_000 - agoDays * 86_400_000,
    days,
  })
}
