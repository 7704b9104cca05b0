/** Accounts that submit mail. */
import { z } from 'zod'
import { cursor, listOf, maybe, named, orNull, pageLimit, text, texts, time, whole, word } from './fields.ts'
import { operation } from './operation.ts'

/** Longer than any name and any password that is taken: what is wrong with one is told in words. */
const maxNameCharacters = 1_000
const maxPasswordCharacters = 4_096
/** Senders of one account, or names and clients of one request. */
const maxEntries = 500

const name = z.string().max(maxNameCharacters)
const names = z.array(name).min(1).max(maxEntries).readonly()
const password = z.string().max(maxPasswordCharacters)

const report = {
  name: text,
  state: text,
  senders: texts,
  dailyLimit: orNull(whole).describe('Recipients in a day; null: what the configuration says.'),
  sentToday: whole,
  clients: text,
  createdAt: time,
  changedAt: time,
}
const account = named('Account', z.object(report))

const client = named(
  'Client',
  z.object({ key: text, state: text, firstAt: time, lastAt: time, times: whole }),
)

const changeable = {
  senders: maybe(names.describe('Addresses, or `@domain`, that it may send from.')),
  dailyLimit: maybe(
    orNull(z.int().min(1)).describe('Recipients in a day; null: what the configuration says.'),
  ),
  clients: maybe(
    z.enum(['observe', 'bind']).describe('What is done with clients that name themselves (CLIENTID).'),
  ),
}

export const accountOperations = {
  listAccounts: operation({
    method: 'get',
    path: '/accounts',
    scope: 'read',
    summary: 'The accounts, the first to be made first.',
    body: 'none',
    asked: z.strictObject({
      limit: pageLimit(100),
      after: maybe(cursor.describe('`next` of the page before.')),
    }),
    answer: z.object({ accounts: listOf(account), next: orNull(text) }),
  }),
  showAccount: operation({
    method: 'get',
    path: '/accounts/{name}',
    scope: 'read',
    summary: 'An account, and the clients that it signs in from.',
    body: 'none',
    asked: z.strictObject({ name }),
    answer: z.object({ ...report, knownClients: listOf(client) }),
  }),
  checkAccount: operation({
    method: 'post',
    path: '/accounts/check',
    scope: 'accounts',
    summary:
      'Whether an account could be made: its name is free, and its senders are of this relay. Nothing is changed.',
    body: 'json',
    asked: z.strictObject({ name, senders: changeable.senders }),
    answer: z.object({ senders: texts }),
  }),
  createAccount: operation({
    method: 'post',
    path: '/accounts',
    scope: 'accounts',
    summary: 'Makes an account.',
    body: 'json',
    asked: z.strictObject({ name, password, ...changeable }),
    logged: ['name'],
    answer: z.object({ senders: texts }),
  }),
  changeAccount: operation({
    method: 'patch',
    path: '/accounts/{name}',
    scope: 'accounts',
    summary: 'Changes what an account may do, or its password; what is not named stays as it is.',
    body: 'json',
    asked: z.strictObject({ name, password: maybe(password), ...changeable }),
    answer: z.object({ name: text }),
  }),
  changeAccounts: operation({
    method: 'post',
    path: '/accounts/states',
    scope: 'accounts',
    summary: 'Disables, enables or removes accounts.',
    body: 'json',
    asked: z.strictObject({ action: z.enum(['disable', 'enable', 'remove']), names }),
    logged: ['action', 'names'],
    answer: z.object({ names: texts }),
  }),
  changeClients: operation({
    method: 'post',
    path: '/accounts/{name}/clients',
    scope: 'accounts',
    summary: 'Allows or forgets clients that an account signs in from.',
    body: 'json',
    asked: z.strictObject({
      name,
      action: z.enum(['allow', 'forget']),
      clients: maybe(z.array(word).min(1).max(maxEntries).readonly()),
      all: maybe(z.literal(true).describe('Every client of the account.')),
    }),
    logged: ['action'],
    answer: z.object({ changed: whole }),
  }),
}
