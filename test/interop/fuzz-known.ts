/** What is known about damaged messages on which a peer's class of verdict is another than ours. Where it does not say `pass`, both refuse. */

import type { Comparison } from './differential.ts'

interface KnownKind {
  readonly ours: string
  readonly peers: string
  readonly ourDetail: RegExp
  readonly peerDetail: RegExp
  /** Who is right, and by what. */
  readonly right: string
  /** Numbers that differ so, for `node test/interop/fuzz.ts --from N --count 1`. */
  readonly seeds: readonly number[]
}

export const knownKinds: readonly KnownKind[] = [
  {
    ours: 'permerror',
    peers: 'pass',
    ourDetail: /DKIM2-Signature i=\d+ syntax error/,
    peerDetail: /^$/,
    right:
      'We: base64 whose padding is cut off is a syntax error (RFC 4648 section 3.2). The crate reads the value all the same, and the signature is right.',
    seeds: [2811],
  },
  {
    ours: 'permerror',
    peers: 'fail',
    ourDetail: /syntax error/,
    peerDetail:
      /incorrect signature|hash \w+ mismatch|did not match|does not match|do not match|signature expired/,
    right:
      'We: what breaks the grammar of a field is PERMERROR, whatever else is wrong with it. The crate reads base64, and tags, more freely and lets signature, hash or envelope decide.',
    seeds: [
      3, 8, 37, 38, 65, 71, 159, 174, 221, 228, 290, 323, 530, 687, 814, 1019, 1061, 1573, 1771, 1862, 3313,
    ],
  },
  {
    ours: 'fail',
    peers: 'permerror',
    ourDetail: /incorrect signature/,
    peerDetail: /algorithm \S+ unknown/,
    right:
      'Open: the field was damaged after it was signed, so that the signature fails and no hash of it is known. Which is told first the draft leaves to the verifier.',
    seeds: [58, 195, 339, 719, 982, 1050, 1138, 1272, 1564],
  },
  {
    ours: 'permerror',
    peers: 'fail',
    ourDetail: /Recipe /,
    peerDetail: /hash \w+ mismatch/,
    right:
      'We: a recipe that cannot be followed is PERMERROR since revision 07. The crate follows it as far as it goes and lets the hashes decide.',
    seeds: [1098],
  },
]

/** Who is right about a difference; undefined where nothing is known of its kind. */
export function whatIsKnown({ ours, peers, ourDetail, peerDetail }: Comparison): string | undefined {
  return knownKinds.find(
    kind =>
      kind.ours === ours &&
      kind.peers === peers &&
      kind.ourDetail.test(ourDetail) &&
      kind.peerDetail.test(peerDetail),
  )?.right
}
