/** The live peers: started once for a whole run. */

import { type Implementation, peerImplementation } from './implementations.ts'
import { Peer } from './peer.ts'
import { type Built, buildGo, buildMailauth, buildRust } from './toolchains.ts'

export interface LivePeer {
  readonly implementation: Implementation
  /** Of draft-ietf-dkim-dkim2-spec. */
  readonly revision: string
  stop(): Promise<void>
}

export interface SkippedPeer {
  readonly name: string
  readonly reason: string
}

export interface Peers {
  readonly live: readonly LivePeer[]
  readonly skipped: readonly SkippedPeer[]
}

const known: readonly { readonly name: string; build(): Promise<Built> }[] = [
  { name: 'croessner/dkim2 (Go)', build: buildGo },
  { name: 'mailauth (npm)', build: buildMailauth },
  { name: 'mail-auth 0.15.1 (Rust)', build: () => buildRust('mail-auth-0-15') },
  { name: 'mail-auth 0.14.1 (Rust)', build: () => buildRust('mail-auth-0-14') },
  { name: 'mail-auth 0.13.1 (Rust)', build: () => buildRust('mail-auth-0-13') },
]

/** Builds and starts every peer that can be had here. */
export async function startPeers(): Promise<Peers> {
  const live: LivePeer[] = []
  const skipped: SkippedPeer[] = []
  for (const { name, build } of known) {
    const started = await startBuilt(await build())
    if ('reason' in started) skipped.push({ name, reason: started.reason })
    else live.push(started)
  }
  return { live, skipped }
}

async function startBuilt(built: Built): Promise<LivePeer | { readonly reason: string }> {
  if ('skipped' in built) return { reason: built.skipped }
  const peer = new Peer(built.program)
  const about = await peer.about()
  if ('declined' in about) {
    await peer.stop()
    return { reason: about.reason }
  }
  return {
    implementation: peerImplementation(`${about.name} ${about.version}`, peer),
    revision: about.revision,
    stop: () => peer.stop(),
  }
}
