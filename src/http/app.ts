/**
 * The pages and links of this relay: one-click unsubscribe (RFC 8058), confirmation of requests, health. Whatever opens a link
 * (GET, HEAD) is shown a question and changes nothing; only a POST does. No scripts, no cookies, nothing from elsewhere.
 */
import type { Context } from 'hono'
import { Hono } from 'hono'
import { maxHttpBodyBytes } from '../limits.ts'
import type { Logger } from '../log/log.ts'
import type { BatchDesk } from './batch-route.ts'
import { addBatchRoute, isForBatchDesk } from './batch-route.ts'
import { contentPolicy, guardedApp, readiness } from './guarded-app.ts'
import type { LinkSubject } from './list-pages.ts'
import * as pages from './list-pages.ts'
import type { Page } from './page.ts'
import { pageText, styleHash } from './page.ts'
import { readForm } from './read-form.ts'
import { addSubscriberPages } from './subscriber-app.ts'
import type { SubscriberDesk } from './subscriber-desk.ts'

/** What a link leads to. */
export type LinkAnswer =
  | { readonly kind: 'good'; readonly subject: LinkSubject }
  /** What it was to do is done already: programs send a request again when its answer was lost. */
  | { readonly kind: 'done' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'expired' }

/** A kind of link: what it would do, and doing it. Neither is given more than what stands in the link. */
export interface LinkDesk {
  look(token: string): Promise<LinkAnswer>
  act(token: string): Promise<LinkAnswer>
}

export interface PagesDependencies {
  readonly log: Logger
  /** Path of the public URL, without a slash at its end: a proxy may leave it in front of ours. */
  readonly prefix: string
  readonly unsubscribe: LinkDesk
  readonly confirm: LinkDesk
  readonly subscribers: SubscriberDesk
  /** Takes Batch SMTP objects; absent: nobody may post any. */
  readonly batch?: BatchDesk | undefined
  /** Why the relay cannot work, in a word for programs; undefined where it can. Never rejects. */
  healthProblem(): Promise<string | undefined>
}

const headers: Readonly<Record<string, string>> = {
  'Content-Security-Policy': contentPolicy(styleHash),
  // The address of a page is its secret.
  'Referrer-Policy': 'no-referrer',
  'Permissions-Policy': 'interest-cohort=()',
}

/** The application; it knows nothing of sockets. */
export function pagesApp(dependencies: PagesDependencies): Hono {
  const app = guardedApp(headers)
  app.use(async (c, next) => {
    if (isForBatchDesk(c, dependencies.batch)) return next()
    if (Number(c.req.header('Content-Length') ?? 0) > maxHttpBodyBytes) return show(c, 413, pages.tooBigPage)
    return next()
  })
  app.notFound(c => show(c, 404, pages.notFoundPage))
  app.onError((error, c) => {
    dependencies.log.error({ error, path: c.req.routePath }, 'a page failed')
    return show(c, 503, pages.troublePage)
  })
  const routes = routesOf(dependencies)
  app.route('/', routes)
  if (dependencies.prefix !== '') app.route(dependencies.prefix, routes)
  return app
}

function routesOf(dependencies: PagesDependencies): Hono {
  const routes = new Hono()
  routes.get('/health', async c => readiness(c, await dependencies.healthProblem()))
  routes.get('/robots.txt', c => c.text('User-agent: *\nDisallow: /\n'))
  addLink(routes, '/unsubscribe/:token', dependencies.unsubscribe, dependencies.log)
  addLink(routes, '/confirm/:token', dependencies.confirm, dependencies.log)
  addSubscriberPages(routes, dependencies.subscribers, dependencies.log)
  if (dependencies.batch !== undefined) addBatchRoute(routes, dependencies.batch)
  return routes
}

function addLink(routes: Hono, path: string, desk: LinkDesk, log: Logger): void {
  routes.get(path, async c => answer(c, await desk.look(tokenIn(c)), pages.questionPage))
  routes.post(path, async c => {
    const form = await readForm(c.req.raw, maxHttpBodyBytes)
    if (form === 'too-big') return show(c, 413, pages.tooBigPage)
    if (!isOneClick(form)) return show(c, 400, pages.badRequestPage)
    const found = await desk.act(tokenIn(c))
    log.info({ path: c.req.routePath, answer: found.kind }, 'link used')
    return answer(c, found, pages.donePage)
  })
  routes.all(path, c => {
    c.header('Allow', 'GET, HEAD, POST')
    return show(c, 405, pages.wrongMethodPage)
  })
}

function tokenIn(c: Context): string {
  return c.req.param('token') ?? ''
}

/** RFC 8058 section 3.2: the one field, in either form that a POST has. Our own button sends the same. */
function isOneClick(form: FormData | undefined): boolean {
  return form?.get('List-Unsubscribe') === 'One-Click'
}

function answer(c: Context, found: LinkAnswer, page: (subject: LinkSubject) => Page): Response {
  if (found.kind === 'good') return show(c, 200, page(found.subject))
  if (found.kind === 'done') return show(c, 200, pages.leftBeforePage)
  return found.kind === 'gone' ? show(c, 404, pages.gonePage) : show(c, 410, pages.expiredPage)
}

function show(c: Context, status: 200 | 400 | 404 | 405 | 410 | 413 | 503, page: Page): Response {
  return c.html(pageText(page), status)
}
