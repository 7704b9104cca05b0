import { describe, expect, test } from 'vitest'
import type { RevisionRule } from '../../../../src/revise/revision.ts'
import { isRevised } from '../../../../src/revise/revision.ts'
import { postRules } from '../../../../src/service/posts/post-rules.ts'
import { revisePost } from '../../../../src/service/posts/revise-post.ts'
import { revisionText, storedRevision } from '../../../../src/service/posts/stored-revision.ts'
import { newList } from '../../lists/support.ts'
import { bodyText, message, octets, value, values } from '../../revise/support.ts'

const post = message('From: jane@origin.example\nMessage-ID: <1@origin.example>\nSubject: x\n\nHello\n')
const usual = { requests: new Set<never>(), policy: undefined, hasOwnLinks: false }
const both = { profiles: ['mailversion', 'message-instance'], isAdditionOnly: false } as const

const list = newList(1, 'news@lists.example', {
  title: 'News',
  subjectTag: '[news]',
  footer: { text: 'A footer' },
  archiveUrl: 'https://lists.example/news/{message}',
})

describe('the settings of a list', () => {
  test('become a revision of its posts', async () => {
    const { rules, unusable } = postRules(post, list, { ...usual, policy: 'reject' })
    const { revision, leftOut } = await revisePost(post, rules, both)
    expect([unusable, leftOut]).toEqual([[], []])
    const { message: is } = revision
    expect(value(is, 'Subject')).toBe('[news] x')
    expect(value(is, 'From')).toBe('"jane via News" <news@lists.example>')
    expect(value(is, 'Reply-To')).toBe('<jane@origin.example>')
    expect(value(is, 'List-Id')).toBe('News <news.lists.example>')
    expect(value(is, 'List-Post')).toBe('<mailto:news@lists.example>')
    expect(value(is, 'List-Unsubscribe')).toBe('<mailto:news-unsubscribe@lists.example>')
    expect(value(is, 'List-Archive')).toBe('<https://lists.example/news/>')
    expect(value(is, 'Archived-At')).toMatch(/^<https:\/\/lists\.example\/news\/[0-9a-f]{40}>$/)
    expect(value(is, 'Precedence')).toBe('list')
    expect(value(is, 'Delivered-To')).toBe('news@lists.example')
    expect(bodyText(is)).toContain('A footer')
  })

  test('that no field can hold cost their rule and not the post', async () => {
    const { rules, unusable } = postRules(
      post,
      newList(1, 'news@lists.example', { subjectTag: ' [x] ' }),
      usual,
    )
    expect(unusable).toEqual([expect.stringMatching(/^subject tag: /)])
    expect(rules.map(({ name }) => name)).toContain('list fields')
  })

  test('say that nobody posts where only those it names may', () => {
    const { rules } = postRules(post, newList(1, 'news@lists.example', { posting: 'listed' }), usual)
    const named = rules.find(({ name }) => name === 'list fields')
    expect(named && value(named.rule(post).message, 'List-Post')).toBe('NO')
  })
})

describe('donotmodify', () => {
  const asked = { requests: new Set(['donotmodify'] as const), policy: 'reject', hasOwnLinks: false } as const

  test('leaves fields that are added and nothing else', async () => {
    const { rules } = postRules(post, list, asked)
    const { revision, leftOut } = await revisePost(post, rules, { ...both, isAdditionOnly: true })
    expect(leftOut).toEqual([])
    expect(value(revision.message, 'Subject')).toBe('x')
    expect(value(revision.message, 'From')).toBe('jane@origin.example')
    expect(value(revision.message, 'List-Id')).toBe('News <news.lists.example>')
    expect(revision.message.body).toBe(post.body)
  })

  test('leaves the fields of an earlier list where ours would replace them', async () => {
    const before = message('From: jane@origin.example\nList-Id: <other.example.net>\n\nHello\n')
    const { rules } = postRules(before, list, asked)
    const { revision, leftOut } = await revisePost(before, rules, { ...both, isAdditionOnly: true })
    expect(leftOut).toEqual([expect.stringMatching(/^list fields: .*donotmodify/)])
    expect(values(revision.message, 'List-Id')).toEqual(['<other.example.net>'])
    expect(isRevised(revision)).toBe(false)
  })
})

describe('a rule whose change cannot be undone', () => {
  const broken: RevisionRule = before => ({
    message: { ...before, body: Buffer.concat([before.body, Buffer.from('more\r\n')]) },
    recipe: { headers: [] },
    addedFields: [],
  })

  test('is left out, with the reason, and the others are not', async () => {
    const { rules } = postRules(post, list, usual)
    const { revision, leftOut } = await revisePost(post, [{ name: 'broken', rule: broken }, ...rules], both)
    expect(leftOut).toEqual([expect.stringMatching(/^broken: .*body/)])
    expect(value(revision.message, 'Subject')).toBe('[news] x')
    expect(bodyText(revision.message)).toContain('A footer')
  })

  test('alone leaves the post as it was', async () => {
    const { revision } = await revisePost(post, [{ name: 'broken', rule: broken }], both)
    expect(revision.message).toBe(post)
  })
})

test('a revision is the same after it was in the store', async () => {
  const { rules } = postRules(post, list, { ...usual, policy: 'reject' })
  const { revision } = await revisePost(post, rules, both)
  const again = storedRevision(revisionText(revision), octets(revision.message))
  expect(again.recipe).toEqual(revision.recipe)
  expect(again.addedFields).toEqual(revision.addedFields)
  expect(octets(again.message).equals(octets(revision.message))).toBe(true)
})
