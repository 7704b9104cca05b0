/** forget: erases a person from the database, and names what a program cannot erase. */
import type { Command } from 'commander'
import { accountKey } from '../accounts/account-name.ts'
import { aliasAddress } from '../config/maps/alias-map.ts'
import type { RelayConfig } from '../config/schema.ts'
import { foldedAddress, parseMailbox } from '../message/mailbox.ts'
import { printable } from '../message/printable.ts'
import { openOutside } from '../service/outside/outside.ts'
import type { ForgetAnswer } from '../store/retention-records.ts'
import type { Store } from '../store/store.ts'
import { withStore } from './database.ts'
import type { ConfigOption, JsonOption } from './options.ts'
import { addressArgument, withConfig, withJson } from './options.ts'
import type { Finish, Terminal } from './terminal.ts'
import { jsonText, UsageError } from './terminal.ts'

/** Messages in one transaction: a relay beside it waits for a fraction of a second. */
const lookedAtAtOnce = 200

interface ForgetReport {
  readonly address: string
  /** Lists that it was subscribed to. */
  readonly lists: readonly string[]
  readonly requests: number
  readonly news: number
  /** Records of messages that it was erased from. */
  readonly messages: number
  /** Queue ids of messages that are still on their way: their records keep it. */
  readonly open: readonly string[]
  /** Where it still stands, for a person to decide about. */
  readonly stillIn: readonly string[]
}

/** Adds `forget`. */
export function forgetCommand(program: Command, terminal: Terminal, finish: Finish): void {
  withJson(withConfig(program.command('forget')))
    .description('erase a person from the database: subscriptions, and the address in old records')
    .argument('<address>')
    .action(async (text: string, options: ConfigOption & JsonOption) => {
      const address = addressArgument(text)
      if (parseMailbox(address) === undefined)
        throw new UsageError(`${address}: expected an address such as someone@destination.example`)
      const report = await withStore(options.config, 'change', (store, config) =>
        forget(address, { store, config, terminal }),
      )
      terminal.out(options.json ? jsonText(report) : forgetText(report))
      finish(report.open.length > 0 ? 1 : 0)
    })
}

async function forget(
  address: string,
  { store, config, terminal }: { store: Store; config: RelayConfig; terminal: Terminal },
): Promise<ForgetReport> {
  const ofLists = await store.forgetInLists(address)
  const open: string[] = []
  let messages = 0
  for (let after: number | null = 0; after !== null; ) {
    const step: ForgetAnswer = await store.forgetInMessages({ address, after, limit: lookedAtAtOnce })
    messages += step.messages
    open.push(...step.open)
    after = step.last
    terminal.progress(`${messages} records changed`)
  }
  terminal.progress('')
  await store.scrub()
  return { address, ...ofLists, messages, open, stillIn: await stillNamed(address, store, config) }
}

/** What an operator wrote is the operator's to change. */
async function stillNamed(address: string, store: Store, config: RelayConfig): Promise<readonly string[]> {
  const key = foldedAddress(address)
  const isIt = (other: string) => foldedAddress(other) === key
  const outside = await openOutside(config, store)
  const configured = Object.entries(config.domains).flatMap(([domain, { aliases }]) =>
    Object.entries(aliases).flatMap(([name, targets]) =>
      targets.some(isIt) ? [`alias ${name}@${domain} of the configuration`] : [],
    ),
  )
  const elsewhere = outside
    .sources()
    .flatMap(({ name, entries }) =>
      [...entries].flatMap(entry =>
        entry.targets.some(isIt) ? [`alias ${aliasAddress(entry)} (${name})`] : [],
      ),
    )
  const lists = (await store.lists()).flatMap(({ address: list, settings }) =>
    foldedAddress(JSON.stringify(settings)).includes(key) ? [`settings of list ${list}`] : [],
  )
  const account = (await store.account(accountKey(address))) === undefined ? [] : [`account ${address}`]
  const postmaster = config.postmaster !== undefined && isIt(config.postmaster) ? ['postmaster'] : []
  return [...postmaster, ...account, ...configured, ...elsewhere, ...lists]
}

function forgetText({ address, lists, requests, news, messages, open, stillIn }: ForgetReport): string {
  const name = printable(address)
  const lines = [
    lists.length === 0
      ? `${name} was subscribed to no list.`
      : `Unsubscribed from ${lists.map(printable).join(', ')}.`,
    `Erased from ${messages} records of messages, ${requests} requests and ${news} news of lists.`,
    ...(open.length === 0
      ? []
      : [
          `Still on their way, so that their records keep it: ${open.join(', ')}. Ask again when they are done.`,
        ]),
    ...stillIn.map(place => `Still named: ${printable(place)}`),
    'Not in the database, and not erased: the log of the relay, wherever its supervisor keeps it, and backups.',
  ]
  return lines.map(line => `${line}\n`).join('')
}
