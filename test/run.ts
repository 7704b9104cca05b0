/**
 * `npm test`: types, lint, every test, and as the last line what the test runner itself reported.
 * The exit status is 0 only when all three are clean.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

interface RunnerReport {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly success: boolean
}

function run(title: string, command: string, args: readonly string[]): boolean {
  process.stdout.write(`\n== ${title}\n`)
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' })
  if (error !== undefined) process.stdout.write(`${command} could not be started: ${error.message}\n`)
  return status === 0
}

function readReport(file: string): RunnerReport | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as RunnerReport
  } catch {
    return undefined
  }
}

const folder = mkdtempSync(join(tmpdir(), 'dkim2-relay-test-'))
const reportFile = join(folder, 'report.json')
const only = process.argv.slice(2)
const typesClean = run('types', 'tsc', [])
const lintClean = run('lint', 'biome', ['check', '--error-on-warnings'])
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`]
const testsClean = run('tests', 'vitest', ['run', ...reporters, ...only])
const report = readReport(reportFile)
rmSync(folder, { recursive: true, force: true })

if (!typesClean) process.stdout.write('types: errors, see above\n')
if (!lintClean) process.stdout.write('lint: errors, see above\n')
if (report === undefined) process.stdout.write('the test runner wrote no report\n')
const skipped = report?.numPendingTests ? `, ${report.numPendingTests} skipped` : ''
process.stdout.write(
  `${report?.numPassedTests ?? 0} passed, ${report?.numFailedTests ?? 1} failed${skipped}\n`,
)
process.exitCode = typesClean && lintClean && testsClean && report?.success === true ? 0 : 1
