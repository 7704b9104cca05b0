import { describe, expect, test } from 'vitest'
import { applyRecipe } from '../../../src/dkim2/history.ts'
import { mailtoUri } from '../../../src/revise/header-text.ts'
import { type ListFieldSettings, listFields } from '../../../src/revise/list-fields.ts'
import { misleadingFields, removeMisleadingFields } from '../../../src/revise/misleading-fields.ts'
import { proveRevision } from '../../../src/revise/prove.ts'
import { revise } from '../../../src/revise/revision.ts'
import { message, octets, received, value, values } from './support.ts'

const full: ListFieldSettings = {
  id: 'team.list.example',
  name: 'The Team, Berlin',
  post: 'mailto:team@list.example',
  help: ['mailto:team-help@list.example'],
  unsubscribe: ['https://lists.list.example/leave/token', 'mailto:team-leave@list.example'],
  oneClick: true,
  subscribe: ['mailto:team-join@list.example?subject=join'],
  owner: ['mailto:team-owner@list.example'],
  archive: ['https://lists.list.example/archive/'],
  archivedAt: 'https://lists.list.example/archive/1',
  replyTo: 'team@list.example',
}

describe('the fields of a list', () => {
  const before = message('From: a@origin.example\nSubject: x\n\nbody\n')
  const revision = revise(before, [listFields(full)])

  test('say what it is and how it is used', () => {
    const names = revision.message.fields.slice(0, 10).map(({ octets }) => octets.toString())
    expect(names.join('')).toMatchInlineSnapshot(`
      "List-Id: "The Team, Berlin" <team.list.example>
      List-Post: <mailto:team@list.example>
      List-Help: <mailto:team-help@list.example>
      List-Unsubscribe: <https://lists.list.example/leave/token>,
       <mailto:team-leave@list.example>
      List-Unsubscribe-Post: List-Unsubscribe=One-Click
      List-Subscribe: <mailto:team-join@list.example?subject=join>
      List-Owner: <mailto:team-owner@list.example>
      List-Archive: <https://lists.list.example/archive/>
      Archived-At: <https://lists.list.example/archive/1>
      Reply-To: <team@list.example>
      "
    `)
  })

  test('are told as added, and undone', () => {
    expect([...revision.addedFields].sort()).toEqual([
      'Archived-At',
      'List-Archive',
      'List-Help',
      'List-Id',
      'List-Owner',
      'List-Post',
      'List-Subscribe',
      'List-Unsubscribe',
      'List-Unsubscribe-Post',
      'Precedence',
      'Reply-To',
    ])
    expect(proveRevision(before, revision)).toEqual({ kind: 'proved' })
    expect(revision.recipe.headers.every(({ change }) => change.length === 0)).toBe(true)
  })
})

describe('the fields of an earlier list', () => {
  const before = message(
    'List-Id: <old.example.org>\nlist-unsubscribe: <mailto:x@example.org>\nList-Archive: <https://example.org/>\nArchived-At: <https://example.org/1>\nPrecedence: bulk\nReply-To: a@b.example\nReply-To: c@d.example\nSubject: x\n\nbody\n',
  )
  const revision = revise(before, [listFields({ ...full, archive: [] })])

  test('are replaced, also those that this list has not', () => {
    expect(values(revision.message, 'List-Id')).toEqual(['"The Team, Berlin" <team.list.example>'])
    expect(values(revision.message, 'List-Unsubscribe')).toHaveLength(1)
    expect(values(revision.message, 'List-Archive')).toEqual([])
    expect(values(revision.message, 'Precedence')).toEqual(['list'])
    expect(values(revision.message, 'Reply-To')).toEqual(['<team@list.example>'])
  })

  test('are given back by the recipe', () => {
    const undone = applyRecipe(received(revision.message), revision.recipe)
    expect(undone && values(undone, 'List-Id')).toEqual(['<old.example.org>'])
    expect(undone && values(undone, 'List-Archive')).toEqual(['<https://example.org/>'])
    expect(undone && values(undone, 'Reply-To')).toEqual(['a@b.example', 'c@d.example'])
    expect(proveRevision(before, revision)).toEqual({ kind: 'proved' })
  })

  test('in other archives stay beside that of this list (RFC 5064)', () => {
    expect(values(revision.message, 'Archived-At')).toEqual([
      '<https://lists.list.example/archive/1>',
      '<https://example.org/1>',
    ])
  })
})

