/** The version of this program, as its package says. */
import { readFileSync } from 'node:fs'

/** Found from the sources and from the published package alike. */
const packageFile = new URL('../../package.json', import.meta.url)

/** Such as 0.1.0. */
export function programVersion(): string {
  const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string }
  return version
}
