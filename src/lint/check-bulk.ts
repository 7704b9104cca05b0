/** What mail to many must offer: RFC 2369, RFC 2919, RFC 8058; and what its signatures must cover. */
import { parseTagList } from '../message/tag-list.ts'
import type { Note } from './findings.ts'
import type { LocatedField } from './located-field.ts'

export function checkBulk(fields: readonly LocatedField[], note: Note): void {
  const of = (name: string) => fields.find(({ key }) => key === name)
  const unsubscribe = of('list-unsubscribe')
  const post = of('list-unsubscribe-post')
  const signed = checkSignatures(fields, note)
  if (unsubscribe !== undefined) checkUnsubscribe(unsubscribe, post, signed, note)
  else if (of('list-id') !== undefined || /^\s*(?:bulk|list)\b/i.test(of('precedence')?.value ?? '')) {
    const sign = of('list-id') ?? of('precedence')
    note('no-unsubscribe', sign?.start ?? 0, { found: sign?.name ?? '' })
  }
  if (post !== undefined && post.value.trim() !== 'List-Unsubscribe=One-Click') {
    note('unsubscribe-bad-post', post.valueStart, { found: post.value })
  }
  const listId = of('list-id')
  if (listId !== undefined && !/<[^\s<>@.]+(?:\.[^\s<>@.]+)+>\s*$/.test(listId.value)) {
    note('bad-list-id', listId.valueStart, { found: listId.value })
  }
}

function checkUnsubscribe(
  { value, valueStart, start }: LocatedField,
  post: LocatedField | undefined,
  signed: readonly ReadonlySet<string>[],
  note: Note,
): void {
  const text = value.replace(/\s+/g, '')
  if (!/^(?:<[a-z][a-z0-9+.-]*:[^<>]+>(?:\([^()]*\))?,?)+$/i.test(text)) {
    return note('unsubscribe-malformed', valueStart, { found: value })
  }
  if (!/<https:/i.test(text)) return note('unsubscribe-no-https', valueStart, { found: value })
  if (post === undefined) return note('unsubscribe-no-post', start)
  const isCovered = signed.some(names => names.has('list-unsubscribe') && names.has('list-unsubscribe-post'))
  if (!isCovered) note('unsubscribe-not-signed', start)
}

/** @returns the names that each DKIM signature covers, in lower case */
function checkSignatures(fields: readonly LocatedField[], note: Note): ReadonlySet<string>[] {
  return fields
    .filter(({ key }) => key === 'dkim-signature')
    .map(({ value, start }) => {
      const list = parseTagList(value)
      const tag = (name: string) => (list.kind === 'tags' ? list.get(name) : undefined)
      const names = new Set((tag('h') ?? '').toLowerCase().replace(/\s/g, '').split(':'))
      if (list.kind === 'tags' && !names.has('from')) note('signature-without-from', start)
      if (tag('l') !== undefined) note('signature-with-length', start)
      return names
    })
}
