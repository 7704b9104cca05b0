/** Which certificates that listeners show end soon. A self-signed one is made anew by the relay itself. */
import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { RelayConfig } from '../../config/schema.ts'
import { digest } from '../../limits.ts'
import type { EndingCertificate } from './digest-text.ts'

const dayMilliseconds = 86_400_000

/** @param now Unix milliseconds */
export async function endingCertificates(
  { listeners, http, admin }: Pick<RelayConfig, 'listeners' | 'http' | 'admin'>,
  now: number,
): Promise<EndingCertificate[]> {
  const web = [
    { name: 'http', certificate: http?.certificate },
    { name: 'admin', certificate: admin?.certificate },
  ]
  const shown = [...listeners, ...web].flatMap(({ name, certificate }) =>
    certificate === undefined ? [] : [{ name, file: certificate.certificateFile }],
  )
  const byFile = [...Map.groupBy(shown, ({ file }) => file)]
  const read = await Promise.all(
    byFile.map(async ([file, ones]) => ({
      file,
      listeners: ones.map(({ name }) => name),
      endsAt: await endOf(file),
    })),
  )
  return read.filter(
    ({ endsAt }) => endsAt === undefined || endsAt <= now + digest.certificateDays * dayMilliseconds,
  )
}

/** Of the first certificate in the file; undefined where there is none that can be read. */
async function endOf(file: string): Promise<number | undefined> {
  try {
    return new X509Certificate(await readFile(file)).validToDate.getTime()
  } catch {
    return undefined
  }
}
