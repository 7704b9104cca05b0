/** Messages: a search, and what happened to one of them, as a picture and as tables. */
import { html } from 'hono/html'
import type { Changes, FieldChange, VersionChange } from '../../dkim2/version-changes.ts'
import type { OwnChange } from '../../hoplog/own-change.ts'
import { changedParts } from '../../hoplog/own-change.ts'
import type { HopRecord, SentRecord } from '../../hoplog/record.ts'
import type { MessageLine } from '../../hoplog/summary.ts'
import type { HopReport } from '../../hoplog/verdict-report.ts'
import { messageStates } from '../../store/records.ts'
import type { AdminPage, Html, Viewer } from './frame.ts'
import { button, pathShown, shown, stateShown, table } from './frame.ts'

export interface MessageSearch {
  readonly text: string
  readonly state: string
}

const states = ['', ...messageStates]

/** @param more queue id that the next page begins after */
export function messagesPage(search: MessageSearch, found: readonly MessageLine[], more?: string): AdminPage {
  const next = new URLSearchParams({ q: search.text, state: search.state, before: more ?? '' })
  return {
    title: 'Messages',
    at: '/',
    body: html`<section><form method="get" action="/" role="search">
<label for="q">Queue id, address, domain, Message-ID or IP address</label>
<input id="q" name="q" type="search" value="${shown(search.text)}" maxlength="254">
<label for="state">State</label>
<select id="state" name="state">${states.map(
      state =>
        html`<option value="${state}"${state === search.state ? html` selected` : ''}>${state || 'any'}</option>`,
    )}</select>
<div><button type="submit">Search</button></div>
</form></section>
<section>${table('Messages', ['Message', 'Time', 'From', 'To', 'State', 'DKIM2'], found.map(line))}
${more === undefined ? '' : html`<p><a href="/?${next.toString()}">Older messages</a></p>`}</section>`,
  }
}

function line(message: MessageLine): unknown[] {
  return [
    html`<a href="/messages/${message.queueId}">${message.queueId}</a>`,
    message.receivedAt.slice(0, 19).replace('T', ' '),
    pathShown(message.mf),
    message.rt.map(pathShown).join(' '),
    stateShown(message.state),
    message.result === null ? '-' : stateShown(message.result),
  ]
}

export interface ShownMessage {
  readonly record: HopRecord
  /** Of the versions before this relay; undefined: not even the header section is kept. */
  readonly changes: readonly VersionChange[] | undefined
  /** What this relay changed itself. */
  readonly own: readonly OwnChange[]
}

export function messagePage(message: ShownMessage, viewer: Viewer): AdminPage {
  const { record } = message
  const { received } = record
  return {
    title: `Message ${record.queueId}`,
    at: '/',
    body: html`<section><h2>Its journey</h2>${journey(message)}${wayBack(record)}</section>
<section><h2>What was received</h2>
<p>${stateShown(record.state)}${record.reason === null ? '' : html`: ${shown(record.reason)}`}.
${record.direction}, ${received.sizeBytes} octets, ${received.at}, from ${pathShown(received.mf)} to
${received.rt.map(pathShown).join(' ')}${received.peer === null ? '' : ` by ${shown(received.peer.helo)} [${received.peer.address}]`}.</p>
${received.verdict === null ? '' : html`<p>DKIM2: ${stateShown(received.verdict.result)} ${shown(received.verdict.error ?? '')}</p>`}</section>
<section><h2>What was sent</h2>${table(
      'Deliveries',
      ['Delivery', 'To', 'State', 'Last reply', 'What to do'],
      record.sent.map(sent => sentRow(record.queueId, sent, viewer)),
    )}</section>
<section><h2>What each hop changed</h2>${changesShown(message.changes)}</section>
<section><h2>What this relay changed</h2>${ownChangesShown(message.own)}</section>`,
  }
}

/** Hops left to right: those before this relay, this one, and where its copies went. */
function journey({ record: { received, sent }, changes = [], own }: ShownMessage): Html {
  const hops = received.verdict?.hops ?? []
  return html`<ol class="journey" tabindex="0" aria-label="Hops in their order">
${hops.map(hop => hopBox(hop, changes))}
<li class="${received.verdict?.result ?? ''}"><strong>this relay</strong>${sent[0]?.hop ? `i=${sent[0].hop.i}, ${shown(sent[0].hop.d)}` : 'adds no hop'}<br>
verdict ${stateShown(received.verdict?.result ?? 'none')}${partsShown(own)}</li>
${sent.length === 0 ? '' : html`<li class="${sent.every(one => one.state === 'failed') ? 'failed' : ''}">${sent.slice(0, 5).map(destinationLine)}${sent.length > 5 ? `and ${sent.length - 5} more` : ''}</li>`}
</ol>`
}

/** What a hop changed, in few words. */
function partsShown(changes: readonly Changes[]): Html | string {
  const parts = [...new Set(changes.flatMap(changedParts))]
  const more = parts.length > 6 ? ` and ${parts.length - 6} more` : ''
  return parts.length === 0 ? '' : html`<br>changed ${shown(parts.slice(0, 6).join(', '))}${more}`
}

