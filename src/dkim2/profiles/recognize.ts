/**
 * Telling from its fields which wire profile a message is in. Only the names of tags are looked at, and leniently: a field
 * that is malformed still belongs to a profile, which then says what is wrong with it.
 */

import { fieldValue, type HeaderField, lowerAscii, type Message } from '../../message/message.ts'
import { remembered } from '../../message/remembered.ts'
import { tagNames } from '../../message/tag-list.ts'
import { defaultProfile, isSignatureOf, type ProfileId, profileNames } from './names.ts'

/**
 * The profile of a message; `mixed` for fields of several; undefined where there is no DKIM2 field.
 * A message with nothing but signatures that fit no profile counts as the default one, which will find the fault.
 */
export function readProfile(message: Message): ProfileId | 'mixed' | undefined {
  const found = new Set<ProfileId>()
  let signatures = 0
  for (const field of message.fields) {
    const name = lowerAscii(field.name)
    if (name === 'dkim2-signature') {
      signatures++
      for (const id of profilesOf(field)) found.add(id)
    } else {
      const named = profileNames.find(({ versionField }) => versionField === name)
      if (named !== undefined) found.add(named.id)
    }
  }
  if (found.size > 1) return 'mixed'
  const [profile] = found
  return profile ?? (signatures > 0 ? defaultProfile : undefined)
}

/** As long as the fields themselves: a message is read several times on its way. */
const recognized = new WeakMap<HeaderField, readonly ProfileId[]>()

function profilesOf(field: HeaderField): readonly ProfileId[] {
  return remembered(recognized, field, () => {
    const tags = tagNames(fieldValue(field))
    return profileNames.filter(one => isSignatureOf(one, tags)).map(({ id }) => id)
  })
}
