/** Erasing a person from the database, and naming what a program cannot erase. */
import { accountKey } from '../../accounts/account-name.ts'
import { aliasAddress } from '../../config/maps/alias-map.ts'
import type { RelayConfig } from '../../config/schema.ts'
import { foldedAddress, parseMailbox } from '../../message/mailbox.ts'
import { addressArgument } from '../../operator/address-argument.ts'
import type { Answer, Performers } from '../../operator/operations.ts'
import { UsageError } from '../../operator/problems.ts'
import type { ForgetAnswer } from '../../store/retention-records.ts'
import type { Store } from '../../store/store.ts'
import type { Outside } from '../outside/outside.ts'
import type { DeskDependencies } from './desk-dependencies.ts'

/** Messages in one transaction: a relay beside it waits for a fraction of a second. */
const lookedAtAtOnce = 200

export function forgetDesk(
  dependencies: Pick<DeskDependencies, 'store' | 'config' | 'outside' | 'progress' | 'changed'>,
): Pick<Performers, 'forget'> {
  const { store, config, outside, progress, changed } = dependencies
  return {
    async forget({ address: text }) {
      const address = addressArgument(text)
      if (parseMailbox(address) === undefined)
        throw new UsageError(`${address}: expected an address such as someone@destination.example`)
      const [settings, to] = [await config(), await store('change')]
      const erased = await erase(address, to, progress)
      changed()
      const stillIn = await stillNamed(address, { store: to, config: settings, outside: await outside() })
      return { ...erased, stillIn }
    },
  }
}

async function erase(
  address: string,
  store: Store,
  progress: (text: string) => void,
): Promise<Omit<Answer<'forget'>, 'stillIn'>> {
  const ofLists = await store.forgetInLists(address)
  const open: string[] = []
  let messages = 0
  for (let after: number | null = 0; after !== null; ) {
    const step: ForgetAnswer = await store.forgetInMessages({ address, after, limit: lookedAtAtOnce })
    messages += step.messages
    open.push(...step.open)
    after = step.last
    progress(`${messages} records changed`)
  }
  progress('')
  await store.scrub()
  return { address, ...ofLists, messages, open }
}

interface Named {
  readonly store: Pick<Store, 'lists' | 'account'>
  readonly config: RelayConfig
  readonly outside: Pick<Outside, 'sources'>
}

/** What an operator wrote is the operator's to change. */
async function stillNamed(address: string, { store, config, outside }: Named): Promise<readonly string[]> {
  const key = foldedAddress(address)
  const isIt = (other: string) => foldedAddress(other) === key
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