describe('settings', () => {
  const before = message('From: a@origin.example\nPrecedence: bulk\nReply-To: a@b.example\n\nbody\n')
  const only = (settings: ListFieldSettings) => revise(before, [listFields(settings)]).message

  test('left out leave Reply-To as it is, and say nothing more than the List-Id', () => {
    const after = only({ id: 'team.list.example', precedence: null })
    expect(after.fields.map(({ name }) => name)).toEqual(['List-Id', 'From', 'Precedence', 'Reply-To'])
    expect(value(after, 'Precedence')).toBe('bulk')
    expect(value(after, 'Reply-To')).toBe('a@b.example')
  })

  test('can say that nobody may post (RFC 2369)', () => {
    expect(value(only({ id: 'team.list.example', post: 'NO' }), 'List-Post')).toBe('NO')
  })

  test('take a name beyond ASCII', () => {
    expect(value(only({ id: 'b.list.example', name: 'Büro' }), 'List-Id')).toBe(
      '=?utf-8?q?B=C3=BCro?= <b.list.example>',
    )
  })

  test('with one click need an https URI (RFC 8058)', () => {
    expect(() => listFields({ id: 'a.b', oneClick: true, unsubscribe: ['mailto:a@b.example'] })).toThrow(
      /https/,
    )
    expect(() => listFields({ id: 'a.b', oneClick: true })).toThrow(/https/)
  })

  test('keep lines below 998 octets, and below 78 where they can', () => {
    const long = (count: number) => `https://lists.list.example/${'x'.repeat(count)}`
    const after = only({ id: 'a.b', unsubscribe: [long(30), long(40), long(800)] })
    const lines = octets(after).toString().split('\r\n')
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(998)
    expect(lines.filter(({ length }) => length > 78)).toHaveLength(1)
  })
})

const evil = [
  'x\r\nBcc: y@z.example',
  'x\nBcc: y@z.example',
  'x\rBcc: y@z.example',
  'x\r\n folded',
  'x\0',
  'x\x7f',
  'x\u0085y',
  'x\u2028y',
  '',
  ' x',
  'x'.repeat(2_000),
]
const evilUris = [
  ...evil,
  'javascript:alert(1)',
  'x',
  'mailto:',
  'mailto:a@b>,<http://c',
  'https://a/ b',
  'mailto:ä@b.example',
  'https://a/"b',
]
const evilAddresses = [
  ...evil,
  'a',
  'a@b, c@d',
  '<a@b.example>',
  'a@b>',
  'a b@c.example',
  '"a b"@c.example',
  'ä@b.example',
  'a@b.example (x)',
]
const evilIds = [...evil, 'nodots', '<a.b>', 'a b.c', 'a..b', 'a.b>', 'a.b, c', 'ä.b']

describe('nothing gets into a field that could end it', () => {
  const uriSettings = ['help', 'unsubscribe', 'subscribe', 'owner', 'archive'] as const
  test.each(uriSettings)('%s', name => {
    for (const text of evilUris)
      expect(() => listFields({ id: 'a.b', [name]: [text] }), text).toThrow(RangeError)
  })

  test('post, archivedAt', () => {
    for (const text of evilUris) {
      expect(() => listFields({ id: 'a.b', post: text }), text).toThrow(RangeError)
      expect(() => listFields({ id: 'a.b', archivedAt: text }), text).toThrow(RangeError)
    }
  })

  test('id, name, replyTo', () => {
    for (const text of evilIds) expect(() => listFields({ id: text }), text).toThrow(RangeError)
    for (const text of evil) expect(() => listFields({ id: 'a.b', name: text }), text).toThrow(RangeError)
    for (const text of evilAddresses)
      expect(() => listFields({ id: 'a.b', replyTo: text }), text).toThrow(RangeError)
  })

  test('a name with quotes stays a name', () => {
    const after = revise(message('From: a@b.example\n\nx\n'), [
      listFields({ id: 'a.b', name: 'x" <evil.id>, "y\\' }),
    ])
    expect(value(after.message, 'List-Id')).toBe('"x\\" <evil.id>, \\"y\\\\" <a.b>')
  })

  test('a URI to write to an address is encoded', () => {
    expect(mailtoUri('a+b&c?d@list.example', 'join & go\r\nX')).toBe(
      'mailto:a%2Bb%26c%3Fd@list.example?subject=join%20%26%20go%0D%0AX',
    )
  })
})

describe('fields that mislead', () => {
  test('are removed, and given back by the recipe', () => {
    const before = message(
      'Return-Receipt-To: a@b.example\nDISPOSITION-NOTIFICATION-TO: a@b.example\nDisposition-Notification-To: c@d.example\nX-Confirm-Reading-To: a@b.example\nSubject: x\n\nbody\n',
    )
    const revision = revise(before, [removeMisleadingFields])
    expect(revision.message.fields.map(({ name }) => name)).toEqual(['Subject'])
    expect(proveRevision(before, revision)).toEqual({ kind: 'proved' })
    const undone = applyRecipe(received(revision.message), revision.recipe)
    expect(undone && values(undone, 'Disposition-Notification-To')).toEqual(['a@b.example', 'c@d.example'])
  })

  test('that are not signed need no recipe', () => {
    const before = message('X-Confirm-Reading-To: a@b.example\nSubject: x\n\nbody\n')
    const revision = revise(before, [removeMisleadingFields])
    expect(revision.message.fields).toHaveLength(1)
    expect(revision.recipe).toEqual({ headers: [] })
  })

  test('are none that a message needs', () => {
    for (const name of ['from', 'to', 'subject', 'date', 'message-id', 'reply-to', 'sender']) {
      expect(misleadingFields.has(name)).toBe(false)
    }
  })

  test('where there are none nothing changes', () => {
    const before = message('Subject: x\n\nbody\n')
    expect(revise(before, [removeMisleadingFields]).message).toBe(before)
  })
})
