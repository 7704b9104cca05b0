/** What a token may do: the operations of each scope that it has, and no others. */

/** Each with what it allows. */
export const scopeTexts = {
  read: 'look at messages, the queue, aliases, lists, accounts, destinations and keys; use the tools',
  queue: 'retry, hold, release and delete deliveries',
  aliases: 'change the aliases of the database',
  lists: 'change lists, their subscribers and held posts',
  accounts: 'change the accounts that submit mail',
  admin: 'everything, also reload and forget',
} as const

export type Scope = keyof typeof scopeTexts

export const scopes: readonly Scope[] = ['read', 'queue', 'aliases', 'lists', 'accounts', 'admin']

export function isScope(text: string): text is Scope {
  return Object.hasOwn(scopeTexts, text)
}

/** Whether the scopes of a token allow what needs this one. */
export function allows(given: readonly string[], needed: Scope): boolean {
  return given.includes(needed) || given.includes('admin')
}
