/** What a reflector is told of the relay. */
import { forwardDependencies } from '../forward/forward-dependencies.ts'
import type { PathDependencies } from '../path-dependencies.ts'
import type { ReportDependencies } from '../reports/send-report.ts'
import type { ReflectionDependencies } from './send-reflection.ts'

/** @param ownMail what mail of our own is made with */
export function reflectionDependencies(
  dependencies: PathDependencies,
  ownMail: ReportDependencies,
): ReflectionDependencies {
  const signing = forwardDependencies(dependencies)
  const { bounceAddress } = signing
  return { ...ownMail, store: dependencies.store, bounceAddress, signing }
}
