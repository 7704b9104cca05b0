/**
 * The plan of a message that is known before the message is on disk: both are put to the store in one turn, and share its commit.
 * Whoever waits for the 250 waits for the signatures of a few copies instead of a second commit.
 */
import { plannedAhead } from '../../limits.ts'
import type { JudgingDependencies } from '../judging-dependencies.ts'
import type { TakenUp } from '../kinds.ts'
import type { Draft } from './draft.ts'
import { type ForwardExpansion, forwardExpanded, planCopies, signedForwarding } from './forward.ts'
import { fromStore } from './spooled.ts'

/**
 * The plan of a message to a few addresses, ready to be put to the store; undefined for what takes longer or looks something up:
 * posts, many copies, large messages, images for readers. Never rejects: what fails now is tried again in the background.
 */
export async function planAhead(message: TakenUp, dependencies: JudgingDependencies): Promise<Draft['plan']> {
  const { record, octets } = message
  if (record.kind !== 'forward' && record.kind !== 'originate') return undefined
  if (record.admission === null || octets.length > plannedAhead.bytes) return undefined
  try {
    const spooled = fromStore(message, record.admission)
    const expanded = forwardExpanded(spooled, dependencies)
    if (!isSoonSigned(expanded, dependencies)) return undefined
    const signed = await signedForwarding(spooled, expanded, dependencies)
    return async () => (await planCopies(spooled.queueId, signed, dependencies)).planned
  } catch {
    return undefined
  }
}

function isSoonSigned({ expansion }: ForwardExpansion, { config }: JudgingDependencies): boolean {
  const { copies, posts } = expansion
  const showsImages = copies.some(({ domain }) => config.domains[domain]?.bimi !== undefined)
  return posts.length === 0 && copies.length <= plannedAhead.copies && !showsImages
}
