/** Who may post to a list, and whether an owner looks at the post first. Pure: who is a member is asked of the caller. */
import type { Poster } from './poster.ts'

/** The settings of a list that decide about a post. */
export interface PostingSettings {
  readonly owners: readonly string[]
  readonly posting: 'anyone' | 'subscribers' | 'listed'
  readonly mayPost: readonly string[]
  readonly moderation: 'none' | 'others' | 'all'
}

export type PostingVerdict =
  | { readonly kind: 'accepted' }
  /** An owner decides; the reason is for the owner. */
  | { readonly kind: 'held'; readonly reason: string }
  /** For the sender, behind the address of the list. */
  | { readonly kind: 'refused'; readonly reason: string }

export interface Membership {
  /** The form in which addresses are compared. */
  key(address: string): string
  isSubscriber(address: string): Promise<boolean>
}

/** Judges a post to one list. */
export async function whoMayPost(
  poster: Poster,
  settings: PostingSettings,
  members: Membership,
): Promise<PostingVerdict> {
  const found = await judge(poster, settings, members)
  if (found.kind === 'may') {
    return settings.moderation === 'all' && !found.isOwner
      ? { kind: 'held', reason: 'every post to this list is held' }
      : { kind: 'accepted' }
  }
  return settings.moderation === 'none'
    ? { kind: 'refused', reason: found.reason }
    : { kind: 'held', reason: found.reason }
}

type Found =
  | { readonly kind: 'may'; readonly isOwner: boolean }
  | { readonly kind: 'may-not'; readonly reason: string }

async function judge(poster: Poster, settings: PostingSettings, members: Membership): Promise<Found> {
  const believed = believedAddresses(poster)
  const owners = new Set(settings.owners.map(members.key))
  if (believed?.every(address => owners.has(members.key(address)))) {
    return { kind: 'may', isOwner: poster.isOwnWord }
  }
  if (settings.posting === 'anyone') return { kind: 'may', isOwner: false }
  const whose = settings.posting === 'subscribers' ? 'subscribers of the list' : 'those the list names'
  if (poster.from === undefined) {
    return { kind: 'may-not', reason: `only ${whose} may post, and the From field is not one plain address` }
  }
  if (believed === undefined) {
    return { kind: 'may-not', reason: `only ${whose} may post, and nothing shows that this sender is one` }
  }
  const listed = new Set([...settings.mayPost, ...settings.owners].map(members.key))
  for (const address of believed) {
    const isIn =
      listed.has(members.key(address)) ||
      (settings.posting === 'subscribers' && (await members.isSubscriber(address)))
    if (!isIn) return { kind: 'may-not', reason: `only ${whose} may post, and ${address} is none of them` }
  }
  return { kind: 'may', isOwner: false }
}

/**
 * The addresses of which each must be allowed: the author where somebody vouches for the author, else author and sender, and
 * undefined where nothing of it may be believed.
 */
function believedAddresses(poster: Poster): readonly string[] | undefined {
  const { from, reversePath } = poster
  if (from === undefined || reversePath === '') return undefined
  if (poster.isFromVouched) return [from]
  return poster.isContradicted ? undefined : [from, reversePath]
}
