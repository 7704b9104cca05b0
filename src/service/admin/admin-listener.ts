/** The admin listener of the configuration: metrics, probes and the pages of the operator. */
import type { RelayConfig } from '../../config/schema.ts'
import { adminApp } from '../../http/admin/app.ts'
import type { Generation } from '../generation.ts'
import { storeProblem } from '../store-problem.ts'
import { WebListener } from '../web-listener.ts'
import { snapshotOf } from './snapshot-values.ts'

type AdminConfig = NonNullable<RelayConfig['admin']>

export function adminListener(): WebListener<AdminConfig> {
  return new WebListener({ name: 'admin', settings: ({ admin }) => admin, app: appOf })
}

function appOf(generation: Generation) {
  const { log, meters, store } = generation.dependencies
  return adminApp({
    log,
    healthProblem: () => storeProblem(store),
    metrics: async () => ({
      text: await meters.text(await snapshotOf(generation)),
      contentType: meters.contentType,
    }),
  })
}
