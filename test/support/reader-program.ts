/** What a program of a reader makes of the fields that a receiver wrote for it (draft-brotman-bimi-mua-00). */
import { createHash, type KeyObject, verify } from 'node:crypto'
import { fieldValue, type HeaderField } from '../../src/message/message.ts'
import { parseTagList } from '../../src/message/tag-list.ts'

/** Whether the signature of the receiver holds: from the fields as they stand, the last of a name first. */
export function believesReceiver(fields: readonly HeaderField[], key: KeyObject): boolean {
  const signature = fields.find(({ name }) => name === 'BIMI-Receiver-Signature')
  if (signature === undefined) return false
  const tags = parseTagList(fieldValue(signature))
  if (tags.kind !== 'tags') return false
  const left = fields.filter(field => field !== signature)
  const lines = (tags.get('h') ?? '').split(':').map(name => {
    const at = left.findLastIndex(field => field.name.toLowerCase() === name.trim().toLowerCase())
    const [field] = at < 0 ? [] : left.splice(at, 1)
    return field === undefined ? '' : `${canonical(field)}\r\n`
  })
  const unsigned = canonical(signature).replace(/ b=.*$/, ' b=;')
  const input = Buffer.from(lines.join('') + unsigned, 'latin1')
  const value = Buffer.from((tags.get('b') ?? '').replace(/\s/g, ''), 'base64')
  if (key.asymmetricKeyType === 'rsa') return verify('sha256', input, key, value)
  return verify(null, createHash('sha256').update(input).digest(), key, value)
}

function canonical(field: HeaderField): string {
  return `${field.name.toLowerCase()}:${fieldValue(field).replace(/[ \t]+/g, ' ')}`
}
