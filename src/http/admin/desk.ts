/** What the pages ask of the relay. */
import type { MessageLine, QueueLine } from '../../hoplog/summary.ts'
import type { QueueAction } from '../../operator/queue-operations.ts'
import type { StoredAdmin } from '../../store/admin-store.ts'
import type { StoredPost } from '../../store/post-records.ts'
import type { DeliverySelection } from '../../store/queue-records.ts'
import type { DestinationDesk } from './destination-pages.ts'
import type { DomainDesk } from './domain-pages.ts'
import type { ShownMessage } from './message-pages.ts'
import type { ShownDestination, ShownList } from './other-pages.ts'
import type { SubscriberDesk } from './subscriber-pages.ts'
import type { ToolAnswer, ToolRequest } from './tools-page.ts'

export type SignInAnswer =
  | { readonly kind: 'signed-in'; readonly admin: StoredAdmin }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'wait'; readonly seconds: number }

export interface MessageQuery {
  /** An address, a domain, a Message-ID or an IP address; '' finds every message. */
  readonly text: string
  readonly state: string
  /** Only messages older than this queue id. */
  readonly before?: string
}

export interface AdminDesk extends DestinationDesk, DomainDesk, SubscriberDesk {
  /** @param address IP address of the client */
  signIn(name: string, password: string, address: string): Promise<SignInAnswer>
  /** undefined: removed. */
  admin(id: number): Promise<StoredAdmin | undefined>
  /** @returns `more`: queue id that the next page begins after */
  messages(query: MessageQuery): Promise<{ readonly found: readonly MessageLine[]; readonly more?: string }>
  message(queueId: string): Promise<ShownMessage | undefined>
  destinations(): Promise<readonly ShownDestination[]>
  deliveriesTo(destination: string): Promise<readonly QueueLine[]>
  /** @returns how many deliveries were changed */
  changeQueue(action: QueueAction, selection: DeliverySelection, by: string): Promise<number>
  lists(): Promise<{ readonly lists: readonly ShownList[]; readonly held: readonly StoredPost[] }>
  /** False: it is not held any more. */
  decide(postId: number, action: 'approve' | 'reject', by: string): Promise<boolean>
  useTool(request: ToolRequest): Promise<ToolAnswer>
}
