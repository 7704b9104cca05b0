/** A certificate for servers in tests, and what a client needs to trust it. */
import { selfSignedCertificate } from '../../src/receive/self-signed.ts'
import type { Certificate } from '../../src/receive/settings.ts'

let made: Certificate | undefined

/** The same certificate each time: for localhost, 127.0.0.1, ::1 and the host names of the tests. */
export function testCertificate(): Certificate {
  made ??= selfSignedCertificate({
    names: ['localhost', '127.0.0.1', '::1', 'relay.example', 'sink.example', 'mx.destination.example'],
    notBeforeMilliseconds: Date.now() - 3_600_000,
    days: 2,
  })
  return made
}
