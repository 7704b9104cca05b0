/** Destinations: how they are, what they said last, how mail gets there; and targets of aliases that refuse it for good. */
import { html } from 'hono/html'
import { adminPages } from '../../limits.ts'
import type { Health } from '../../queue/destination-health.ts'
import type { AliasTarget } from '../../store/alias-target-records.ts'
import type { AdminPage, Html, Viewer } from './frame.ts'
import { button, facts, shown, stateShown, table, timeShown, wordsPage } from './frame.ts'
import type { Done, Routes } from './routes.ts'
import { notUnderstood } from './routes.ts'

/** A destination with mail in the queue. */
export interface DestinationState {
  readonly destination: string
  readonly health: Health
  readonly waiting: number
  readonly held: number
  /** Unix milliseconds; null: none waits. */
  readonly nextAttemptAt: number | null
  /** What the last attempt of the delivery that waits longest ended with. */
  readonly said: string | null
  /** MTA-STS as it is kept, in a word; null: none. */
  readonly policy: string | null
}

/** Where mail for a domain goes, and how that came about. */
export interface ShownPlan {
  readonly result: 'hops' | 'temporary' | 'permanent'
  readonly status: string | null
  readonly reason: string | null
  readonly candidates: readonly {
    readonly folder: string | null
    readonly host: string | null
    readonly address: string | null
    readonly port: number | null
    readonly why: string
    readonly tls: { readonly text: string } | null
  }[]
  readonly leftOut: readonly {
    readonly host: string
    readonly address: string | null
    readonly source: string
    readonly text: string
  }[]
  readonly questions: readonly {
    readonly type: string
    readonly name: string
    readonly answer: 'records' | 'absent' | 'temporary'
    readonly records: readonly string[]
    readonly authentic: boolean
    readonly reason: string | null
  }[]
  readonly policies: readonly { readonly name: string; readonly text: string }[]
}

/** A plan, or why there is none. */
export type DestinationPlan = ShownPlan | { readonly problem: string }

export interface DestinationDesk {
  destinationStates(): Promise<readonly DestinationState[]>
  /** Looks in DNS, within a time. */
  destination(
    name: string,
  ): Promise<{ readonly state: DestinationState; readonly plan: DestinationPlan } | undefined>
  suspendedTargets(): Promise<readonly AliasTarget[]>
  /** False: it is not suspended any more. */
  resumeTarget(addressKey: string, by: string): Promise<boolean>
}

export function addDestinations({ page, form }: Routes, desk: DestinationDesk): void {
  page('/destinations', async (c, viewer, show) => {
    const asked = c.req.query('name') ?? ''
    if (asked !== '') return c.redirect(`/destinations/${encodeURIComponent(asked)}`, 303)
    const [states, targets] = await Promise.all([desk.destinationStates(), desk.suspendedTargets()])
    return show(destinationsPage(states, targets, viewer), viewer)
  })
  page('/destinations/:name', async (c, viewer, show) => {
    const found = await desk.destination(c.req.param('name') ?? '')
    if (found === undefined)
      return show(
        wordsPage('No domain', 'Expected the name of a domain, such as destination.example.'),
        viewer,
        400,
      )
    return show(destinationPage(found.state, found.plan, viewer), viewer)
  })
  const done: Done = async (given, c, viewer, show) => {
    const address = given.get('resume')
    if (typeof address !== 'string') return show(notUnderstood, viewer, 400)
    if (await desk.resumeTarget(address, viewer.name)) return c.redirect('/destinations', 303)
    return show(wordsPage('Nothing to do', 'That address is not suspended any more.'), viewer)
  }
  form('/destinations', { role: 'operator', maxBytes: adminPages.maxFormBytes, done })
}

function destinationsPage(
  states: readonly DestinationState[],
  targets: readonly AliasTarget[],
  viewer: Viewer,
): AdminPage {
  const titles = ['Destination', 'Health', 'Waiting', 'Held', 'Next attempt', 'Said last', 'MTA-STS']
  const targetTitles = ['Address', 'Alias', 'Suspended', 'Next probe', 'Last failure', 'What to do']
  return {
    title: 'Destinations',
    at: '/destinations',
    body: html`<section><h2>With mail in the queue</h2>${table('Destinations', titles, states.map(stateRow))}
<form method="get" action="/destinations" role="search"><label for="name">Where would mail for this domain go?</label>
<input id="name" name="name" type="search" maxlength="254" required><div><button type="submit">Look</button></div></form></section>
<section><h2>Suspended targets of aliases</h2>
<p class="quiet">They have refused mail for good on several days. Mail goes to the other targets; probes resume them.</p>
${table(
  'Suspended targets of aliases',
  targetTitles,
  targets.map(one => targetRow(one, viewer)),
)}</section>`,
  }
}

