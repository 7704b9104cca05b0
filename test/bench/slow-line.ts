/** A line to the database server that takes its time, a process of its own. */
import { TcpProxy } from '../support/tcp-proxy.ts'
import { takeOrders } from './orders.ts'

takeOrders({
  /** The port of a line to another port. */
  async join({
    targetPort,
    delayMilliseconds,
  }: {
    targetPort: number
    delayMilliseconds: number
  }): Promise<number> {
    return (await TcpProxy.start(targetPort, delayMilliseconds)).port
  },
})
