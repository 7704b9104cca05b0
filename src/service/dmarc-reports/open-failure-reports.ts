/** The failure reports of a running relay. */
import type { PathDependencies } from '../path-dependencies.ts'
import type { PathWorkers } from '../path-workers.ts'
import { FailureReports } from './failure-reports.ts'
import { failureReportSettings } from './failure-settings.ts'

export function openFailureReports(
  { config, store, log, resolver, random }: PathDependencies,
  path: Pick<PathWorkers, 'background' | 'reportDependencies'>,
): FailureReports {
  return new FailureReports({
    store,
    log,
    resolver,
    settings: failureReportSettings(config),
    background: path.background,
    redactionKey: random(32),
    ownMail: () => path.reportDependencies(),
  })
}