function hopBox(hop: HopReport, changes: readonly VersionChange[]): Html {
  return html`<li class="${hop.result}"><strong>${shown(hop.d)}</strong>i=${hop.i} ${stateShown(hop.result)}<br>
${pathShown(hop.mf)} to ${hop.rt.map(pathShown).join(' ')}${hop.error === null ? '' : html`<br>${shown(hop.error)}`}${partsShown(changes.filter(({ i }) => i === hop.i))}</li>`
}

function destinationLine(sent: SentRecord): Html {
  return html`<strong>${pathShown(sent.rt)}</strong>${stateShown(sent.state)}<br>`
}

/** A failure goes back along the chain to whoever handed the message over. */
function wayBack(record: HopRecord): Html | string {
  const told = record.sent.filter(one => one.dsn !== 'none')
  if (record.reportsOn !== null)
    return html`<p>It reports on <a href="/messages/${record.reportsOn}">${record.reportsOn}</a>.</p>`
  if (told.length === 0) return ''
  return html`<h2>The way back of its bounce</h2><ol class="journey back" tabindex="0" aria-label="Way back">
<li><strong>${pathShown(record.received.mf)}</strong>the hop before</li>
<li><strong>this relay</strong>${told.map(one => html`${one.dsnQueueId === null ? `report ${one.dsn}` : html`<a href="/messages/${one.dsnQueueId}">report ${one.dsnQueueId}</a>`}<br>`)}</li>
<li class="failed">${told.map(one => html`<strong>${pathShown(one.rt)}</strong>${shown(one.reason ?? '')}`)}</li></ol>`
}

function sentRow(queueId: string, sent: SentRecord, viewer: Viewer): unknown[] {
  const last = sent.attempts.at(-1)
  const said = last?.reply
    ? `${last.reply.code} ${last.reply.enhanced} ${last.reply.text}`
    : (last?.reason ?? sent.reason ?? '-')
  const delivery = `${queueId}/${sent.ordinal}`
  return [
    delivery,
    pathShown(sent.rt),
    stateShown(sent.state),
    shown(said),
    queueButtons(viewer, { delivery }, sent.state, delivery),
  ]
}

/** What an operator can do to deliveries in a state. */
export function queueButtons(
  viewer: Viewer,
  what: Readonly<Record<string, string>>,
  state: string,
  about: string,
): Html | string {
  if (state !== 'queued' && state !== 'held') return '-'
  const act = (action: string, label: string, isDanger = false) =>
    button(viewer, '/queue', { ...what, action }, { label, about, isDanger })
  return html`${state === 'held' ? act('release', 'Release') : html`${act('retry', 'Retry')}${act('hold', 'Hold')}`}${act('delete', 'Delete', true)}`
}

export function changesShown(changes: readonly VersionChange[] | undefined): Html {
  if (changes === undefined)
    return html`<p class="quiet">The header section of the message is no longer kept.</p>`
  if (changes.length === 0) return html`<p class="quiet">No version says that it changed anything.</p>`
  return html`${changes.map(
    change => html`<h3>Version ${change.version}${change.i === null ? '' : `, by hop i=${change.i}`}</h3>
${change.obstacle === null ? '' : html`<p>${shown(change.obstacle)}</p>`}
${diffShown(change, change.obstacle !== null)}`,
  )}`
}

function ownChangesShown(own: readonly OwnChange[]): Html {
  if (own.length === 0) return html`<p class="quiet">Nothing.</p>`
  return html`${own.map(
    change => html`<h3>${change.list === null ? 'In every copy' : `For the list ${shown(change.list)}`}${change.i === null ? '' : `, by hop i=${change.i}`}</h3>
${[change.obstacle, ...change.remarks].map(text => (text === null ? '' : html`<p>${shown(text)}</p>`))}
${diffShown(change, change.obstacle !== null)}`,
  )}`
}

/** @param isPartial what stands there now is not known: places are named without it */
function diffShown({ headers, body }: Changes, isPartial = false): Html | string {
  if (headers.length + body.length === 0)
    return isPartial ? '' : html`<p class="quiet">It changed nothing that is signed.</p>`
  const field = isPartial ? partialFieldShown : fieldShown
  return html`<pre tabindex="0">${headers.map(field)}${body.map(
    hunk => html`@ line ${hunk.line}
${hunk.before.map(text => html`<del>- ${shown(text)}</del>\n`)}${hunk.now.map(text => html`<ins>+ ${shown(text)}</ins>\n`)}${isPartial ? html`<ins>+ …</ins>\n` : ''}`,
  )}</pre>`
}

function partialFieldShown(change: FieldChange): Html {
  return html`${fieldShown(change)}<ins>+ ${shown(change.name)}: …</ins>\n`
}

function fieldShown({ name, before, now }: FieldChange): Html {
  return html`${before.map(value => html`<del>- ${shown(name)}: ${shown(value)}</del>\n`)}${now.map(value => html`<ins>+ ${shown(name)}: ${shown(value)}</ins>\n`)}`
}
