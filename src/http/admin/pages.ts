/** The pages by their addresses. Everything but signing in needs a session; what changes something needs an operator and its form. */
import { getConnInfo } from '@hono/node-server/conninfo'
import type { Context, Hono } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { adminPages } from '../../limits.ts'
import { queueActions } from '../../operator/queue-operations.ts'
import { readForm } from '../read-form.ts'
import type { AdminDesk } from './desk.ts'
import { addDestinations } from './destination-pages.ts'
import { addDomains } from './domain-pages.ts'
import type { Viewer } from './frame.ts'
import { framed, shown, wordsPage } from './frame.ts'
import { messagePage, messagesPage } from './message-pages.ts'
import * as pages from './other-pages.ts'
import type { Done, FormParts, Routes, Show, Shown } from './routes.ts'
import { notUnderstood } from './routes.ts'
import { selectionOf } from './selection.ts'
import type { AdminSessions, SessionSettings } from './sessions.ts'
import { isFormOf } from './sessions.ts'
import { adminStyle } from './style.ts'
import { addSubscribers } from './subscriber-pages.ts'
import { givenIn, toolRequest } from './tool-form.ts'
import { nothingGiven, toolsPage } from './tools-page.ts'

export interface PagesParts {
  readonly desk: AdminDesk
  readonly sessions: AdminSessions
  readonly settings: SessionSettings
  /** The listener speaks HTTPS: cookies go nowhere else. */
  readonly isSecure: boolean
  /** Unix milliseconds. */
  clock(): number
  random(octets: number): Buffer
}

const cookie = 'dkim2-relay-session'

export function addPages(app: Hono, parts: PagesParts): void {
  app.get('/style.css', c => c.body(adminStyle, 200, { 'Content-Type': 'text/css; charset=utf-8' }))
  addSigningIn(app, parts)
  const routes: Routes = {
    page: (path, shown) => void app.get(path, c => withViewer(c, parts, shown)),
    form: (path, formParts) => void app.post(path, c => withForm(c, parts, formParts)),
  }
  for (const add of [addMessages, addQueue, addLists, addDestinations, addDomains, addTools])
    add(routes, parts.desk)
}

function addMessages({ page }: Routes, desk: AdminDesk): void {
  page('/', async (c, viewer, show) => {
    const [text = '', state = '', before = ''] = ['q', 'state', 'before'].map(name => c.req.query(name))
    const exact = isQueueId(text) ? await desk.message(text) : undefined
    if (exact !== undefined) return c.redirect(`/messages/${exact.record.queueId}`, 303)
    const query = { text, state, ...(before !== '' && { before }) }
    const { found, more } = await desk.messages(query)
    return show(messagesPage(query, found, more), viewer)
  })
  page('/messages/:id', async (c, viewer, show) => {
    const found = await desk.message(c.req.param('id') ?? '')
    if (found === undefined) return show(wordsPage('Not found', 'There is no such message.'), viewer, 404)
    return show(messagePage(found, viewer), viewer)
  })
}

function addQueue({ page, form }: Routes, desk: AdminDesk): void {
  page('/queue', async (_, viewer, show) => show(pages.queuePage(await desk.destinations(), viewer), viewer))
  page('/queue/:destination', async (c, viewer, show) => {
    const destination = c.req.param('destination') ?? ''
    return show(pages.destinationPage(destination, await desk.deliveriesTo(destination), viewer), viewer)
  })
  const done: Done = async (given, c, viewer, show) => {
    const action = queueActions.find(one => one === given.get('action'))
    const selection = selectionOf(given)
    if (action === undefined || selection === undefined) return show(notUnderstood, viewer, 400)
    const changed = await desk.changeQueue(action, selection, viewer.name)
    if (changed > 0) return c.redirect('/queue', 303)
    return show(wordsPage('Nothing to do', 'That is no longer in the queue.'), viewer)
  }
  form('/queue', { role: 'operator', maxBytes: adminPages.maxFormBytes, done })
}

function addLists(routes: Routes, desk: AdminDesk): void {
  addSubscribers(routes, desk)
  const { page, form } = routes
  page('/lists', async (_, viewer, show) => {
    const { lists, held } = await desk.lists()
    return show(pages.listsPage(lists, held, viewer), viewer)
  })
  const done: Done = async (given, c, viewer, show) => {
    const action = given.get('action')
    const post = Number(given.get('post'))
    if ((action !== 'approve' && action !== 'reject') || !Number.isSafeInteger(post))
      return show(notUnderstood, viewer, 400)
    if (await desk.decide(post, action, viewer.name)) return c.redirect('/lists', 303)
    return show(wordsPage('Nothing to do', 'That post is not held any more.'), viewer)
  }
  form('/lists', { role: 'operator', maxBytes: adminPages.maxFormBytes, done })
}

