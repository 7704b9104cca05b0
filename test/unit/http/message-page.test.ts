/** The page of a message: what this relay changed stands in the picture and below it. */
import { describe, expect, test } from 'vitest'
import type { OwnChange } from '../../../src/hoplog/own-change.ts'
import { hopRecord } from '../../../src/hoplog/record.ts'
import { messagePage } from '../../../src/http/admin/message-pages.ts'
import { history } from '../service/reports/fake-reports.ts'
import { newMessage } from '../store/fixtures.ts'

const viewer = { name: 'ann', role: 'reader', csrf: 'x' } as const

const own: OwnChange = {
  list: 'news@lists.example',
  i: 2,
  headers: [{ name: 'Subject', before: ['x'], now: ['[news] <b>x</b>'] }],
  body: [{ line: 2, before: [], now: ['A footer'] }],
  obstacle: null,
  remarks: ['revised without <i>from</i>'],
}

async function shownWith(...changes: OwnChange[]): Promise<string> {
  const { octets: _, ...message } = newMessage(1)
  const stored = { ...message, reason: null, sizeBytes: 1, reportsOn: null, keepUntil: null } as const
  const record = hopRecord({ message: { ...stored, delayDsn: 'none' }, deliveries: [history()] })
  return String(await messagePage({ record, changes: [], own: changes }, viewer).body)
}

describe('the journey of a message', () => {
  test('tells in the picture which parts this relay changed, and shows the diff with its list and hop', async () => {
    const page = await shownWith(own)
    expect(page).toMatch(/this relay<\/strong>[\s\S]*changed Subject, body<\/li>/)
    expect(page).toContain('For the list news@lists.example, by hop i=2')
    expect(page).toContain('<del>- Subject: x</del>')
    expect(page).toContain('<ins>+ Subject: [news] &lt;b&gt;x&lt;/b&gt;</ins>')
    expect(page).toContain('<ins>+ A footer</ins>')
    expect(page).toContain('<p>revised without &lt;i&gt;from&lt;/i&gt;</p>')
  })

  test('says what can no longer be shown, and names the places', async () => {
    const gone = {
      headers: [{ name: 'Subject', before: ['x'], now: [] }],
      body: [{ line: 2, before: [], now: [] }],
    }
    const page = await shownWith({ ...own, ...gone, obstacle: 'no longer kept' })
    expect(page).toContain('<p>no longer kept</p>')
    expect(page).toContain('<del>- Subject: x</del>\n<ins>+ Subject: …</ins>')
    expect(page).toContain('@ line 2\n<ins>+ …</ins>')
  })

  test('says that this relay changed nothing', async () => {
    expect(await shownWith()).toMatch(/What this relay changed<\/h2><p class="quiet">Nothing/)
  })
})
