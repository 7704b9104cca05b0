/** What this relay changed in a message on its way, from what the store still has of it. */
import type { Changes, FieldChange } from '../../dkim2/version-changes.ts'
import { recipeChanges, recipeRemains } from '../../dkim2/version-changes.ts'
import type { OwnChange } from '../../hoplog/own-change.ts'
import { brandFieldIndices } from '../../message/brand-fields.ts'
import { fieldValue, lowerAscii, readMessage } from '../../message/message.ts'
import type { StoredPost } from '../../store/post-records.ts'
import type { DeliveryHistory, MessageHistory, StoredMessageWithOctets } from '../../store/records.ts'
import type { Store } from '../../store/store.ts'
import { storedRecipe, storedRevision } from '../posts/stored-revision.ts'

const postGone =
  'the octets that went out are no longer kept: this tells what was changed, and what had stood there before; what stands there now cannot be shown any more'
const leftOutGone =
  'fields were left out of what was received; its header section is no longer kept, so they cannot be shown any more'

/** What every copy lost first, then what each list made of it. */
export async function ownChanges(
  { deliveries }: MessageHistory,
  message: StoredMessageWithOctets,
  store: Pick<Store, 'postsOf' | 'postOctets' | 'headerSection'>,
): Promise<OwnChange[]> {
  const posts = await store.postsOf(message.queueId)
  const ofPosts = posts.map(post => postChange(post, deliveries, store))
  return [...(await leftOutOf(message, deliveries, store)), ...(await Promise.all(ofPosts))]
}

/** Lists give back what they left out themselves, so it stands with their changes. */
async function leftOutOf(
  message: StoredMessageWithOctets,
  deliveries: readonly DeliveryHistory[],
  store: Pick<Store, 'headerSection'>,
): Promise<OwnChange[]> {
  const plain = deliveries.filter(({ postId }) => postId === null)
  const losesBrand = message.record.admission?.brand === 'removed' && plain.length > 0
  if (message.removed.length === 0 && !losesBrand) return []
  const common = { list: null, i: hopOf(plain), body: [], remarks: [] }
  const octets = message.octets ?? (await store.headerSection(message.queueId))
  if (octets === null) return [{ ...common, headers: [], obstacle: leftOutGone }]
  return [{ ...common, headers: leftOutFields(octets, message.removed, losesBrand), obstacle: null }]
}

function leftOutFields(octets: Buffer, removed: readonly number[], losesBrand: boolean): FieldChange[] {
  const message = readMessage(octets)
  const indices = new Set([...removed, ...(losesBrand ? brandFieldIndices(message) : [])])
  const gone = message.fields.filter((_, index) => indices.has(index))
  const byName = Map.groupBy(gone, ({ name }) => lowerAscii(name))
  return [...byName.values()].map(fields => ({
    name: fields[0]?.name ?? '',
    before: fields.toReversed().map(field => Buffer.from(fieldValue(field), 'latin1').toString('utf8')),
    now: [],
  }))
}

async function postChange(
  post: StoredPost,
  deliveries: readonly DeliveryHistory[],
  store: Pick<Store, 'postOctets'>,
): Promise<OwnChange> {
  const copies = deliveries.filter(({ postId }) => postId === post.id)
  const reason = post.reason === null ? [] : [post.reason]
  const common = {
    list: post.listAddress,
    i: hopOf(copies),
    remarks: [...reason, ...ownFieldsRemark(copies)],
  }
  if (post.revision === null)
    return { ...common, headers: [], body: [], obstacle: `the post is ${post.state}: not revised` }
  const octets = await store.postOctets(post.id)
  return octets === undefined
    ? { ...common, ...storedRemains(post.revision), obstacle: postGone }
    : { ...common, ...storedChanges(post.revision, octets), obstacle: null }
}

function storedChanges(text: string, octets: Buffer): Changes {
  const { recipe, message } = storedRevision(text, octets)
  return recipeChanges(recipe, message)
}

function storedRemains(text: string): Changes {
  return recipeRemains(storedRecipe(text))
}

/** Who has such a link may end a subscription: it is told that there is one, and never shown. */
function ownFieldsRemark(copies: readonly DeliveryHistory[]): string[] {
  const isOwn = copies.some(({ prefix }) => /^list-unsubscribe:/im.test(prefix.toString('latin1')))
  return isOwn ? ['each copy has a List-Unsubscribe of its own above the rest'] : []
}

function hopOf(copies: readonly DeliveryHistory[]): number | null {
  return copies.find(({ hop }) => hop !== null)?.hop?.sequence ?? null
}
