/** xmllint of Debian's libxml2-utils, which knows XML Schema. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const schema = fileURLToPath(new URL('aggregate-report.xsd', import.meta.url))

/** Why there is none here, printed; undefined where there is. */
export function whyNoXmllint(): string | undefined {
  if (spawnSync('xmllint', ['--version']).status === 0) return undefined
  const reason = 'xmllint is not installed (libxml2-utils)'
  console.warn(`tests with xmllint are skipped: ${reason}`)
  return reason
}

/** What is wrong with an aggregate report by the structure of RFC 9990; '' where nothing is. */
export function faultsOfReport(xml: Buffer): string {
  const { status, stderr } = spawnSync('xmllint', ['--noout', '--nonet', '--schema', schema, '-'], {
    input: xml,
  })
  return status === 0 ? '' : stderr.toString()
}
