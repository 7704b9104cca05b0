/**
 * Telling from its fields which wire profile a message is in. Only the names of tags are looked at, and leniently: a field
 * that is malformed still belongs to a profile, which then says what is wrong with it.
 */

import { fieldValue, lowerAscii, type Message } from '../../message/message.ts'
import { tagNames } from '../../message/tag-list.ts'
import type { ProfileId } from '../model.ts'

const mailversionTags = ['mv', 's1', 'a1', 'b1']
const messageInstanceTags = ['m', 's']

/**
 * The profile of a message; `mixed` for fields of both; undefined where there is no DKIM2 field.
 * A message with nothing but signatures that fit neither profile counts as mailversion, which will find the fault.
 */
export function readProfile(message: Message): ProfileId | 'mixed' | undefined {
  const found = new Set<ProfileId>()
  let signatures = 0
  for (const field of message.fields) {
    const name = lowerAscii(field.name)
    if (name === 'mailversion') found.add('mailversion')
    else if (name === 'message-instance') found.add('message-instance')
    else if (name === 'dkim2-signature') {
      signatures++
      const tags = tagNames(fieldValue(field))
      if (mailversionTags.some(tag => tags.has(tag))) found.add('mailversion')
      if (messageInstanceTags.every(tag => tags.has(tag))) found.add('message-instance')
    }
  }
  if (found.size > 1) return 'mixed'
  const [profile] = found
  return profile ?? (signatures > 0 ? 'mailversion' : undefined)
}
