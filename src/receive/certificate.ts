/** Certificates of listeners: from files, or self-signed and kept in a folder. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder } from '../files/make-folder.ts'
import { isCertificateFor } from '../tls/certificate-name.ts'
import { selfSignedCertificate } from './self-signed.ts'
import type { Certificate } from './settings.ts'

/**
 * Reads a certificate chain and its key from PEM files.
 *
 * @throws Error with the file's name when one cannot be read or is not PEM, or when the key is not that of the certificate
 */
export async function readCertificate(certificateFile: string, keyFile: string): Promise<Certificate> {
  const cert = await readFile(certificateFile, 'utf8')
  const key = await readFile(keyFile, 'utf8')
  if (
    !isPair(
      parsed(certificateFile, () => new X509Certificate(cert)),
      parsed(keyFile, () => createPrivateKey(key)),
    )
  ) {
    throw new Error(`${keyFile} is not the key of the certificate in ${certificateFile}`)
  }
  return { key, cert }
}

export interface OwnCertificateSettings {
  /** Folder for `tls-certificate.pem` and `tls-key.pem`; made when it is missing. */
  readonly folder: string
  /** Name in the certificate. */
  readonly hostname: string
  readonly nowMilliseconds: number
}

/** A self-signed certificate lasts this long, and is made anew when less than a tenth of it is left. */
const validityDays = 365

/** The relay's own self-signed certificate: the one in the folder while it fits the name and the time, otherwise a new one. */
export async function ownCertificate(settings: OwnCertificateSettings): Promise<Certificate> {
  const certificateFile = join(settings.folder, 'tls-certificate.pem')
  const keyFile = join(settings.folder, 'tls-key.pem')
  const kept = await readCertificate(certificateFile, keyFile).catch(() => undefined)
  if (kept !== undefined && isStillGood(kept, settings)) return kept
  const made = selfSignedCertificate({
    names: [settings.hostname],
    notBeforeMilliseconds: settings.nowMilliseconds - 3_600_000,
    days: validityDays,
  })
  await makeFolder(settings.folder)
  await replaceFile(keyFile, made.key, 0o600)
  await replaceFile(certificateFile, made.cert, 0o644)
  return made
}

function isStillGood({ cert }: Certificate, { hostname, nowMilliseconds }: OwnCertificateSettings): boolean {
  const certificate = new X509Certificate(cert)
  const leftMilliseconds = certificate.validToDate.getTime() - nowMilliseconds
  return isCertificateFor(certificate, hostname) && leftMilliseconds > (validityDays * 86_400_000) / 10
}

function isPair(certificate: X509Certificate, key: ReturnType<typeof createPrivateKey>): boolean {
  return certificate.checkPrivateKey(key)
}

/** The error of OpenSSL says what it could not decode, but not where it stood. */
function parsed<T>(file: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new Error(`${file} is not a PEM file of the kind that was expected`, { cause })
  }
}

async function replaceFile(file: string, text: string, mode: number): Promise<void> {
  await writeFile(`${file}.new`, text, { mode })
  await rename(`${file}.new`, file)
}
