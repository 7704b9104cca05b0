/** The subscribers of a list: found, added, removed, resumed. */
import { html } from 'hono/html'
import { adminPages } from '../../limits.ts'
import type { PeopleAction } from '../../operator/list-operations.ts'
import { peopleActions } from '../../operator/list-operations.ts'
import type { Subscriber } from '../../store/list-records.ts'
import type { AdminPage, Html, Viewer } from './frame.ts'
import { button, csrfField, shown, stateShown, table, timeShown, wordsPage } from './frame.ts'
import type { Done, Routes } from './routes.ts'
import { notFound, notUnderstood } from './routes.ts'

export interface SubscribersSearch {
  /** A part of an address; '' finds everybody. */
  readonly text: string
  /** '' for both states. */
  readonly state: '' | 'active' | 'suspended'
  /** Only those that came after this one. */
  readonly after: number
}

export interface SubscribersFound {
  readonly list: string
  readonly active: number
  readonly suspended: number
  readonly found: readonly Subscriber[]
  /** The subscriber that the next page begins after. */
  readonly more?: number
}

/** Undefined: it is done; else why not. */
export type SubscriberAnswer = string | undefined

export interface SubscriberDesk {
  /** Undefined: there is no such list. */
  subscribers(list: string, search: SubscribersSearch): Promise<SubscribersFound | undefined>
  changeSubscriber(
    list: string,
    change: { readonly action: PeopleAction; readonly address: string },
    by: string,
  ): Promise<SubscriberAnswer>
}

export function addSubscribers({ page, form }: Routes, desk: SubscriberDesk): void {
  page('/lists/:list', async (c, viewer, show) => {
    const search = searchOf(name => c.req.query(name) ?? '')
    const found = await desk.subscribers(c.req.param('list') ?? '', search)
    return found === undefined
      ? show(notFound, viewer, 404)
      : show(subscribersPage(found, search, viewer), viewer)
  })
  const done: Done = async (given, c, viewer, show) => {
    const action = peopleActions.find(one => one === given.get('action'))
    const address = given.get('address')
    const list = c.req.param('list') ?? ''
    if (action === undefined || typeof address !== 'string') return show(notUnderstood, viewer, 400)
    const problem = await desk.changeSubscriber(list, { action, address: address.trim() }, viewer.name)
    if (problem !== undefined) return show(wordsPage('Not done', shown(problem)), viewer, 400)
    return c.redirect(`/lists/${encodeURIComponent(list)}`, 303)
  }
  form('/lists/:list', { role: 'operator', maxBytes: adminPages.maxFormBytes, done })
}

function searchOf(query: (name: string) => string): SubscribersSearch {
  const state = query('state')
  const after = Number(query('after'))
  return {
    text: query('q'),
    state: state === 'active' || state === 'suspended' ? state : '',
    after: Number.isSafeInteger(after) ? after : 0,
  }
}

function subscribersPage(found: SubscribersFound, search: SubscribersSearch, viewer: Viewer): AdminPage {
  const { list, active, suspended, more } = found
  const action = `/lists/${encodeURIComponent(list)}`
  const next = new URLSearchParams({ q: search.text, state: search.state, after: String(more ?? '') })
  const titles = ['Subscriber', 'State', 'Since', 'Last failure', 'What to do']
  return {
    title: `Subscribers of ${shown(list)}`,
    at: '/lists',
    body: html`<section><p>${active} active, ${suspended} suspended.</p>
<form method="get" action="${action}" role="search"><label for="q">A part of an address</label>
<input id="q" name="q" type="search" value="${shown(search.text)}" maxlength="254">
<label for="state">State</label><select id="state" name="state">${['', 'active', 'suspended'].map(
      state =>
        html`<option value="${state}"${state === search.state ? html` selected` : ''}>${state || 'any'}</option>`,
    )}</select><div><button type="submit">Search</button></div></form></section>
<section>${table(
      'Subscribers',
      titles,
      found.found.map(one => subscriberRow(one, action, viewer)),
    )}
${more === undefined ? '' : html`<p><a href="${action}?${next.toString()}">More subscribers</a></p>`}</section>
${viewer.role === 'operator' ? addForm(action, viewer) : ''}`,
  }
}

function addForm(action: string, viewer: Viewer): Html {
  return html`<section><h2>Add a subscriber</h2><form method="post" action="${action}">${csrfField(viewer)}
<input type="hidden" name="action" value="subscribe"><label for="address">Address</label>
<input id="address" name="address" type="text" inputmode="email" autocomplete="off" maxlength="254" required>
<div><button type="submit">Add</button></div></form>
<p class="quiet">Nobody is asked: the person must have agreed.</p></section>`
}

function subscriberRow(one: Subscriber, action: string, viewer: Viewer): unknown[] {
  const act = (name: PeopleAction, label: string, isDanger = false) =>
    button(
      viewer,
      action,
      { action: name, address: one.address },
      { label, about: shown(one.address), isDanger },
    )
  return [
    shown(one.address),
    html`${stateShown(one.state)}${one.suspendedBy === null ? '' : ` by ${one.suspendedBy}`}`,
    timeShown(one.suspendedAt ?? one.subscribedAt),
    shown(one.reason ?? '-'),
    html`${one.state === 'suspended' ? act('resume', 'Resume') : act('suspend', 'Suspend')}${act('unsubscribe', 'Remove', true)}`,
  ]
}
