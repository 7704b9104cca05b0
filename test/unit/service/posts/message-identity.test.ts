/** Which Message-ID tells one post from another (RFC 5322 section 3.6.4). */
import { describe, expect, test } from 'vitest'
import { readMessage } from '../../../../src/message/message.ts'
import { messageIdOf } from '../../../../src/service/posts/post-rules.ts'

const idOf = (fields: string) => messageIdOf(readMessage(Buffer.from(`${fields}\r\n\r\nHello.\r\n`)))

describe('is no identity', () => {
  test.each([
    'Subject: none at all',
    'Message-ID:',
    'Message-ID: <>',
    'Message-ID: < >',
    'Message-ID: <@>',
    'Message-ID: < @ >',
    'Message-ID: (none)',
    'Message-ID: none',
    'Message-ID: <none>',
    'Message-ID: <1@>',
    'Message-ID: <@origin.example>',
    'Message-ID: <1 at origin.example>',
    'Message-ID: <1@origin.example>\r\nMessage-ID: <2@origin.example>',
  ])('%j', fields => expect(idOf(fields)).toBeUndefined())
})

describe('is one', () => {
  test.each([
    ['Message-ID: <same@origin.example>', 'same@origin.example'],
    ['message-id:  <same@origin.example>  ', 'same@origin.example'],
    ['Message-ID: same@origin.example', 'same@origin.example'],
    ['Message-ID: <"a@b"@[192.0.2.1]>', '"a@b"@[192.0.2.1]'],
    ['Message-ID:\r\n <same@origin.example>', 'same@origin.example'],
  ])('%j', (fields, id) => expect(idOf(fields)).toBe(id))
})
