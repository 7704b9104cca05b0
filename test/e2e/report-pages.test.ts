/** What reports of others say, as pages in a real browser: read on a phone and in the dark, nothing fetched, nothing run. */
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { chromium } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { aggregateXml } from '../../src/dmarc-report/aggregate-xml.ts'
import { temporaryFolder } from '../support/test-relay.ts'
import { relay as command } from '../unit/cli/command-line.ts'

const program = '/usr/bin/chromium'
const hasBrowser = existsSync(program)
if (!hasBrowser) console.warn('tests of report pages in a browser are skipped: chromium is not installed')

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const hostile = `"><img src=x onerror="document.title='taken'"><script>document.title='taken'</script>\u202e`
const firstDay = Date.UTC(2026, 9, 1) / 1000

let browser: Browser
let folder: string
beforeAll(async () => {
  if (hasBrowser) browser = await chromium.launch({ executablePath: program, args: ['--no-sandbox'] })
})
afterAll(async () => {
  if (hasBrowser) await browser.close()
})
beforeEach(() => {
  folder = temporaryFolder()
  mkdirSync(join(folder, 'reports'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const evaluation = {
  headerFrom: 'shop.example',
  envelopeFrom: 'shop.example',
  disposition: 'none',
  dkimAligned: true,
  spfAligned: true,
  reasons: [],
  dkim: [{ domain: 'shop.example', selector: 's', result: 'pass' }],
} as const

/** Three days, of which the second has failures; the reporter and a sender are hostile. */
function writeDmarcReports(): void {
  for (const day of [0, 1, 2]) {
    const begin = firstDay + day * 86_400
    const failed = { ...evaluation, dkimAligned: false, spfAligned: false, disposition: 'reject' } as const
    const xml = aggregateXml({
      organization: day === 2 ? hostile : 'Reporter',
      contact: 'a@reporter.example',
      reportId: `${day}`,
      generator: 'x',
      policyDomain: 'shop.example',
      record: 'v=DMARC1; p=reject',
      begin,
      end: begin + 86_399,
      rows: [
        { source: '192.0.2.1', messages: 1_200, evaluation },
        ...(day === 1 ? [{ source: '203.0.113.9', messages: 34, evaluation: failed }] : []),
        {
          source: hostile,
          messages: 1,
          evaluation: {
            ...evaluation,
            headerFrom: hostile,
            dkim: [{ domain: hostile, selector: 's', result: 'pass' }],
          },
        },
      ],
    })
    writeFileSync(join(folder, 'reports', `${day}.xml`), xml)
  }
}

function writeTlsReports(): void {
  const report = {
    'organization-name': hostile,
    'date-range': { 'start-datetime': '2026-10-01T00:00:00Z', 'end-datetime': '2026-10-01T23:59:59Z' },
    'contact-info': 'a@reporter.example',
    'report-id': '1',
    policies: [
      {
        policy: { 'policy-type': 'sts', 'policy-domain': 'shop.example', 'policy-string': [] },
        summary: { 'total-successful-session-count': 2_000, 'total-failure-session-count': 7 },
        'failure-details': [
          {
            'result-type': 'certificate-expired',
            'sending-mta-ip': '192.0.2.1',
            'receiving-mx-hostname': hostile,
            'failed-session-count': 7,
          },
        ],
      },
    ],
  }
  writeFileSync(join(folder, 'reports', 'tls.json'), JSON.stringify(report))
}

const kinds = [
  { args: ['dmarc', 'read'], write: writeDmarcReports, title: 'Who sends in the name of our domains' },
  {
    args: ['tls-reports', 'read'],
    write: writeTlsReports,
    title: 'How others reach our mail hosts over TLS',
  },
]

/** The page that the command writes. */
async function written({ args, write }: (typeof kinds)[number]): Promise<string> {
  write()
  const file = join(folder, 'page.html')
  const run = await command([...args, join(folder, 'reports'), '--html', file])
  expect([run.status, run.out]).toEqual([0, ''])
  expect(run.notes).toBe(`${file}: open it in a browser\n`)
  return file
}

async function opened(file: string, settings: Parameters<Browser['newPage']>[0] = {}): Promise<Page> {
  const page = await browser.newPage(settings)
  await page.goto(pathToFileURL(file).href)
  return page
}

describe.skipIf(!hasBrowser).each(kinds)('the page of $args.0 $args.1', kind => {
  test.each(['light', 'dark'] as const)(
    'has no serious finding of axe-core and fits 360 pixels, in %s',
    async colorScheme => {
      const page = await opened(await written(kind), {
        colorScheme,
        viewport: { width: 360, height: 640 },
        bypassCSP: true,
      })
      await page.evaluate(axe)
      const violations: { id: string; impact: string; nodes: { html: string }[] }[] = await page.evaluate(
        'axe.run().then(result => result.violations)',
      )
      const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
      expect(serious.flatMap(({ id, nodes }) => nodes.map(node => `${id}: ${node.html}`))).toEqual([])
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360)
      await page.close()
    },
  )

  test('fetches nothing and runs nothing, whatever reporters wrote', async () => {
    const file = await written(kind)
    const page = await browser.newPage()
    const asked: string[] = []
    page.on('request', request => void asked.push(request.url()))
    const refused: string[] = []
    page.on('console', message => void refused.push(message.text()))
    await page.goto(pathToFileURL(file).href)
    expect(asked).toEqual([pathToFileURL(file).href])
    expect(refused).toEqual([])
    expect(await page.title()).toBe(kind.title)
    expect(await page.locator('script, img, iframe, link, form').count()).toBe(0)
    expect(await page.innerText('main')).toContain('<script>')
    expect(await page.innerText('main')).not.toContain('\u202e')
    await page.close()
  })
})

describe.skipIf(!hasBrowser)('what the page of dmarc read shows', () => {
  test('who fails, how much, and when: in words, in tables and in the picture', async () => {
    const page = await opened(await written(kinds[0] as (typeof kinds)[number]))
    const text = await page.innerText('main')
    expect(text).toContain('3,637 messages from 3 addresses; 34 of them failed DMARC (0.9 %)')
    expect(text).toContain('Most of what failed came from 203.0.113.9 (34).')
    const failing = page.getByRole('region', { name: 'Senders of what fails' }).locator('tbody tr')
    expect(await failing.allInnerTexts()).toEqual([
      'shop.example\t203.0.113.9\t34\t34\t34\t0\t34\t2026-10-02 to 2026-10-02\tshop.example',
    ])
    const bars = page.locator('svg g')
    expect(await bars.locator('title').allTextContents()).toEqual([
      '2026-10-01: 1,201 passed, 0 failed',
      '2026-10-02: 1,201 passed, 34 failed',
      '2026-10-03: 1,201 passed, 0 failed',
    ])
    // Heights are to each other as the numbers are, and what failed stands on what passed.
    const boxes = await Promise.all((await bars.nth(1).locator('rect').all()).map(rect => rect.boundingBox()))
    const [good, bad] = boxes
    expect((good?.height ?? 0) / (bad?.height ?? 1)).toBeCloseTo(1_201 / 34, -1)
    expect((bad?.y ?? 0) + (bad?.height ?? 0)).toBeCloseTo(good?.y ?? 0, 0)
    await page.close()
  })
})

test('a page is for its user alone, goes to standard output for -, and stands beside --json', async () => {
  const file = await written(kinds[0] as (typeof kinds)[number])
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const reports = join(folder, 'reports')
  const piped = await command(['dmarc', 'read', reports, '--html', '-', '--domain', 'shop.example'])
  expect(piped.out).toMatch(
    /^<!doctype html>[\s\S]*<title>Who sends in the name of shop\.example<[\s\S]*<\/html>\n$/,
  )
  const both = await command(['dmarc', 'read', reports, '--html', file, '--json'])
  expect(JSON.parse(both.out)).toMatchObject({ reports: 3 })
  const nowhere = await command(['dmarc', 'read', reports, '--html', join(folder, 'none', 'page.html')])
  expect([nowhere.status, nowhere.notes]).toEqual([2, expect.stringContaining('cannot be written')])
})
