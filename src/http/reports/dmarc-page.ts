/** What aggregate reports about DMARC say, as a page: who sends in the name of a domain, what fails, and how that goes over time. */
import { html } from 'hono/html'
import type { DmarcOverview, DmarcSender } from '../../dmarc-report/senders.ts'
import { printable } from '../../message/printable.ts'
import { figure, type Markup, reportPageText, share, tableMarkup } from './frame.ts'
import { pictureOf } from './picture.ts'

export interface PageSettings {
  /** The domain that was asked for; undefined: all of them. */
  readonly domain: string | undefined
  /** Senders in a table. */
  readonly limit: number
  /** Unix milliseconds. */
  readonly now: number
}

/** One file of HTML, UTF-8. */
export function dmarcPage(overview: DmarcOverview, settings: PageSettings): string {
  const { senders, periods } = overview
  const failing = senders.filter(({ failed }) => failed > 0)
  return reportPageText({
    title: `Who sends in the name of ${settings.domain === undefined ? 'our domains' : printable(settings.domain)}`,
    summary: summaryOf(overview, failing),
    body: html`<h2>Over time</h2>
${pictureOf('Messages that passed DMARC, and those that failed, over time', periods, ['passed', 'failed'])}
<h2>What fails</h2>
${failing.length === 0 ? html`<p>Nothing.</p>` : failingTable(failing, settings)}
<h2>Everybody who sends</h2>
${senderTable(senders, settings)}
<h2>Numbers</h2>
${periodTable(overview)}
<h2>Who reported</h2>
${reporterTable(overview, settings)}`,
    source: sourceOf(overview, settings),
  })
}

function summaryOf({ senders, leftOut }: DmarcOverview, failing: readonly DmarcSender[]): string[] {
  const failed = sumOf(senders, 'failed')
  const all = failed + sumOf(senders, 'passed')
  const addresses = new Set(senders.map(({ source }) => source)).size
  const [worst] = failing
  return [
    `${figure(all)} messages from ${figure(addresses)} addresses; ${figure(failed)} of them failed DMARC (${share(failed, all)}): neither DKIM nor SPF vouched for the domain in From.`,
    ...(worst === undefined
      ? []
      : [
          `Most of what failed came from ${printable(worst.source)} (${figure(worst.failed)}). It is a service of yours that does not sign for the domain yet, a forwarder that changes messages, or somebody else who uses the name.`,
        ]),
    ...(leftOut > 0 ? [`${figure(leftOut)} records are left out: there are too many senders.`] : []),
  ]
}

function sumOf(senders: readonly DmarcSender[], what: 'passed' | 'failed'): number {
  return senders.reduce((sum, sender) => sum + sender[what], 0)
}

function failingTable(senders: readonly DmarcSender[], { limit }: PageSettings): Markup {
  const rows = senders
    .slice(0, limit)
    .map(({ domain, source, failed, dkimFailed, spfFailed, quarantined, rejected, vouched, first, last }) => [
      printable(domain),
      printable(source),
      ...[failed, dkimFailed, spfFailed, quarantined, rejected].map(figure),
      `${first} to ${last}`,
      printable(vouched.join(' ')) || '-',
    ])
  const numbers = ['Failed', 'No DKIM', 'No SPF', 'Quarantined', 'Rejected']
  return html`${tableMarkup(
    'Senders of what fails',
    [
      { title: 'From' },
      { title: 'Address' },
      ...numbers.map(title => ({ title, kind: 'number' as const })),
      { title: 'Seen' },
      { title: 'Vouched for', kind: 'long' },
    ],
    rows,
  )}${moreText(senders, limit)}`
}

function senderTable(senders: readonly DmarcSender[], { limit }: PageSettings): Markup {
  const byNumber = senders.toSorted((a, b) => b.passed + b.failed - (a.passed + a.failed))
  const rows = byNumber
    .slice(0, limit)
    .map(({ domain, source, passed, failed, vouched }) => [
      printable(domain),
      printable(source),
      figure(passed + failed),
      share(failed, passed + failed),
      printable(vouched.join(' ')) || '-',
    ])
  return html`${tableMarkup(
    'Everybody who sends',
    [
      { title: 'From' },
      { title: 'Address' },
      { title: 'Messages', kind: 'number' },
      { title: 'Failed', kind: 'number' },
      { title: 'Vouched for', kind: 'long' },
    ],
    rows,
  )}${moreText(senders, limit)}`
}

function moreText(senders: readonly DmarcSender[], limit: number): Markup {
  const more = senders.length - limit
  return more > 0 ? html`<p class="note">and ${figure(more)} senders more (--limit)</p>` : html``
}

function periodTable({ periods }: DmarcOverview): Markup {
  return tableMarkup(
    'Messages over time',
    [
      { title: 'When' },
      { title: 'Passed', kind: 'number' },
      { title: 'Failed', kind: 'number' },
      { title: 'Share', kind: 'number' },
    ],
    periods.map(({ period, passed, failed }) => [
      period,
      figure(passed),
      figure(failed),
      share(failed, passed + failed),
    ]),
  )
}

function reporterTable({ reporters }: DmarcOverview, { limit }: PageSettings): Markup {
  return tableMarkup(
    'Who reported',
    [{ title: 'Organization' }, { title: 'Reports', kind: 'number' }],
    reporters
      .slice(0, limit)
      .map(({ organization, reports }) => [printable(organization) || '-', figure(reports)]),
  )
}

function sourceOf({ reports, repeated }: DmarcOverview, { now }: PageSettings): string {
  const twice = repeated > 0 ? `, ${figure(repeated)} more came twice` : ''
  const made = new Date(now).toISOString().slice(0, 16).replace('T', ' ')
  return `Made on ${made} UTC of ${figure(reports)} aggregate reports (RFC 9990 and RFC 7489)${twice}.`
}
