/** The search of the pages: what a person types is looked for by the indexes of the store, however many messages there are. */
import { isIP, SocketAddress } from 'node:net'
import type { MessageLine } from '../../hoplog/summary.ts'
import type { MessageQuery } from '../../http/admin/desk.ts'
import { adminPages } from '../../limits.ts'
import { addressArgument } from '../../operator/address-argument.ts'
import type { Performers } from '../../operator/operations.ts'
import type { MessageCriteria } from '../../store/queries.ts'
import type { MessageState } from '../../store/records.ts'
import { messageStates } from '../../store/records.ts'

/** Newest first. A text is what the store can look for: an address, a domain, a Message-ID or an IP address. */
export async function findMessages(
  { text, state, before }: MessageQuery,
  desk: Pick<Performers, 'listMessages'>,
): Promise<{ found: MessageLine[]; more?: string }> {
  const limit = adminPages.rows
  const common = { limit, ...(before !== undefined && { before }), ...(isState(state) && { state }) }
  const pages = await Promise.all(
    searchesFor(text).map(criteria => desk.listMessages({ ...common, ...criteria })),
  )
  const byId = new Map(pages.flatMap(page => page.messages).map(line => [line.queueId, line]))
  const all = [...byId.values()].toSorted((one, other) => (one.queueId < other.queueId ? 1 : -1))
  const found = all.slice(0, limit)
  const hasMore = all.length > limit || pages.some(page => page.next !== null)
  const last = found.at(-1)
  return hasMore && last !== undefined ? { found, more: last.queueId } : { found }
}

function isState(text: string): text is MessageState {
  return messageStates.some(state => state === text)
}

/** Each finds messages of its own; a message that any of them finds is shown. */
export function searchesFor(typed: string): readonly MessageCriteria[] {
  const text = typed.trim()
  if (text === '') return [{}]
  if (text === '<>') return [{ from: '' }]
  const family = isIP(text)
  if (family !== 0) {
    const { address } = new SocketAddress({ address: text, family: family === 4 ? 'ipv4' : 'ipv6' })
    return [{ peer: address }]
  }
  const bare = addressArgument(text)
  const parties = [{ from: bare }, { to: bare }]
  // A Message-ID has the form of an address.
  return bare.includes('@', 1) ? [...parties, { messageId: bare }] : parties
}
