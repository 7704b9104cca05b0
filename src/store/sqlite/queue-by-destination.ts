/** The open deliveries, counted by destination, state and age. */
import { type DestinationQueue, queueAgeSeconds } from '../queries.ts'
import type { Connection } from './database.ts'

type Row = Omit<DestinationQueue, 'olderThan'> & Readonly<Record<string, number | string>>

const ages = queueAgeSeconds.map(
  seconds => `sum(CASE WHEN m.received_at < @now - ${seconds * 1000} THEN 1 ELSE 0 END) AS older${seconds}`,
)

/** Written out for each state: an index over one state serves only a query that names this state. */
function ofState(state: 'queued' | 'held'): string {
  return `SELECT d.destination, '${state}' AS state, count(*) AS deliveries, min(m.received_at) AS oldestAt,
      min(d.next_attempt_at) AS nextAttemptAt, ${ages.join(', ')}
    FROM deliveries d JOIN messages m ON m.id = d.message_id WHERE d.state = '${state}' GROUP BY d.destination`
}

/** See `Store.queueByDestination`. */
export function queueByDestination(connection: Connection, now: number, limit: number): DestinationQueue[] {
  const rows = connection
    .statement(
      `${ofState('queued')} UNION ALL ${ofState('held')} ORDER BY deliveries DESC, destination, state LIMIT @limit`,
    )
    .all({ now, limit }) as Row[]
  return rows.map(row => ({
    destination: row.destination,
    state: row.state,
    deliveries: row.deliveries,
    oldestAt: row.oldestAt,
    nextAttemptAt: row.nextAttemptAt,
    olderThan: queueAgeSeconds.map(seconds => Number(row[`older${seconds}`])),
  }))
}
