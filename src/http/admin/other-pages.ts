/** The queue by destination, lists with their held posts; signing in. */
import { html } from 'hono/html'
import type { QueueLine } from '../../hoplog/summary.ts'
import type { Health } from '../../queue/destination-health.ts'
import type { StoredPost } from '../../store/post-records.ts'
import type { DestinationQueue } from '../../store/queries.ts'
import type { AdminPage, Viewer } from './frame.ts'
import { button, pathShown, shown, stateShown, table, timeShown } from './frame.ts'
import { queueButtons } from './message-pages.ts'

export interface ShownDestination extends DestinationQueue {
  readonly health: Health
  /** MTA-STS as it is kept, in a word; null: none. */
  readonly policy: string | null
}

export function queuePage(destinations: readonly ShownDestination[], viewer: Viewer): AdminPage {
  const titles = [
    'Destination',
    'State',
    'Deliveries',
    'Oldest',
    'Next attempt',
    'Health',
    'TLS policy',
    'What to do',
  ]
  return {
    title: 'Queue',
    at: '/queue',
    body: html`<section>${table(
      'Queue by destination',
      titles,
      destinations.map(one => destinationRow(one, viewer)),
    )}</section>`,
  }
}

function destinationRow(one: ShownDestination, viewer: Viewer): unknown[] {
  const { destination, health } = one
  return [
    html`<a href="/queue/${encodeURIComponent(destination)}">${shown(destination)}</a>`,
    stateShown(one.state),
    String(one.deliveries),
    timeShown(one.oldestAt),
    one.state === 'held' ? '-' : timeShown(one.nextAttemptAt),
    html`${stateShown(health.state)}${health.restsUntil === null ? '' : html` until ${timeShown(health.restsUntil)}`}`,
    one.policy ?? '-',
    queueButtons(viewer, { destination }, one.state, `all to ${shown(destination)}`),
  ]
}

export function destinationPage(destination: string, lines: readonly QueueLine[], viewer: Viewer): AdminPage {
  const rows = lines.map(line => {
    const delivery = `${line.queueId}/${line.ordinal}`
    const last = line.lastAttempt
    return [
      html`<a href="/messages/${line.queueId}">${delivery}</a>`,
      stateShown(line.state),
      pathShown(line.rt),
      String(line.attempts),
      shown(line.reason ?? last?.reply?.text ?? last?.reason ?? '-'),
      queueButtons(viewer, { delivery }, line.state, delivery),
    ]
  })
  const titles = ['Delivery', 'State', 'To', 'Attempts', 'Last reply', 'What to do']
  return {
    title: `Queue for ${shown(destination)}`,
    at: '/queue',
    body: html`<section>${table('Deliveries', titles, rows)}</section>`,
  }
}

export interface ShownList {
  readonly address: string
  readonly active: number
  readonly suspended: number
}

export function listsPage(
  lists: readonly ShownList[],
  held: readonly StoredPost[],
  viewer: Viewer,
): AdminPage {
  const posts = held.map(post => [
    html`<a href="/messages/${post.queueId}">${post.queueId}</a>`,
    shown(post.listAddress),
    timeShown(post.createdAt),
    shown(post.reason ?? ''),
    html`${decision(viewer, post, 'approve', 'Approve')}${decision(viewer, post, 'reject', 'Reject', true)}`,
  ])
  return {
    title: 'Lists',
    at: '/lists',
    body: html`<section><h2>Held posts</h2>${table('Held posts', ['Message', 'List', 'Since', 'Why', 'What to do'], posts)}</section>
<section><h2>All lists</h2>${table(
      'Lists',
      ['List', 'Active subscribers', 'Suspended'],
      lists.map(one => [
        html`<a href="/lists/${encodeURIComponent(one.address)}">${shown(one.address)}</a>`,
        String(one.active),
        String(one.suspended),
      ]),
    )}</section>`,
  }
}

function decision(
  viewer: Viewer,
  { id, queueId }: StoredPost,
  action: string,
  label: string,
  isDanger = false,
) {
  const about = `the post ${queueId}`
  return button(viewer, '/lists', { post: String(id), action }, { label, about, isDanger })
}

/** @param problem why the last try did not do it */
export function signInPage(problem?: string): AdminPage {
  return {
    title: 'Sign in',
    at: '',
    body: html`<section>${problem === undefined ? '' : html`<p class="bad" role="alert">${problem}</p>`}
<form method="post" action="/login">
<label for="name">Name</label><input id="name" name="name" autocomplete="username" required maxlength="254">
<label for="password">Password</label><input id="password" name="password" type="password" autocomplete="current-password" required>
<div><button type="submit">Sign in</button></div></form>
<p class="quiet">Accounts are made with <code>dkim2-relay admins add NAME</code>.</p></section>`,
  }
}
