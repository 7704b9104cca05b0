/**
 * Takes the PROXY header off a fresh connection, within a time and a number of octets (readProxyHeader knows the longest); what
 * follows it stays in the socket.
 */
import type { Socket } from 'node:net'
import { type ProxiedClient, readProxyHeader } from './proxy-header.ts'

export type Proxied =
  /** Without a client the balancer speaks for itself: a look whether this listener is alive. */
  | { readonly kind: 'read'; readonly client?: ProxiedClient }
  /** There is no header, or none that can be read; the socket is to be destroyed. */
  | { readonly kind: 'wrong'; readonly reason: string }

/** Resolves with the header, or with why there will be none. Never rejects. */
export function takeProxyHeader(socket: Socket, timeoutMilliseconds: number): Promise<Proxied> {
  return new Promise(resolve => {
    let octets: Buffer = Buffer.alloc(0)
    const end = (result: Proxied) => {
      clearTimeout(timer)
      socket.off('readable', read).off('error', broke).off('close', closed).off('end', closed)
      // The socket may still fail, and nobody else listens yet.
      if (result.kind === 'wrong') socket.on('error', () => undefined)
      resolve(result)
    }
    const fail = (reason: string) => end({ kind: 'wrong', reason })
    const broke = (error: Error) => fail(error.message)
    const closed = () => fail('the connection ended within its PROXY header')
    const timer = setTimeout(() => fail('no whole PROXY header came in time'), timeoutMilliseconds)
    const read = () => {
      const chunk: Buffer | null = socket.read()
      if (chunk === null) return
      octets = Buffer.concat([octets, chunk])
      const header = readProxyHeader(octets)
      if (header.kind === 'wrong') fail(header.reason)
      else if (header.kind === 'read') {
        if (octets.length > header.length) socket.unshift(octets.subarray(header.length))
        end({ kind: 'read', ...(header.client !== undefined && { client: header.client }) })
      }
    }
    socket.on('readable', read).on('error', broke).on('close', closed).on('end', closed)
  })
}
