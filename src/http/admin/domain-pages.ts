/** Domains with the state of their keys and records, and accounts that submit mail. */
import { html } from 'hono/html'
import type { AccountState } from '../../store/account-records.ts'
import type { AdminPage, Html } from './frame.ts'
import { shown, stateShown, table, timeShown } from './frame.ts'
import type { Routes } from './routes.ts'
import { notFound } from './routes.ts'

export interface ShownKey {
  readonly domain: string
  readonly selector: string
  readonly algorithm: string
  readonly recordName: string
  /** `published`, `missing`, or what is wrong. */
  readonly record: string
}

export interface ShownDomain {
  readonly domain: string
  readonly aliases: number
  readonly keys: number
}

export interface ShownAccount {
  readonly name: string
  readonly state: AccountState
  readonly senders: readonly string[]
  /** Unix milliseconds. */
  readonly createdAt: number
}

/** A record that a domain or the relay should have, and how it stands. */
export interface ShownRecord {
  readonly kind: string
  readonly name: string
  readonly state: 'ok' | 'missing' | 'different' | 'unknown'
  readonly breaksMail: boolean
  readonly text: string
  /** What to publish. */
  readonly zoneLines: readonly string[]
}

/** What DNS says of a domain just now. */
export interface DomainState {
  readonly domain: string
  readonly keys: readonly ShownKey[]
  /** Those of the relay's own name first; or why they could not be looked up. */
  readonly records: readonly ShownRecord[] | { readonly problem: string }
}

export interface DomainDesk {
  domains(): Promise<readonly ShownDomain[]>
  /** Looks in DNS, within a time. Undefined: no domain of this relay. */
  domainState(domain: string): Promise<DomainState | undefined>
  accounts(): Promise<readonly ShownAccount[]>
}

export function addDomains({ page }: Routes, desk: DomainDesk): void {
  page('/domains', async (_, viewer, show) => show(domainsPage(await desk.domains()), viewer))
  page('/domains/:domain', async (c, viewer, show) => {
    const found = await desk.domainState(c.req.param('domain') ?? '')
    return found === undefined ? show(notFound, viewer, 404) : show(domainPage(found), viewer)
  })
  page('/accounts', async (_, viewer, show) => show(accountsPage(await desk.accounts()), viewer))
}

function domainsPage(domains: readonly ShownDomain[]): AdminPage {
  const rows = domains.map(({ domain, aliases, keys }) => [
    html`<a href="/domains/${encodeURIComponent(domain)}">${shown(domain)}</a>`,
    String(keys),
    String(aliases),
  ])
  return {
    title: 'Domains',
    at: '/domains',
    body: html`<section>${table('Domains', ['Domain', 'Keys', 'Aliases of the configuration'], rows)}
<p class="quiet">The page of a domain asks DNS how its keys and records stand.</p></section>`,
  }
}

function domainPage({ domain, keys, records }: DomainState): AdminPage {
  const keyRows = keys.map(key => [
    key.selector,
    key.algorithm,
    shown(key.recordName),
    stateShown(key.record),
  ])
  return {
    title: shown(domain),
    at: '/domains',
    body: html`<section><h2>Keys of DKIM2 and DKIM</h2>${table(
      'Keys',
      ['Selector', 'Algorithm', 'Record', 'In DNS'],
      keyRows,
    )}</section>
<section><h2>Records</h2>${'problem' in records ? html`<p class="bad">${shown(records.problem)}</p>` : recordsShown(records)}</section>`,
  }
}

function recordsShown(records: readonly ShownRecord[]): Html {
  const rows = records.map(one => [
    one.kind,
    shown(one.name),
    html`${stateShown(one.state)}${one.breaksMail ? html` <span class="bad">mail is lost</span>` : ''}`,
    shown(one.text),
    one.zoneLines.length === 0
      ? '-'
      : html`${one.zoneLines.map(line => html`<code>${shown(line)}</code><br>`)}`,
  ])
  return table('Records', ['For', 'Name', 'State', 'What it means', 'To publish'], rows)
}

function accountsPage(accounts: readonly ShownAccount[]): AdminPage {
  const rows = accounts.map(({ name, state, senders, createdAt }) => [
    shown(name),
    stateShown(state),
    senders.map(sender => html`${shown(sender)}<br>`),
    timeShown(createdAt),
  ])
  return {
    title: 'Accounts',
    at: '/accounts',
    body: html`<section>${table('Accounts', ['Name', 'State', 'May send as', 'Since'], rows)}
<p class="quiet">Who may submit mail. They are made and changed with <code>dkim2-relay users</code>.</p></section>`,
  }
}
