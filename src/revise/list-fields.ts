/**
 * The fields by which programs know a list: RFC 2369, RFC 2919, RFC 5064, RFC 8058. Those of an earlier list are replaced, as
 * lists in lists must not leave two sets of them (RFC 2369 section 4); the recipe gives them back.
 */

import { type HeaderField, newField } from '../message/message.ts'
import { dropFields, foldedField, putField } from './fields.ts'
import { checkedAddress, checkedListId, checkedText, checkedUri, phrase } from './header-text.ts'
import { type RevisionRule, withFields } from './revision.ts'

/** What a list says of itself. URIs are https, http or mailto, each in ASCII and without angle brackets. */
export interface ListFieldSettings {
  /** List-Id without angle brackets: `team.list.example`. */
  readonly id: string
  /** What people call the list, in front of the List-Id. Optional. */
  readonly name?: string
  /** List-Post: where posts go, or NO for a list that takes none. Optional. */
  readonly post?: string
  /** List-Help. Optional. */
  readonly help?: readonly string[]
  /** List-Unsubscribe, in the order of preference. Optional. */
  readonly unsubscribe?: readonly string[]
  /** List-Unsubscribe-Post: the https URI of `unsubscribe` acts on one POST, and names the subscriber. Default false. */
  readonly oneClick?: boolean
  /** List-Subscribe. Optional. */
  readonly subscribe?: readonly string[]
  /** List-Owner. Optional. */
  readonly owner?: readonly string[]
  /** List-Archive. Optional. */
  readonly archive?: readonly string[]
  /** Archived-At: where this one message is. Those of other archives stay. Optional. */
  readonly archivedAt?: string
  /** Precedence, which keeps older vacation programs from answering; null leaves the message's own. Default list. */
  readonly precedence?: 'list' | 'bulk' | null
  /** Reply-To becomes this address, without angle brackets; absent: it stays as it is. */
  readonly replyTo?: string
}

/** Fields of an earlier list, in lower case. */
const replaced: ReadonlySet<string> = new Set([
  'list-id',
  'list-post',
  'list-help',
  'list-unsubscribe',
  'list-unsubscribe-post',
  'list-subscribe',
  'list-owner',
  'list-archive',
])

/** @throws RangeError for settings that no field can hold */
export function listFields(settings: ListFieldSettings): RevisionRule {
  const added = writeListFields(settings)
  const precedence = settings.precedence === undefined ? 'list' : settings.precedence
  const single = [
    ...(precedence === null ? [] : [newField('Precedence', precedence)]),
    ...(settings.replyTo === undefined
      ? []
      : [newField('Reply-To', `<${checkedAddress('Reply-To', settings.replyTo)}>`)]),
  ]
  return message => {
    const kept = single.reduce(putField, dropFields(message.fields, replaced))
    return withFields(message, [...added, ...kept])
  }
}

function writeListFields(settings: ListFieldSettings): readonly HeaderField[] {
  const name = settings.name === undefined ? [] : phrase(checkedText('List-Id', settings.name))
  const { archivedAt } = settings
  return [
    foldedField('List-Id', [...name, `<${checkedListId('List-Id', settings.id)}>`]),
    ...postField(settings.post),
    ...uriField('List-Help', settings.help),
    ...unsubscribeFields(settings),
    ...uriField('List-Subscribe', settings.subscribe),
    ...uriField('List-Owner', settings.owner),
    ...uriField('List-Archive', settings.archive),
    ...(archivedAt === undefined ? [] : uriField('Archived-At', [archivedAt])),
  ]
}

function postField(post: string | undefined): readonly HeaderField[] {
  return post === 'NO'
    ? [newField('List-Post', 'NO')]
    : uriField('List-Post', post === undefined ? [] : [post])
}

/**
 * List-Unsubscribe, and with `oneClick` List-Unsubscribe-Post. RFC 8058 section 3.1: the second needs an https URI in the first.
 *
 * @throws RangeError for what no field can hold
 */
export function unsubscribeFields({
  unsubscribe = [],
  oneClick = false,
}: Pick<ListFieldSettings, 'unsubscribe' | 'oneClick'>): readonly HeaderField[] {
  if (!oneClick) return uriField('List-Unsubscribe', unsubscribe)
  if (!unsubscribe.some(text => text.startsWith('https://'))) {
    throw new RangeError('List-Unsubscribe: one-click unsubscription needs an https URI')
  }
  return [
    ...uriField('List-Unsubscribe', unsubscribe),
    newField('List-Unsubscribe-Post', 'List-Unsubscribe=One-Click'),
  ]
}

function uriField(name: string, uris: readonly string[] = []): readonly HeaderField[] {
  if (uris.length === 0) return []
  const last = uris.length - 1
  const pieces = uris.map((text, index) => `<${checkedUri(name, text)}>${index < last ? ',' : ''}`)
  return [foldedField(name, pieces)]
}
