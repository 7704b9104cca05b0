/** The child's end of the channel to the bench: it carries out orders, one answer each, and ends when the bench has ended. */
import { isMainThread } from 'node:worker_threads'

/** What an order asks for and what comes back. */
export interface Order {
  readonly id: number
  readonly name: string
  readonly parameter: unknown
}

export type OrderResult =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string }

/** A function for each name of an order. */
export type Orders = Readonly<Record<string, (parameter: never) => unknown>>

/** Answers the orders of the bench until it has ended. */
export function takeOrders(orders: Orders): void {
  process.once('disconnect', () => process.exit())
  process.on('message', (order: Order) => void carryOut(order, orders))
}

/** Ends this process as soon as the bench is gone, however it went; it does not keep the process alive. */
export function endWithParent(): void {
  if (!isMainThread) return
  process.once('disconnect', () => process.exit())
  process.channel?.unref()
}

async function carryOut({ id, name, parameter }: Order, orders: Orders): Promise<void> {
  try {
    const order = orders[name]
    if (order === undefined) throw new Error(`no such order: ${name}`)
    const result = (await order(parameter as never)) ?? null
    process.send?.({ id, result } satisfies OrderResult)
  } catch (error) {
    process.send?.({
      id,
      error: error instanceof Error ? error.message : String(error),
    } satisfies OrderResult)
  }
}
