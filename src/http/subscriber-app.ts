/** The routes of the pages of subscribers. Whatever opens one changes nothing; only a POST does. */
import type { Context, Hono } from 'hono'
import { maxHttpBodyBytes } from '../limits.ts'
import type { Logger } from '../log/log.ts'
import * as pages from './list-pages.ts'
import type { Page } from './page.ts'
import { pageText } from './page.ts'
import { readForm } from './read-form.ts'
import type { ChangeAnswer, SubscriberDesk, SubscriberWish, SubscriptionAnswer } from './subscriber-desk.ts'
import { changedPage, changePage, subscriptionPage } from './subscriber-pages.ts'

const ownPath = '/subscriber/:token'
const changePath = '/change/:token'

export function addSubscriberPages(routes: Hono, desk: SubscriberDesk, log: Logger): void {
  routes.get(ownPath, async c => answer(c, await desk.look(tokenIn(c))))
  routes.post(ownPath, async c => {
    const wish = wishIn(await formOf(c))
    if (wish === undefined) return show(c, 400, pages.badRequestPage)
    const found = await desk.carryOut(tokenIn(c), wish)
    log.info({ path: c.req.routePath, wish: wish.do, answer: found.kind }, 'link used')
    return answer(c, found)
  })
  routes.get(changePath, async c =>
    answerChange(c, await desk.lookAtChange(tokenIn(c), addressIn(c)), changePage),
  )
  routes.post(changePath, async c => {
    if ((await formOf(c))?.get('do') !== 'confirm') return show(c, 400, pages.badRequestPage)
    const found = await desk.confirmChange(tokenIn(c), addressIn(c))
    log.info({ path: c.req.routePath, answer: found.kind }, 'link used')
    return answerChange(c, found, changedPage)
  })
  routes.on(['PUT', 'DELETE', 'PATCH', 'OPTIONS'], [ownPath, changePath], c => {
    c.header('Allow', 'GET, HEAD, POST')
    return show(c, 405, pages.wrongMethodPage)
  })
}

function tokenIn(c: Context): string {
  return c.req.param('token') ?? ''
}

/** The new address, which the token is bound to. */
function addressIn(c: Context): string {
  return c.req.query('to') ?? ''
}

async function formOf(c: Context): Promise<FormData | undefined> {
  const form = await readForm(c.req.raw, maxHttpBodyBytes)
  return form === 'too-big' ? undefined : form
}

function wishIn(form: FormData | undefined): SubscriberWish | undefined {
  const wish = form?.get('do')
  if (wish === 'pause' || wish === 'resume') return { do: wish }
  const address = form?.get('address')
  return wish === 'change' && typeof address === 'string'
    ? { do: 'change', address: address.trim() }
    : undefined
}

function answer(c: Context, found: SubscriptionAnswer): Response {
  if (found.kind !== 'good') return showNone(c, found)
  const status = found.said === 'bad-address' ? 400 : found.said === 'too-often' ? 429 : 200
  return show(c, status, subscriptionPage(found.subject, found.said))
}

function answerChange(
  c: Context,
  found: ChangeAnswer,
  page: (subject: Extract<ChangeAnswer, { kind: 'good' }>['subject']) => Page,
): Response {
  return found.kind === 'good' ? show(c, 200, page(found.subject)) : showNone(c, found)
}

function showNone(c: Context, { kind }: { readonly kind: 'gone' | 'expired' }): Response {
  return kind === 'gone' ? show(c, 404, pages.gonePage) : show(c, 410, pages.expiredPage)
}

function show(c: Context, status: 200 | 400 | 404 | 405 | 410 | 429, page: Page): Response {
  return c.html(pageText(page), status)
}
