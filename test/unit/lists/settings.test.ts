import { describe, expect, test } from 'vitest'
import { readListSettings, readStoredSettings } from '../../../src/lists/settings.ts'
import { listSettings } from './support.ts'

function placesOf(input: unknown): string[] {
  const reading = readListSettings(input)
  return reading.kind === 'wrong' ? reading.issues.map(issue => issue.path.join('.')) : []
}

describe('the settings of a list', () => {
  test('need an owner and nothing else', () => {
    expect(placesOf({})).toEqual(['owners'])
    expect(placesOf({ owners: [] })).toEqual(['owners'])
    expect(listSettings()).toMatchObject({ posting: 'subscribers', moderation: 'none', bounces: 'count' })
  })

  test('have their defaults after they went through the store', () => {
    const { bounceScore: _, ...older } = listSettings({ subjectTag: '[news]' })
    expect(listSettings(JSON.parse(JSON.stringify(older)))).toEqual(listSettings({ subjectTag: '[news]' }))
  })

  test('hold nothing that would add a header field or hide a control character', () => {
    const owners = ['owner@owners.example']
    expect(placesOf({ owners, subjectTag: '[news]\r\nBcc: x' })).toEqual(['subjectTag'])
    expect(placesOf({ owners, title: 'News\u2028' })).toEqual(['title'])
    expect(placesOf({ owners, archiveUrl: 'https://a.example/\r\nX: y' })).toEqual(['archiveUrl'])
    expect(placesOf({ owners, archiveUrl: 'javascript:alert(1)' })).toEqual(['archiveUrl'])
    expect(placesOf({ owners: ['o@x.example\r\nBcc: y@z.example'] })).toEqual(['owners.0', 'owners.0'])
    expect(placesOf({ owners, footer: { text: 'a\u0000b' } })).toEqual(['footer.text'])
    expect(placesOf({ owners, bounceScore: { suspendAt: 0 }, colour: 1 })).toEqual([
      'bounceScore.suspendAt',
      '',
    ])
  })

  test('hold no character that changes the direction of text; a stored list loses it and stays a list', () => {
    const owners = ['owner@owners.example']
    for (const control of '\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069') {
      const stored = { owners, title: `News${control} of us`, subjectTag: `[${control}news]` }
      expect(placesOf(stored)).toEqual(['title', 'subjectTag'])
      expect(readStoredSettings(stored)).toMatchObject({
        kind: 'read',
        settings: { title: 'News of us', subjectTag: '[news]' },
      })
    }
    expect(placesOf({ owners, title: 'أخبار الحديقة' })).toEqual([])
  })
})
