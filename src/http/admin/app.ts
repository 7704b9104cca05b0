/**
 * The application of the admin listener: metrics and probes for programs, pages for people who have signed in. Only a POST with the
 * token of the session changes anything. No scripts, nothing from elsewhere. It knows nothing of sockets.
 */
import type { Hono } from 'hono'
import type { Logger } from '../../log/log.ts'
import { apiPath } from '../../operator/api-path.ts'
import { contentPolicy, guardedApp, readiness } from '../guarded-app.ts'
import type { PagesParts } from './pages.ts'
import { addPages } from './pages.ts'

export interface AdminDependencies {
  readonly log: Logger
  /** Why the relay cannot work, in a word for programs; undefined where it can. Never rejects. */
  healthProblem(): Promise<string | undefined>
  /** Everything that is counted, in the text format of Prometheus. */
  metrics(): Promise<{ readonly text: string; readonly contentType: string }>
  /** Absent: no pages are shown. */
  readonly pages?: PagesParts | undefined
  /** The API. Absent: there is none. */
  readonly api?: Hono | undefined
}

const headers: Readonly<Record<string, string>> = {
  'Content-Security-Policy': contentPolicy("'self'"),
  'Referrer-Policy': 'same-origin',
}

export function adminApp(dependencies: AdminDependencies): Hono {
  const app = guardedApp(headers)
  app.onError((error, c) => {
    dependencies.log.error({ error, path: c.req.routePath }, 'a page failed')
    return c.text('This did not work. The log of the relay says why.\n', 500)
  })
  app.notFound(c => c.text('There is no such page.\n', 404))
  addProbes(app, dependencies)
  if (dependencies.api !== undefined) app.route(apiPath, dependencies.api)
  if (dependencies.pages !== undefined) addPages(app, dependencies.pages)
  return app
}

/** They ask for no password. */
function addProbes(app: Hono, dependencies: AdminDependencies): void {
  app.get('/metrics', async c => {
    const { text, contentType } = await dependencies.metrics()
    return c.body(text, 200, { 'Content-Type': contentType })
  })
  // That it answers is the answer: whoever restarts processes must not do so because a disk is full.
  app.get('/live', c => c.json({ status: 'ok' }, 200))
  app.get('/ready', async c => readiness(c, await dependencies.healthProblem()))
}
