/** The lists of a store, read as they are at that moment. */
import type { ListTable, MailingList } from '../../lists/list-table.ts'
import { listTable, mailingList } from '../../lists/list-table.ts'
import { readListSettings } from '../../lists/settings.ts'
import type { StoredList } from '../../store/list-records.ts'
import type { Store } from '../../store/store.ts'

export async function listsIn(store: Pick<Store, 'lists'>): Promise<ListTable> {
  return listTable((await store.lists()).flatMap(readList))
}

/** A list whose settings cannot be read is told by the relay itself. */
function readList(stored: StoredList): MailingList[] {
  const reading = readListSettings(stored.settings)
  return reading.kind === 'read' ? [mailingList(stored, reading.settings)] : []
}