function addTools({ page, form }: Routes, desk: AdminDesk): void {
  page('/tools', async (_, viewer, show) => show(toolsPage(viewer, nothingGiven), viewer))
  const done: Done = async (given, _, viewer, show) => {
    const request = await toolRequest(given)
    const answer =
      'problem' in request ? { tool: 'none' as const, problem: request.problem } : await desk.useTool(request)
    return show(toolsPage(viewer, givenIn(given), answer), viewer)
  }
  form('/tools', { role: 'reader', maxBytes: adminPages.maxMessageBytes, done })
}

/** What is none is looked for otherwise. */
function isQueueId(text: string): boolean {
  return /^[0-9A-Za-z]{8,16}$/.test(text)
}

function addSigningIn(app: Hono, parts: PagesParts): void {
  const { desk, sessions, isSecure } = parts
  app.get('/login', c => shower(c)(pages.signInPage(), undefined))
  app.post('/login', async c => {
    const show = shower(c)
    const form = await readForm(c.req.raw, adminPages.maxFormBytes)
    if (form === undefined || form === 'too-big' || !isOwnSite(c))
      return show(pages.signInPage('Please try again.'), undefined, 400)
    const [name, password] = [form.get('name'), form.get('password')]
    const answer = await desk.signIn(String(name), String(password), addressOf(c))
    if (answer.kind === 'wrong') return show(pages.signInPage('Name or password is wrong.'), undefined, 401)
    if (answer.kind === 'wait') {
      c.header('Retry-After', String(answer.seconds))
      const words = `Too many wrong passwords. Please come again in ${answer.seconds} seconds.`
      return show(pages.signInPage(words), undefined, 429)
    }
    const token = sessions.open(answer.admin, parts.clock(), octets => parts.random(octets))
    setCookie(c, cookie, token, { httpOnly: true, sameSite: 'Strict', secure: isSecure, path: '/' })
    return c.redirect('/', 303)
  })
  app.post('/logout', c =>
    withForm(c, parts, {
      role: 'reader',
      maxBytes: adminPages.maxFormBytes,
      done: async () => {
        sessions.close(getCookie(c, cookie) ?? '')
        deleteCookie(c, cookie, { path: '/' })
        return c.redirect('/login', 303)
      },
    }),
  )
}

async function withViewer(c: Context, parts: PagesParts, shown: Shown): Promise<Response> {
  const viewer = await viewerOf(c, parts)
  return viewer === undefined ? c.redirect('/login', 303) : shown(c, viewer, shower(c))
}

async function withForm(
  c: Context,
  parts: PagesParts,
  { role, maxBytes, done }: FormParts,
): Promise<Response> {
  const viewer = await viewerOf(c, parts)
  if (viewer === undefined) return c.redirect('/login', 303)
  const show = shower(c)
  const form = await readForm(c.req.raw, maxBytes)
  if (form === 'too-big')
    return show(wordsPage('Too large', 'That is more than this page reads.'), viewer, 413)
  if (form === undefined) return show(notUnderstood, viewer, 400)
  if (!isOwnSite(c) || !isFormOf(viewer, form.get('csrf')))
    return show(
      wordsPage('Not done', 'This form was not made for your session. Please load the page again.'),
      viewer,
      403,
    )
  if (role === 'operator' && viewer.role !== 'operator')
    return show(wordsPage('Not allowed', 'You may look at everything, and change nothing.'), viewer, 403)
  return done(form, c, viewer, show)
}

/** undefined: has not signed in, or has to do it again. */
async function viewerOf(
  c: Context,
  { sessions, desk, settings, clock }: PagesParts,
): Promise<Viewer | undefined> {
  const token = getCookie(c, cookie)
  const session = token === undefined ? undefined : sessions.use(token, clock(), settings)
  if (session === undefined) return undefined
  const admin = await desk.admin(session.adminId)
  if (admin === undefined || admin.changedAt !== session.changedAt) return undefined
  return { name: admin.name, role: admin.role, csrf: session.csrf }
}

function shower(c: Context): Show {
  return async (page, viewer, status = 200) => c.html(String(await framed(page, viewer)), status)
}

/** A browser tells where a form came from; whoever tells nothing is no browser, and carries no cookie of one. */
function isOwnSite(c: Context): boolean {
  return ['same-origin', 'none', undefined].includes(c.req.header('Sec-Fetch-Site'))
}

function addressOf(c: Context): string {
  return shown(getConnInfo(c).remote.address ?? '')
}
