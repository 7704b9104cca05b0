/**
 * What the next hops of the copies are asked to report, and what this hop reports itself (RFC 3461 section 5.2). A recipient that leads
 * to one address is asked for as the sender had asked (section 5.2.7.2); where it leads to several, its expansion is the success
 * that the sender hears of (section 5.2.7.3). Pure.
 */
import type { Notification, Notify } from '../../smtp/dsn-parameters.ts'
import type { Envelope } from '../../smtp/envelope.ts'
import type { Forwarding } from '../forward/expand-envelope.ts'

/** Lists answer for their own copies, and mail that this relay writes asks for nothing. */
const kinds: ReadonlySet<Forwarding['kind']> = new Set(['alias', 'originate'])

/** The forwardings with what is asked for each. Without a reverse-path nobody can be told anything. */
export function askForReports(envelope: Envelope, forwardings: readonly Forwarding[]): Forwarding[] {
  const { notifications = {}, returns, envelopeId } = envelope
  const asksNothing =
    Object.keys(notifications).length === 0 && returns === undefined && envelopeId === undefined
  if (envelope.reversePath === '' || asksNothing) return [...forwardings]
  const message = {
    ...(returns !== undefined && { returns }),
    ...(envelopeId !== undefined && { envelopeId }),
  }
  const copies = Map.groupBy(
    forwardings.filter(({ failure }) => failure === undefined),
    ({ recipient }) => recipient,
  )
  return forwardings.map(forwarding => {
    if (!kinds.has(forwarding.kind)) return forwarding
    const asked = { ...message, ...notifications[forwarding.recipient] }
    const ofRecipient = copies.get(forwarding.recipient) ?? []
    if (ofRecipient.length > 1) return ofSeveral(forwarding, asked, forwarding === ofRecipient[0])
    const wantsSuccess = forwarding.failure === undefined && asked.notify?.includes('SUCCESS')
    return {
      ...forwarding,
      notification: asked,
      ...(wantsSuccess === true && { successDsn: 'wanted' as const }),
    }
  })
}

/** The first copy stands for the expansion. */
function ofSeveral(forwarding: Forwarding, asked: Notification, isFirst: boolean): Forwarding {
  const { notify, ...rest } = asked
  if (notify === undefined) return { ...forwarding, notification: rest }
  const notification = { ...rest, notify: withoutSuccess(notify) }
  const isConfirmed = isFirst && notify.includes('SUCCESS')
  return { ...forwarding, notification, ...(isConfirmed && { successDsn: 'due' as const }) }
}

/** Nothing else asked for is: nothing, please. No NOTIFY at all would ask for failures. */
function withoutSuccess(notify: Notify): Notify {
  const rest = notify.filter(word => word !== 'SUCCESS')
  return rest.length === 0 ? ['NEVER'] : rest
}
