/** Which deliveries a form is about. */
import type { DeliverySelection } from '../../store/queue-records.ts'

/** undefined: it names neither a delivery, such as `1M80WBWJ900/0`, nor a destination. */
export function selectionOf(form: FormData): DeliverySelection | undefined {
  const [delivery, destination] = [form.get('delivery'), form.get('destination')]
  if (typeof destination === 'string' && destination !== '') return { kind: 'destination', destination }
  const match = typeof delivery === 'string' ? /^([0-9A-Za-z]+)\/(\d{1,9})$/.exec(delivery) : null
  if (match === null) return undefined
  return { kind: 'message', queueId: (match[1] ?? '').toUpperCase(), ordinal: Number(match[2]) }
}
