/** What the applications of all listeners have in common: header fields that keep a page to itself, and the answer to a probe. */
import type { Context } from 'hono'
import { Hono } from 'hono'

/** @param more header fields of this application, before those of all */
export function guardedApp(more: Readonly<Record<string, string>>): Hono {
  const headers = Object.entries({ ...common, ...more })
  const app = new Hono()
  app.use(async (c, next) => {
    await next()
    for (const [name, value] of headers) c.res.headers.set(name, value)
  })
  return app
}

const common: Readonly<Record<string, string>> = {
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Cache-Control': 'no-store',
  'X-Robots-Tag': 'noindex, nofollow',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
}

/** No scripts, and nothing from elsewhere. @param styles where styles may come from */
export function contentPolicy(styles: string): string {
  return `default-src 'none'; style-src ${styles}; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`
}

/** @param reason why the relay cannot work; undefined where it can */
export function readiness(c: Context, reason: string | undefined): Response {
  return reason === undefined ? c.json({ status: 'ok' }, 200) : c.json({ status: 'failing', reason }, 503)
}
