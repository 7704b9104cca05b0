/** From the settings of a list to the rules that revise a post, in the order in which they run. */
import { hash } from 'node:crypto'
import type { Request } from '../../dkim2/profile.ts'
import type { DmarcPolicy } from '../../dmarc/policy-record.ts'
import { commandAddress } from '../../lists/list-address.ts'
import type { MailingList } from '../../lists/list-table.ts'
import { fieldValue, lowerAscii, type Message, newField } from '../../message/message.ts'
import { footer } from '../../revise/footer.ts'
import { fromRewrite } from '../../revise/from-rewrite.ts'
import { mailtoUri } from '../../revise/header-text.ts'
import { type ListFieldSettings, listFields } from '../../revise/list-fields.ts'
import { removeMisleadingFields } from '../../revise/misleading-fields.ts'
import { removeBrandFields } from '../../revise/remove-brand-fields.ts'
import { type RevisionRule, withFields } from '../../revise/revision.ts'
import { subjectTag } from '../../revise/subject-tag.ts'

/** A rule with the name that the log knows it by. */
export interface PostRule {
  readonly name: string
  readonly rule: RevisionRule
}

export interface PostRules {
  readonly rules: readonly PostRule[]
  /** Settings of which no rule could be made, each with the reason. */
  readonly unusable: readonly string[]
}

/**
 * The rules for one post.
 *
 * @param requests of earlier hops that bind this one: `donotmodify` leaves nothing but fields to be added
 * @param policy DMARC policy of the author's domain
 * @param hasOwnLinks each copy gets its own List-Unsubscribe
 */
export function postRules(
  post: Message,
  list: MailingList,
  { requests, policy, hasOwnLinks }: PostCircumstances,
): PostRules {
  const { settings } = list
  const isUntouchable = requests.has('donotmodify')
  const fields = listFieldSettings(post, list, { isUntouchable, hasOwnLinks })
  const { subjectTag: tag, footer: text } = settings
  const made: Making[] = isUntouchable
    ? [['list fields', () => listFields(fields)]]
    : [
        ['BIMI fields of others', () => removeBrandFields],
        ['misleading fields', () => removeMisleadingFields],
        ...(tag === null ? [] : [['subject tag', () => subjectTag(tag)] satisfies Making]),
        ['list fields', () => listFields(fields)],
        ['From', () => fromRewrite(fromSettings(list), policy)],
        ...(text === null ? [] : [['footer', () => footer(text)] satisfies Making]),
      ]
  // Not signed, so that it is nobody's modification.
  return carriedOut([...made, ['Delivered-To', () => deliveredTo(list.address)]])
}

export interface PostCircumstances {
  readonly requests: ReadonlySet<Request>
  readonly policy: DmarcPolicy | undefined
  readonly hasOwnLinks: boolean
}

type Making = [name: string, make: () => RevisionRule]

/** A setting that no rule can be made of costs that rule and not the post. */
function carriedOut(makings: readonly Making[]): PostRules {
  const rules: PostRule[] = []
  const unusable: string[] = []
  for (const [name, make] of makings) {
    try {
      rules.push({ name, rule: make() })
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      unusable.push(`${name}: ${error.message}`)
    }
  }
  return { rules, unusable }
}

/** RFC 2919: the name of the list as a label below its domain. */
export function listIdOf({ name, domain }: Pick<MailingList, 'name' | 'domain'>): string {
  return `${name}.${domain}`
}

/** The way out of the list by mail, for every copy. */
export function unsubscribeByMail(list: MailingList): string {
  return mailtoUri(commandAddress(list.address, 'unsubscribe'))
}

function listFieldSettings(
  post: Message,
  list: MailingList,
  { isUntouchable, hasOwnLinks }: { isUntouchable: boolean; hasOwnLinks: boolean },
): ListFieldSettings {
  const { address, settings } = list
  const { replyTo } = settings
  const subscribe =
    settings.subscription === 'closed' ? [] : [mailtoUri(commandAddress(address, 'subscribe'))]
  return {
    id: listIdOf(list),
    ...(settings.title === '' ? {} : { name: settings.title }),
    post: settings.posting === 'listed' ? 'NO' : mailtoUri(address),
    help: [mailtoUri(commandAddress(address, 'help'))],
    unsubscribe: hasOwnLinks ? [] : [unsubscribeByMail(list)],
    subscribe,
    owner: [mailtoUri(commandAddress(address, 'owner'))],
    ...archiveOf(post, settings.archiveUrl),
    ...(isUntouchable ? { precedence: null } : {}),
    ...(isUntouchable || replyTo === 'poster' ? {} : { replyTo: replyTo === 'list' ? address : replyTo }),
  }
}

/** Stands in the URL of an archive for what tells one message from the others. */
const messagePlaceholder = '{message}'

/**
 * The archive, and in it this one message where the URL is a template: it then has 40 hexadecimal digits of the SHA-256 of the
 * Message-ID without its angle brackets, which archives can make as well.
 */
function archiveOf(post: Message, url: string | null): Pick<ListFieldSettings, 'archive' | 'archivedAt'> {
  if (url === null) return {}
  const place = url.indexOf(messagePlaceholder)
  if (place < 0) return { archive: [url] }
  const archive = [url.slice(0, url.lastIndexOf('/', place) + 1)]
  const messageId = messageIdOf(post)
  if (messageId === undefined) return { archive }
  return { archive, archivedAt: url.replace(messagePlaceholder, hash('sha256', messageId).slice(0, 40)) }
}

/**
 * What stands in the angle brackets of the one Message-ID; undefined where there is none, more than one, or one without a left
 * and a right side (RFC 5322 section 3.6.4), which programs write that know none: such a thing is the identity of no message.
 */
export function messageIdOf({ fields }: Message): string | undefined {
  const [field, ...others] = fields.filter(one => lowerAscii(one.name) === 'message-id')
  if (field === undefined || others.length > 0) return undefined
  const value = fieldValue(field).trim()
  const id = /^<([^<>]+)>$/.exec(value)?.[1] ?? value
  const at = id.lastIndexOf('@')
  const hasBothSides = id.slice(0, Math.max(at, 0)).trim() !== '' && id.slice(at + 1).trim() !== ''
  return at > 0 && hasBothSides ? id : undefined
}

function fromSettings({ address, name, settings }: MailingList) {
  const mode = settings.fromRewrite === 'dmarc' ? 'when-policy' : settings.fromRewrite
  return { mode, listAddress: address, listName: settings.title || name } as const
}

function deliveredTo(address: string): RevisionRule {
  const field = newField('Delivered-To', address)
  return message => withFields(message, [field, ...message.fields])
}
