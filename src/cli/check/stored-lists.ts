/** The lists of a relay that may not run, for `check`. */
import { existsSync } from 'node:fs'
import { databaseFile } from '../../config/folders.ts'
import type { RelayConfig } from '../../config/schema.ts'
import type { ListTable, MailingList } from '../../lists/list-table.ts'
import { listTable, mailingList } from '../../lists/list-table.ts'
import { readListSettings } from '../../lists/settings.ts'
import type { StoredList } from '../../store/list-records.ts'
import { openStoreBeside } from '../../store/open-store.ts'
import { StoreError } from '../../store/store-error.ts'

/** None before the first start, which makes the database or brings it up to date. */
export async function listsOf(config: RelayConfig): Promise<ListTable> {
  const file = databaseFile(config)
  if (!existsSync(file)) return listTable([])
  try {
    const store = await openStoreBeside(file, 'read')
    const stored = await store.lists().finally(() => store.close())
    return listTable(stored.flatMap(readList))
  } catch (error) {
    if (error instanceof StoreError && ['older', 'open-to-others'].includes(error.code)) return listTable([])
    throw error
  }
}

/** A list whose settings cannot be read is told by the relay itself. */
function readList(stored: StoredList): MailingList[] {
  const reading = readListSettings(stored.settings)
  return reading.kind === 'read' ? [mailingList(stored, reading.settings)] : []
}
