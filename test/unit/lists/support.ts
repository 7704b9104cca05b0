/** Lists for tests. */
import type { MailingList } from '../../../src/lists/list-table.ts'
import { mailingList } from '../../../src/lists/list-table.ts'
import type { ListSettings, ListSettingsInput } from '../../../src/lists/settings.ts'
import { readListSettings } from '../../../src/lists/settings.ts'

/** Settings with their defaults; one owner unless others are given. */
export function listSettings(settings: Partial<ListSettingsInput> = {}): ListSettings {
  const reading = readListSettings({ owners: ['owner@owners.example'], ...settings })
  if (reading.kind === 'wrong') throw new Error(JSON.stringify(reading.issues))
  return reading.settings
}

/** A list that the store has under this number. */
export function newList(id: number, address: string, settings: Partial<ListSettingsInput> = {}): MailingList {
  return mailingList({ id, address, settings: {}, createdAt: 1_000 }, listSettings(settings))
}
