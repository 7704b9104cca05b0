/** The part of the `Store` that is about aliases beside those of the configuration. */
import type { AliasChange, AliasesChanged, AliasName, StoredAlias } from './alias-records.ts'

export interface AliasStore {
  /** A number that grows with every change of an alias; 0: there never was one. */
  aliasesVersion(): Promise<number>
  /** What has become of aliases since a version, oldest change first; an alias that was changed again is told once. */
  aliasChanges(query: { after: number; limit: number }): Promise<AliasChange[]>
  alias(name: AliasName): Promise<StoredAlias | undefined>
  /** Makes aliases, or lets them lead elsewhere. */
  setAliases(aliases: readonly StoredAlias[], at: number): Promise<AliasesChanged>
  /** Removes aliases; answers how many there were. */
  removeAliases(names: readonly AliasName[], at: number): Promise<number>
  /** What was removed before a time is no longer told as a change; answers how many there were. */
  forgetRemovedAliases(before: number): Promise<number>
}
