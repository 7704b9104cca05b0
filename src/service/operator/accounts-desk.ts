/** Accounts that submit mail. A running relay asks the store at every sign-in and message. */
import { accountKey } from '../../accounts/account-name.ts'
import { isClientKey } from '../../accounts/client-id.ts'
import { credentialsOf } from '../../accounts/credentials.ts'
import { passwordProblem } from '../../accounts/password.ts'
import { isoTime } from '../../hoplog/record.ts'
import { printable } from '../../message/printable.ts'
import type { Answer, Asked, Performers } from '../../operator/operations.ts'
import { UsageError } from '../../operator/problems.ts'
import type { AccountClient, StoredAccount } from '../../store/account-records.ts'
import type { Store } from '../../store/store.ts'
import { dayOf } from '../submission/take-submitted.ts'
import { accountName, existingAccount, findAccount, refuseTwice, sendersOf } from './account-facts.ts'
import type { DeskDependencies } from './desk-dependencies.ts'
import { nextOf, numberAfter } from './page-cursor.ts'

type AccountsDesk = Pick<
  Performers,
  | 'listAccounts'
  | 'showAccount'
  | 'checkAccount'
  | 'createAccount'
  | 'changeAccount'
  | 'changeAccounts'
  | 'changeClients'
>
type Dependencies = Pick<DeskDependencies, 'store' | 'config' | 'clock' | 'random'>
type AccountReport = Answer<'listAccounts'>['accounts'][number]

export function accountsDesk(dependencies: Dependencies): AccountsDesk {
  const { store, clock } = dependencies
  return {
    async listAccounts({ limit, after }) {
      const from = await store('read')
      const page = await from.accounts({ limit, ...(after !== undefined && { after: numberAfter(after) }) })
      const accounts: AccountReport[] = []
      for (const account of page) accounts.push(await reportOf(account, from, clock()))
      return { accounts, next: nextOf(page, limit, last => String(last.id)) }
    },
    async showAccount({ name }) {
      const from = await store('read')
      const account = await findAccount(from, name)
      const knownClients = (await from.accountClients(account.id)).map(clientReport)
      return { ...(await reportOf(account, from, clock())), knownClients }
    },
    checkAccount: async asked => ({ senders: await sendersOfNew(asked, dependencies) }),
    createAccount: asked => create(asked, dependencies),
    changeAccount: asked => change(asked, dependencies),
    changeAccounts: asked => changeStates(asked, dependencies),
    changeClients: asked => changeClients(asked, dependencies),
  }
}

async function reportOf(
  account: StoredAccount,
  store: Pick<Store, 'accountUse'>,
  now: number,
): Promise<AccountReport> {
  const { id, name, state, senders, dailyLimit, clients, createdAt, changedAt } = account
  return {
    name,
    state,
    senders,
    dailyLimit,
    sentToday: await store.accountUse(id, dayOf(now)),
    clients,
    createdAt: isoTime(createdAt),
    changedAt: isoTime(changedAt),
  }
}

function clientReport({ clientKey, state, firstAt, lastAt, times }: AccountClient) {
  return { key: clientKey, state, firstAt: isoTime(firstAt), lastAt: isoTime(lastAt), times }
}

/** @throws UsageError or OperationFailed where it cannot be made */
async function sendersOfNew(
  { name, senders }: Asked<'checkAccount'>,
  { store, config }: Dependencies,
): Promise<readonly string[]> {
  const to = await store('change')
  const allowed = sendersOf(accountName(name), senders, await config())
  if ((await to.account(accountKey(name))) !== undefined) throw existingAccount(name)
  return allowed
}

/** @throws UsageError for what can be no password */
function credentialsFor(password: string, { random }: Pick<Dependencies, 'random'>): Promise<object> {
  const problem = passwordProblem(password)
  if (problem !== undefined) throw new UsageError(`expected ${problem}`)
  return credentialsOf(password, octets => random(octets))
}

async function create(asked: Asked<'createAccount'>, dependencies: Dependencies) {
  const { name, password, dailyLimit = null, clients = 'observe' } = asked
  const senders = await sendersOfNew(asked, dependencies)
  const credentials = await credentialsFor(password, dependencies)
  const account = { name, nameKey: accountKey(name), credentials, senders, dailyLimit, clients }
  const to = await dependencies.store('change')
  await to.createAccount({ ...account, createdAt: dependencies.clock() }).catch(refuseTwice(name))
  return { senders }
}

async function change(asked: Asked<'changeAccount'>, dependencies: Dependencies) {
  const { name, password, senders, dailyLimit, clients } = asked
  const to = await dependencies.store('change')
  const { id } = await findAccount(to, name)
  const changes = {
    ...(password !== undefined && { credentials: await credentialsFor(password, dependencies) }),
    ...(senders !== undefined && { senders: sendersOf(name, senders, await dependencies.config()) }),
    ...(dailyLimit !== undefined && { dailyLimit }),
    ...(clients !== undefined && { clients }),
  }
  await to.changeAccount(id, changes, dependencies.clock())
  return { name }
}

/** A name that is not there is found before anything is changed. */
async function changeStates(
  { action, names }: Asked<'changeAccounts'>,
  { store, clock }: Dependencies,
): Promise<Answer<'changeAccounts'>> {
  const to = await store('change')
  const accounts = await Promise.all(names.map(name => findAccount(to, name)))
  for (const { id } of accounts) {
    if (action === 'remove') await to.deleteAccount(id)
    else await to.changeAccount(id, { state: action === 'disable' ? 'disabled' : 'active' }, clock())
  }
  return { names }
}

async function changeClients(
  { name, action, clients, all }: Asked<'changeClients'>,
  { store, clock }: Dependencies,
): Promise<Answer<'changeClients'>> {
  if ((clients === undefined) === (all === undefined))
    throw new UsageError('expected clients or all, one of them')
  const wrong = clients?.find(key => !isClientKey(key))
  if (wrong !== undefined)
    throw new UsageError(
      `${printable(wrong)}: expected a client such as 0f1e2d3c4b5a6978, as users show prints it`,
    )
  const to = await store('change')
  const { id } = await findAccount(to, name)
  const keys = clients ?? (await to.accountClients(id)).map(one => one.clientKey)
  return {
    changed: action === 'allow' ? await to.allowClients(id, keys, clock()) : await to.forgetClients(id, keys),
  }
}
