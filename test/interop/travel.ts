/** Sends a journey's message from hop to hop, each signed by an implementation, and asks every verifier at every hop. */

import { type Implementation, pathsOf, plannedKeys, type SignOrder } from './implementations.ts'
import { domains, type HopPlan, type Journey } from './journeys.ts'
import { publish } from './keys.ts'
import type { Declined, Paths } from './peer.ts'

/** 2025-11-13T02:13:20Z, the time of every first hop; each next hop is ten seconds later. */
export const startSeconds = 1_763_000_000
const secondsBetweenHops = 10

export const zone = publish(domains)

/** What one verifier said at one hop. */
export interface Opinion {
  readonly journey: string
  readonly hop: number
  readonly signer: string
  readonly verifier: string
  /** `pass`, another state with its text, or why there is none. */
  readonly said: string
  readonly passed: boolean
}

/**
 * Travels a journey.
 *
 * @param signers hop k is signed by number k - 1 of them, round and round
 * @returns one opinion per hop and verifier, up to the hop that could not be signed; that one with `verifier` the signer
 */
export async function travel(
  journey: Journey,
  signers: readonly Implementation[],
  verifiers: readonly Implementation[],
): Promise<readonly Opinion[]> {
  const opinions: Opinion[] = []
  let message = journey.message
  let arrival: Paths | undefined
  for (const [index, hop] of journey.hops.entries()) {
    const signer = signers[index % signers.length]
    if (!signer) throw new RangeError('a journey needs a signer')
    const opinion = { journey: journey.name, hop: index + 1, signer: signer.name }
    const arranged = journey.hops[index - 1]?.nextDomain !== undefined
    const signed = await signer.sign({ ...signOrder(hop, message, arrival, index), outOfBand: arranged })
    if ('declined' in signed) {
      opinions.push({ ...opinion, verifier: signer.name, ...saidOf(signed) })
      return opinions
    }
    message = signed.message
    arrival = pathsOf(hop)
    // Nobody may accept a message that ends with an imaginary hop: the next hop has an arrangement with this one.
    if (hop.nextDomain !== undefined) continue
    for (const verifier of verifiers) {
      const verdict = await verifier.verify({ message, ...arrival, zone, nowSeconds: timeOf(index) + 5 })
      opinions.push({ ...opinion, verifier: verifier.name, ...saidOf(verdict) })
    }
  }
  return opinions
}

/** The message as the last hop sent it; undefined where a hop could not be signed. */
export async function travelled(
  journey: Journey,
  signers: readonly Implementation[],
): Promise<Buffer | undefined> {
  let message = journey.message
  let arrival: Paths | undefined
  for (const [index, hop] of journey.hops.entries()) {
    const arranged = journey.hops[index - 1]?.nextDomain !== undefined
    const order = { ...signOrder(hop, message, arrival, index), outOfBand: arranged }
    const signed = await signers[index % signers.length]?.sign(order)
    if (!signed || 'declined' in signed) return undefined
    message = signed.message
    arrival = pathsOf(hop)
  }
  return message
}

function signOrder(hop: HopPlan, received: Buffer, arrival: Paths | undefined, index: number): SignOrder {
  const { domain, keys, change, hashes, flags, nonce, exploded, nextDomain } = hop
  return {
    message: change ? change(received) : received,
    ...(arrival ? { received: { ...arrival, message: received } } : {}),
    ...pathsOf(hop),
    domain,
    keys: plannedKeys(domain, keys ?? 'ed'),
    ...(hashes ? { hashes } : {}),
    ...(flags ? { flags } : {}),
    ...(nonce === undefined ? {} : { nonce }),
    ...(exploded === undefined ? {} : { exploded }),
    ...(nextDomain === undefined ? {} : { nextDomain }),
    zone,
    nowSeconds: timeOf(index),
  }
}

function timeOf(index: number): number {
  return startSeconds + index * secondsBetweenHops
}

function saidOf(
  answer: { readonly state: string; readonly detail: string } | Declined,
): Pick<Opinion, 'said' | 'passed'> {
  if ('declined' in answer) return { said: `${answer.declined}: ${answer.reason}`, passed: false }
  return { said: `${answer.state} ${answer.detail}`.trim(), passed: answer.state === 'pass' }
}
