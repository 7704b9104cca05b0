/** The frame of every page of the operator. Everything that is put into `html` texts is escaped. */
import { html } from 'hono/html'
import { printable } from '../../message/printable.ts'
import type { AdminRole } from '../../store/admin-store.ts'

export type Html = ReturnType<typeof html>

/** Who looks at a page. */
export interface Viewer {
  readonly name: string
  readonly role: AdminRole
  readonly csrf: string
}

export interface AdminPage {
  readonly title: string
  /** Path of the part of the navigation that it belongs to. */
  readonly at: string
  readonly body: Html
}

const parts = [
  ['/', 'Messages'],
  ['/queue', 'Queue'],
  ['/destinations', 'Destinations'],
  ['/lists', 'Lists'],
  ['/domains', 'Domains'],
  ['/accounts', 'Accounts'],
  ['/tools', 'Tools'],
] as const

export function framed({ title, at, body }: AdminPage, viewer: Viewer | undefined): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title} - dkim2-relay</title>
<link rel="stylesheet" href="/style.css">
</head>
<body>
${viewer === undefined ? '' : navigation(at, viewer)}
<main id="main">
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`
}

function navigation(at: string, viewer: Viewer): Html {
  return html`<header>
<a class="skip" href="#main">Skip to the page</a>
<nav aria-label="Parts">
${parts.map(([path, name]) => html`<a href="${path}"${path === at ? html` aria-current="page"` : ''}>${name}</a> `)}
<form method="post" action="/logout">${csrfField(viewer)}<span class="quiet">${shown(viewer.name)} (${viewer.role})</span>
<button type="submit">Sign out</button></form>
</nav>
</header>`
}

/** A page that says something and leads on. */
export function wordsPage(title: string, words: string): AdminPage {
  return {
    title,
    at: '',
    body: html`<section><p>${words}</p><p><a href="/">To the messages</a></p></section>`,
  }
}

/** What every form carries. */
export function csrfField({ csrf }: Viewer): Html {
  return html`<input type="hidden" name="csrf" value="${csrf}">`
}

/** A button that does one thing, in a form of its own; nothing for a reader. */
export function button(
  viewer: Viewer,
  action: string,
  fields: Readonly<Record<string, string>>,
  { label, about, isDanger = false }: { label: string; about: string; isDanger?: boolean },
): Html | string {
  if (viewer.role !== 'operator') return ''
  const hidden = Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  )
  return html`<form method="post" action="${action}">${csrfField(viewer)}${hidden}<button type="submit"
 class="${isDanger ? 'danger' : ''}" aria-label="${label} ${about}">${label}</button></form>`
}

/** A table that scrolls on its own where it is too wide; its region can be reached by keyboard. */
export function table(name: string, titles: readonly string[], rows: readonly (readonly unknown[])[]): Html {
  if (rows.length === 0) return html`<p class="quiet">Nothing here.</p>`
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${name}"><table>
<thead><tr>${titles.map(title => html`<th scope="col">${title}</th>`)}</tr></thead>
<tbody>${rows.map(row => html`<tr>${row.map(cell => html`<td>${cell}</td>`)}</tr>\n`)}</tbody>
</table></div>`
}

/** Text from outside: what would break or turn a line around is shown as an escape. */
export function shown(text: string): string {
  return printable(text)
}

/** A path as people know it. */
export function pathShown(path: string): string {
  return `<${shown(path)}>`
}

export function timeShown(unixMilliseconds: number): Html {
  const text = new Date(unixMilliseconds).toISOString()
  return html`<time datetime="${text}">${text.slice(0, 19).replace('T', ' ')}</time>`
}

/** Names and what they are, as a list. */
export function facts(rows: readonly (readonly [name: string, value: unknown])[]): Html {
  return html`<dl>${rows.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`
}

/** A state in its colour; the word says it as well. */
export function stateShown(state: string): Html {
  return html`<span class="${colours[state] ?? ''}">${shown(state)}</span>`
}

const colours: Readonly<Record<string, string>> = {
  pass: 'good',
  delivered: 'good',
  forwarded: 'good',
  reached: 'good',
  fail: 'bad',
  failed: 'bad',
  permerror: 'bad',
  resting: 'bad',
  temperror: 'wait',
  deferred: 'wait',
  queued: 'wait',
  held: 'wait',
  ok: 'good',
  published: 'good',
  active: 'good',
  suspended: 'bad',
  missing: 'bad',
  different: 'bad',
  'another record': 'bad',
  disabled: 'wait',
}
