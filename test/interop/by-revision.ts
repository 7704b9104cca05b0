/** Every live peer against ours under the revision that the peer follows. */

import type { Revision } from '../../src/dkim2/index.ts'
import { oursUnder } from './ours.ts'
import type { LivePeer } from './peers.ts'
import { runTrial, type Trial } from './trial.ts'

export interface RevisionTrial {
  readonly peer: LivePeer
  readonly revision: Revision
  readonly trial: Trial
}

/** The nearest revision that we have: what follows an older one than 06 is tried under 06. */
export function ourRevision(peer: LivePeer): Revision {
  const { revision } = peer
  return revision === '07' || revision === '08' || revision === '09' ? revision : '06'
}

/** The two alone and taking turns, on every journey that the peer can make, and on every damaged message. */
export async function runByRevision(
  peers: readonly LivePeer[],
  progress: (part: string) => void = () => {},
): Promise<readonly RevisionTrial[]> {
  const trials: RevisionTrial[] = []
  for (const peer of peers) {
    const revision = ourRevision(peer)
    const participants = [
      { implementation: oursUnder(revision), revision },
      { ...peer, revision },
    ]
    trials.push({ peer, revision, trial: await runTrial(participants, progress, []) })
  }
  return trials
}

/** The peers that follow what we sign and verify by unless something else is asked for, or what hardly differs from it. */
export function ofNow(peers: readonly LivePeer[]): readonly LivePeer[] {
  return peers.filter(({ revision }) => revision >= '08')
}
