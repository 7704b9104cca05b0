/** What reports about TLS say, as a page: how sessions with the mail hosts of a domain went, why they failed, and when. */
import { html } from 'hono/html'
import { printable } from '../../message/printable.ts'
import type { TlsOverview } from '../../tls-report/read-json.ts'
import type { PageSettings } from './dmarc-page.ts'
import { figure, type Markup, reportPageText, share, tableMarkup } from './frame.ts'
import { pictureOf } from './picture.ts'

/** One file of HTML, UTF-8. */
export function tlsPage(overview: TlsOverview, settings: PageSettings): string {
  const { periods, failures } = overview
  return reportPageText({
    title: `How others reach ${settings.domain === undefined ? 'our mail hosts' : printable(settings.domain)} over TLS`,
    summary: summaryOf(overview),
    body: html`<h2>Over time</h2>
${pictureOf('Sessions with TLS, and those that failed, over time', periods, ['good', 'failed'])}
<h2>What fails</h2>
${failures.length === 0 ? html`<p>Nothing.</p>` : failureTable(overview, settings)}
<h2>Domains</h2>
${domainTable(overview)}
<h2>Numbers</h2>
${periodTable(overview)}`,
    source: sourceOf(overview, settings),
  })
}

function summaryOf({ domains, leftOut }: TlsOverview): string[] {
  const failed = domains.reduce((sum, domain) => sum + domain.failed, 0)
  const all = failed + domains.reduce((sum, domain) => sum + domain.passed, 0)
  return [
    `${figure(all)} sessions; ${figure(failed)} of them failed (${share(failed, all)}).`,
    ...(leftOut > 0 ? [`${figure(leftOut)} kinds of failures are left out: there are too many.`] : []),
  ]
}

function failureTable({ failures }: TlsOverview, { limit }: PageSettings): Markup {
  return tableMarkup(
    'What fails',
    [
      { title: 'Domain' },
      { title: 'Result' },
      { title: 'Sessions', kind: 'number' },
      { title: 'Host' },
      { title: 'Seen' },
    ],
    failures
      .slice(0, limit)
      .map(({ domain, result, sessions, host, first, last }) => [
        printable(domain),
        printable(result),
        figure(sessions),
        printable(host) || '-',
        `${first} to ${last}`,
      ]),
  )
}

function domainTable({ domains }: TlsOverview): Markup {
  return tableMarkup(
    'Domains',
    [
      { title: 'Domain' },
      { title: 'Policy' },
      { title: 'Good', kind: 'number' },
      { title: 'Failed', kind: 'number' },
    ],
    domains.map(({ domain, policy, passed, failed }) => [
      printable(domain),
      printable(policy),
      figure(passed),
      figure(failed),
    ]),
  )
}

function periodTable({ periods }: TlsOverview): Markup {
  return tableMarkup(
    'Sessions over time',
    [{ title: 'When' }, { title: 'Good', kind: 'number' }, { title: 'Failed', kind: 'number' }],
    periods.map(({ period, passed, failed }) => [period, figure(passed), figure(failed)]),
  )
}

function sourceOf({ reports, repeated }: TlsOverview, { now }: PageSettings): string {
  const twice = repeated > 0 ? `, ${figure(repeated)} more came twice` : ''
  const made = new Date(now).toISOString().slice(0, 16).replace('T', ' ')
  return `Made on ${made} UTC of ${figure(reports)} reports about TLS (RFC 8460)${twice}.`
}
