/** The part of the `Store` that is about targets of aliases that refuse mail for good. */
import type {
  AliasTarget,
  AliasTargetNewsQuery,
  FailedTargetCopy,
  TargetDeliveriesQuery,
  TargetProbe,
} from './alias-target-records.ts'
import type { NewDelivery, NewMessage, StoredDelivery } from './records.ts'

export interface AliasTargetStore {
  /** A number that grows whenever a target is suspended or resumed; 0: there never was one. */
  suspendedTargetsVersion(): Promise<number>
  /** The suspended targets, in the form in which they are compared. */
  suspendedTargets(): Promise<string[]>
  /** Undefined: nothing has failed for good. */
  aliasTarget(addressKey: string): Promise<AliasTarget | undefined>
  /** Those that are suspended, the last first; then those with failures. */
  aliasTargets(query: { readonly limit: number }): Promise<AliasTarget[]>
  /** Those that were suspended or resumed, oldest first. */
  aliasTargetNews(query: AliasTargetNewsQuery): Promise<AliasTarget[]>
  /** Those whose probe is to be sent or decided on, the longest due first. */
  targetProbesDue(now: number, limit: number): Promise<AliasTarget[]>
  /** Copies of a message for targets of aliases that failed and were not reported yet, by ordinal. */
  failedTargetCopies(
    queueId: string,
    page: { readonly after: number; readonly limit: number },
  ): Promise<FailedTargetCopy[]>
  /** How many copies for an address its host has taken. */
  targetDeliveries(query: TargetDeliveriesQuery): Promise<number>
  /** Keeps a target as it is now. */
  keepAliasTarget(target: AliasTarget): Promise<void>
  /** Nothing is known against it any more. */
  forgetAliasTarget(addressKey: string): Promise<void>
  /** Targets that were suspended get mail again; answers how many there were. */
  resumeAliasTargets(addressKeys: readonly string[]): Promise<number>
  /** Forgets targets that are not suspended and have not failed since a time. */
  forgetAliasTargetsBefore(time: number): Promise<number>
  /** Spools a probe, as `spoolNotice` does, with what becomes of its target. [] where somebody else has sent one. */
  spoolTargetProbe(
    probe: TargetProbe,
    message: NewMessage,
    deliveries: readonly NewDelivery[],
  ): Promise<StoredDelivery[]>
}
