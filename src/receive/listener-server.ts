/** What a connection knows of the listener that it belongs to. */
import type { Socket } from 'node:net'
import type { SMTPServer } from 'smtp-server'
import type { SMTPConnection, SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection.js'
import type { SmtpReply } from '../smtp/reply.ts'
import type { MemoryBudget } from './memory-budget.ts'
import type { ReceiveHooks } from './received.ts'
import type { ListenerSettings } from './settings.ts'

/** What is known of a connection before anything was said. */
export interface ClientOptions extends SMTPConnectionOptions {
  /** A balancer made it for itself, or does not say for whom: it is nobody's that is trusted. */
  readonly isNobodys?: true
}

export interface ListenerServer extends SMTPServer {
  readonly settings: ListenerSettings
  readonly hooks: ReceiveHooks
  readonly memory: MemoryBudget
  readonly isTrusted: (address: string) => boolean
  /** From then on connections say goodbye at the next opportunity. */
  readonly isStopping: boolean

  /** The connection is closed for good. */
  forget(connection: SMTPConnection): void

  /** The socket begins TLS, which takes the listeners of this server off it. */
  watchAgain(socket: Socket): void

  /** The reply to a connection beyond a limit. */
  refusalOf(connection: SMTPConnection): SmtpReply | undefined

  /** How long a client of this address waits for its greeting. */
  greetingDelayMilliseconds(address: string): number
}
