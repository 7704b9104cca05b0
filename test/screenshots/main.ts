/**
 * `npm run docs:screenshots`: the pages of the operator as a demonstration relay full of plausible mail shows them, as pictures for
 * docs/pages.md. It needs Chromium.
 */
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { chromium } from 'playwright-core'
import { demonstration, password } from './demonstration.ts'

const folder = join(import.meta.dirname, '../../docs/pages')
/** Letters in shades of one colour make small files. */
const args = ['--no-sandbox', '--disable-lcd-text', '--force-color-profile=srgb']

interface Picture {
  readonly name: string
  readonly path: (page: Page) => string | Promise<string>
  readonly width?: number
  /** At most so much of the page is shown; default 800. */
  readonly height?: number
  readonly dark?: true
  /** What is done on the page before the picture is taken. */
  act?(page: Page): Promise<void>
}

const pictures: readonly Picture[] = [
  { name: 'messages', path: () => '/' },
  { name: 'journey', path: page => hrefOf(page, '/?q=news%40lists.example', 'tbody a'), height: 1_500 },
  {
    name: 'journey-phone',
    path: page => hrefOf(page, '/?q=team%40alias.example', 'tbody a'),
    width: 390,
    dark: true,
  },
  { name: 'queue', path: () => '/queue' },
  { name: 'destinations', path: () => '/destinations' },
  { name: 'destination', path: () => '/destinations/slow.example' },
  { name: 'lists', path: () => '/lists' },
  { name: 'subscribers', path: () => '/lists/news%40lists.example' },
  { name: 'domain', path: () => '/domains/alias.example', dark: true },
]

async function hrefOf(page: Page, path: string, selector: string): Promise<string> {
  await page.goto(new URL(path, page.url()).href)
  return (await page.locator(selector).first().getAttribute('href')) ?? '/'
}

/** The form that is smallest for text, which `page.screenshot` does not offer. */
async function webp(page: Page, { width, height }: { width: number; height: number }): Promise<Buffer> {
  const devtools = await page.context().newCDPSession(page)
  const clip = { x: 0, y: 0, width, height, scale: 1 }
  const settings = { format: 'webp', quality: 75, clip, captureBeyondViewport: true } as const
  const { data } = await devtools.send('Page.captureScreenshot', settings)
  await devtools.detach()
  return Buffer.from(data, 'base64')
}

async function take(
  page: Page,
  { name, path, width = 900, height: most = 800, dark, act }: Picture,
): Promise<void> {
  await page.setViewportSize({ width, height: 500 })
  await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light' })
  await page.goto(new URL(await path(page), page.url()).href)
  await act?.(page)
  const height = Math.min(most, await page.evaluate<number>('document.documentElement.scrollHeight'))
  await writeFile(join(folder, `${name}.webp`), await webp(page, { width, height }))
}

const relay = await demonstration()
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args })
try {
  const page = await browser.newPage()
  await page.goto(`http://127.0.0.1:${relay.adminPort}/login`)
  await page.fill('#name', 'ann')
  await page.fill('#password', password)
  await page.click('main button')
  await page.waitForURL(`http://127.0.0.1:${relay.adminPort}/`)
  for (const picture of pictures) await take(page, picture)
} finally {
  await browser.close()
  await relay.close()
  await rm(relay.folder, { recursive: true, force: true })
}
