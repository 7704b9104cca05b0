/** The application of the admin listener; it knows nothing of sockets. */
import { Hono } from 'hono'
import type { Logger } from '../../log/log.ts'

export interface AdminDependencies {
  readonly log: Logger
  /** Why the relay cannot work, in a word for programs; undefined where it can. Never rejects. */
  healthProblem(): Promise<string | undefined>
  /** Everything that is counted, in the text format of Prometheus. */
  metrics(): Promise<{ readonly text: string; readonly contentType: string }>
}

/** What `/metrics`, `/live` and `/ready` answer; they ask for no password. */
export function adminApp(dependencies: AdminDependencies): Hono {
  const app = new Hono()
  app.onError((error, c) => {
    dependencies.log.error({ error, path: c.req.routePath }, 'a page failed')
    return c.text('This did not work. The log of the relay says why.\n', 500)
  })
  app.get('/metrics', async c => {
    const { text, contentType } = await dependencies.metrics()
    return c.body(text, 200, { 'Content-Type': contentType, 'Cache-Control': 'no-store' })
  })
  // That it answers is the answer: whoever restarts processes must not do so because a disk is full.
  app.get('/live', c => c.json({ status: 'ok' }, 200))
  app.get('/ready', async c => {
    const reason = await dependencies.healthProblem()
    return reason === undefined ? c.json({ status: 'ok' }, 200) : c.json({ status: 'failing', reason }, 503)
  })
  return app
}
