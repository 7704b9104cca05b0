/** What a message is to this relay, as it is kept with it: one kind for each way that a message can take. */
import type { AdmissionRecord } from './admission-record.ts'
import type { BounceRecord, DeliveryName } from './bounce-record.ts'
import type { CommandRecord } from './command-record.ts'
import type { ReflectionRecord } from './reflection-record.ts'

/**
 * `forward` came for an alias or a list, `originate` from a client of ours; `bounce` came to a bounce address, `command` tells a
 * list to do something; `reflection` came to a reflector; `dsn` is a report of our own making, `notice` another mail of our own making.
 */
export type MessageRecord =
  | ForwardRecord
  | BounceMessageRecord
  | CommandMessageRecord
  | ReflectionMessageRecord
  | OwnMessageRecord

export type MessageKind = MessageRecord['kind']

export interface ForwardRecord {
  readonly kind: 'forward' | 'originate'
  readonly admission: AdmissionRecord
}

export interface BounceMessageRecord {
  readonly kind: 'bounce'
  readonly admission: AdmissionRecord
  readonly next: BounceNext
}

export type BounceNext =
  | { readonly do: 'pass-on'; readonly bounce: BounceRecord }
  /** It goes no further. Older records do not say what it is about, the oldest not why. */
  | { readonly do: 'park'; readonly reason: string | undefined; readonly about: DeliveryName | undefined }

export interface CommandMessageRecord {
  readonly kind: 'command'
  readonly admission: AdmissionRecord
  readonly next: CommandNext
}

export type CommandNext =
  | { readonly do: 'obey'; readonly command: CommandRecord }
  /** It goes no further. */
  | { readonly do: 'ignore'; readonly reason: string | undefined }

export interface ReflectionMessageRecord {
  readonly kind: 'reflection'
  readonly admission: AdmissionRecord
  readonly next: ReflectionNext
}

export type ReflectionNext =
  | { readonly do: 'reflect'; readonly reflection: ReflectionRecord }
  /** It goes no further. */
  | { readonly do: 'ignore'; readonly reason: string | undefined }

export interface OwnMessageRecord {
  readonly kind: 'dsn' | 'notice'
  /** null: it left at once; otherwise it goes to an address of our own. */
  readonly admission: AdmissionRecord | null
}
