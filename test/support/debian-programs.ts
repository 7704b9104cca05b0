/**
 * Programs of Debian packages that cannot be installed beside each other: Exim, Sendmail and Postfix each are the mail system of a
 * machine. Continuous integration unpacks those two into a folder outside of the repository, and tests run them from there.
 */
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Where `.ci/mail-programs` unpacks them. */
export const programsFolder = process.env.MAIL_PROGRAMS ?? join(tmpdir(), 'dkim2-relay-mail-programs')

const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64'

/** For their shared libraries. */
export const programEnvironment = {
  PATH: process.env.PATH ?? '',
  LD_LIBRARY_PATH: join(programsFolder, `usr/lib/${machine}-linux-gnu`),
}

/**
 * Why a program cannot be started here; undefined where it can. The reason is printed.
 *
 * @param path below the folder
 */
export function whyMissing(name: string, path: string): string | undefined {
  const reason = reasonFor(name, path)
  if (reason !== undefined) console.warn(`tests with ${name} are skipped: ${reason}`)
  return reason
}

function reasonFor(name: string, path: string): string | undefined {
  if (!existsSync(join(programsFolder, path))) return `${name} is not unpacked (.ci/mail-programs does it)`
  return process.getuid?.() === 0 ? undefined : `${name} can be started by root alone`
}