function stateRow(one: DestinationState): unknown[] {
  return [
    html`<a href="/destinations/${encodeURIComponent(one.destination)}">${shown(one.destination)}</a>`,
    healthShown(one.health),
    String(one.waiting),
    String(one.held),
    one.nextAttemptAt === null ? '-' : timeShown(one.nextAttemptAt),
    shown(one.said ?? '-'),
    one.policy ?? '-',
  ]
}

function healthShown({ state, restsUntil }: Health): Html {
  return html`${stateShown(state)}${restsUntil === null ? '' : html` until ${timeShown(restsUntil)}`}`
}

function targetRow(target: AliasTarget, viewer: Viewer): unknown[] {
  const { address, alias, suspendedAt, probeDueAt, probeQueueId, reason } = target
  return [
    shown(address),
    shown(alias),
    suspendedAt === null ? '-' : timeShown(suspendedAt),
    probeDueAt === null || probeQueueId !== null ? 'under way' : timeShown(probeDueAt),
    shown(reason ?? '-'),
    button(
      viewer,
      '/destinations',
      { resume: target.addressKey },
      { label: 'Resume', about: shown(address) },
    ),
  ]
}

function destinationPage(state: DestinationState, plan: DestinationPlan, viewer: Viewer): AdminPage {
  const { destination, health, waiting, held, nextAttemptAt, said, policy } = state
  const retry = { destination, action: 'retry' }
  const queue = html`<a href="/queue/${encodeURIComponent(destination)}">${waiting + held} in the queue</a>`
  return {
    title: shown(destination),
    at: '/destinations',
    body: html`<section><h2>How it is</h2>${facts([
      ['Health', healthShown(health)],
      ['Waiting', html`${waiting}, ${held} held (${queue})`],
      ['Next attempt', nextAttemptAt === null ? '-' : timeShown(nextAttemptAt)],
      ['Said last', shown(said ?? '-')],
      ['MTA-STS, as kept', policy ?? 'none'],
    ])}${waiting === 0 ? '' : button(viewer, '/queue', retry, { label: 'Retry now', about: `all to ${shown(destination)}` })}</section>
${'problem' in plan ? html`<section><h2>Where mail goes</h2><p class="bad">${shown(plan.problem)}</p></section>` : planShown(plan)}`,
  }
}

function planShown(plan: ShownPlan): Html {
  const candidates = plan.candidates.map(one => [
    one.folder === null
      ? `${shown(one.host ?? '')} [${shown(one.address ?? '')}]:${one.port ?? ''}`
      : shown(one.folder),
    shown(one.why),
    shown(one.tls?.text ?? '-'),
  ])
  const leftOut = plan.leftOut.map(one => [
    shown(`${one.host}${one.address === null ? '' : ` [${one.address}]`}`),
    shown(one.source),
    shown(one.text),
  ])
  const questions = plan.questions.map(one => [
    one.type,
    shown(one.name),
    one.answer === 'records'
      ? one.records.map(record => html`${shown(record)}<br>`)
      : shown(one.reason ?? one.answer),
    one.authentic ? 'yes' : 'no',
  ])
  return html`<section><h2>Where mail goes</h2>${
    plan.result === 'hops'
      ? table('Next hops in their order', ['Host', 'Why', 'TLS'], candidates)
      : html`<p class="bad">${shown(`${plan.status ?? ''} ${plan.reason ?? ''}`.trim())}</p>`
  }</section>
<section><h2>TLS policies</h2>${table(
    'Policies',
    ['Policy', 'What it says'],
    plan.policies.map(one => [shown(one.name), shown(one.text)]),
  )}</section>
${leftOut.length === 0 ? '' : html`<section><h2>Left out</h2>${table('Left out', ['Host', 'From', 'Why'], leftOut)}</section>`}
<section><h2>Asked of DNS just now</h2>${table('Questions', ['Type', 'Name', 'Answer', 'DNSSEC'], questions)}</section>`
}
