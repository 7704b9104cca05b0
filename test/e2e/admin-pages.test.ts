/** The pages of the operator in a real browser: every page, by keyboard alone, on a phone, in the dark, and with hostile octets. */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

import { stripVTControlCharacters } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { preparedPassword, scryptVerifier } from '../../src/accounts/password.ts'
import { freshTarget } from '../../src/service/alias-targets/target-standing.ts'
import type { AdminRole } from '../../src/store/admin-store.ts'
import { openWriter } from '../support/database-beside.ts'
import { plainMessage, send } from '../support/send.ts'
import { relayOn, stage } from '../support/stage.ts'
import { storeList } from '../support/stored-list.ts'
import type { TestRelay } from '../support/test-relay.ts'

const program = '/usr/bin/chromium'
const hasBrowser = existsSync(program)
if (!hasBrowser) console.warn('tests of the pages are skipped: chromium is not installed')

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const password = 'correct horse battery'
let browser: Browser

beforeAll(async () => {
  if (hasBrowser) browser = await chromium.launch({ executablePath: program, args: ['--no-sandbox'] })
})

afterAll(async () => {
  if (hasBrowser) await browser.close()
})

const hostile = `"><img src=x onerror="document.title='taken'"><script>document.title='taken'</script>\u202e`

const hostileText = '<script>alert(1)</script><img src=x>'
/** A mailbox of RFC 5321. */
const hostileMailbox = '"<img src=x>"@x.example'

/** A list, a suspended target and an account, of which every field is hostile. */
function addOthers(database: string): void {
  storeList(database, { address: 'news@alias.example', subscribers: [hostileMailbox, 'ann@x.example'] })
  const writer = openWriter(database)
  writer.keepAliasTarget({
    ...freshTarget(hostileMailbox, '"<b>"@alias.example', 1),
    state: 'suspended',
    suspendedAt: 1,
    suspendedBy: 'bounces',
    reason: `550 ${hostileText}`,
  })
  const senders = [hostileMailbox]
  const account = { name: hostileText, nameKey: hostileText, credentials: {}, senders, dailyLimit: null }
  writer.createAccount({ ...account, clients: 'observe', createdAt: 1 })
  writer.close()
}

/** A relay with a delivered and a waiting message, of which every field is hostile, and an admin. */
async function relayWithMail(role: AdminRole = 'operator'): Promise<TestRelay> {
  const on = await stage()
  on.zone['hostile.example'] = {
    '@': [['mx', `10 ${hostileText}.`]],
    '_mta-sts': [['txt', hostileText]],
  }
  on.zone['alias.example'] = {
    '@': [['txt', `v=spf1 ${hostileText} -all`]],
    _dmarc: [['txt', `v=DMARC1; p=${hostileText}`]],
  }
  on.sink.always('body', '250 2.0.0 <script>alert(1)</script><img src=x>')
  const relay = await relayOn(on, {
    admin: { port: 0 },
    domains: {
      'alias.example': { aliases: { team: ['one@destination.example'], late: ['two@dead.example'] } },
    },
    routes: { 'dead.example': { host: '127.0.0.1', port: 1, tls: 'none' } },
  })
  const from = `"a&'=onload"@origin.example`
  const octets = plainMessage({ subject: '<script>alert(1)</script>', body: '<img src=x>\r\n' })
  const { data } = await send(relay.port, { from, to: ['team@alias.example'], octets })
  expect(data).toMatch(/^250 /)
  await relay.log.until(line => line.text === 'delivered')
  await send(relay.port, {
    from: 'a@origin.example',
    to: ['late@alias.example'],
    octets: plainMessage({ subject: 'late' }),
  })
  await relay.log.until(line => line.text.includes('rests'))
  addOthers(relay.database)
  await addAdmin(relay, role)
  return relay
}

async function addAdmin(relay: TestRelay, role: AdminRole): Promise<void> {
  const cost = { cost: 1024, blockSize: 8, parallelization: 1 }
  const scrypt = await scryptVerifier(preparedPassword(password) ?? '', Buffer.alloc(16, 7), cost)
  const writer = openWriter(relay.database)
  writer.createAdmin({ name: 'ann', nameKey: 'ann', role, credentials: { scrypt }, createdAt: 1 })
  writer.close()
}

function at(relay: TestRelay, path: string): string {
  return `http://127.0.0.1:${relay.relay.admin?.port}${path}`
}

async function signedIn(relay: TestRelay, settings: Parameters<Browser['newPage']>[0] = {}): Promise<Page> {
  const page = await browser.newPage({ javaScriptEnabled: true, bypassCSP: true, ...settings })
  await page.goto(at(relay, '/'))
  expect(page.url()).toBe(at(relay, '/login'))
  await page.fill('#name', 'ann')
  await page.fill('#password', password)
  await page.click('main button')
  await page.waitForURL(at(relay, '/'))
  return page
}

/** Serious findings of axe-core, as `rule: element`. */
async function findings(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  const violations: { id: string; impact: string; nodes: { html: string }[] }[] = await page.evaluate(
    'axe.run().then(result => result.violations)',
  )
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(node => `${id}: ${node.html}`))
}

async function addresses(page: Page, relay: TestRelay): Promise<string[]> {
  const link = await page.locator('td a').first().getAttribute('href')
  const paths = [
    '/',
    link ?? '',
    '/queue',
    '/queue/dead.example',
    '/destinations',
    '/destinations/dead.example',
    '/destinations/hostile.example',
    '/lists',
    '/lists/news@alias.example',
    '/domains',
    '/domains/alias.example',
    '/accounts',
    '/tools',
  ]
  return paths.map(path => at(relay, path))
}

describe.skipIf(!hasBrowser)('the pages in Chromium', () => {
  test('every page has no serious finding of axe-core, in light and in dark, and fits 360 pixels', async () => {
    const relay = await relayWithMail()
    const page = await signedIn(relay, { viewport: { width: 360, height: 640 } })
    for (const address of await addresses(page, relay)) {
      const answer = await page.goto(address)
      expect([address, answer?.status()]).toEqual([address, 200])
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        expect([address, colorScheme, await findings(page)]).toEqual([address, colorScheme, []])
      }
      const width: number = await page.evaluate('document.documentElement.scrollWidth')
      expect([address, width]).toEqual([address, 360])
    }
    await page.close()
  })

  test('what strangers write is shown and never run', async () => {
    const relay = await relayWithMail()
    const page = await signedIn(relay)
    for (const address of await addresses(page, relay)) {
      await page.goto(address)
      expect(await page.locator('main script, main img, main b').count()).toBe(0)
    }
    await page.goto(at(relay, `/?q=${encodeURIComponent(hostile)}`))
    expect(await page.inputValue('#q')).toContain('<script>')
    await page.goto(at(relay, `/queue/${encodeURIComponent(hostile)}`))
    await page.goto(at(relay, `/destinations/${encodeURIComponent(hostile)}`))
    await page.goto(at(relay, `/lists/news@alias.example?q=${encodeURIComponent(hostile)}`))
    expect(await page.inputValue('#q')).toContain('<script>')
    await page.goto(at(relay, '/tools'))
    await page.fill('#message', `Subject: ${hostile}\n\n${hostile}`)
    await page.fill('#mailFrom', hostile)
    await page.fill('#rcptTo', hostile)
    await page.click('button[value=explain]')
    expect(await page.inputValue('#message')).toContain(hostile)
    expect(await page.title()).not.toBe('taken')
    expect(await page.locator('main script, main img').count()).toBe(0)
    expect(stripVTControlCharacters(await page.innerText('[role=alert]'))).toContain('expected an address')
    await page.close()
  })

  test('with the keyboard alone: sign in, find a message, hold and delete its delivery, sign out', async () => {
    const relay = await relayWithMail()
    const page = await browser.newPage()
    await page.goto(at(relay, '/login'))
    for (const text of ['ann', password]) {
      await page.keyboard.press('Tab')
      await page.keyboard.type(text)
    }
    await page.keyboard.press('Enter')
    await page.waitForURL(at(relay, '/'))
    await tabTo(page, 'Queue')
    await page.waitForURL(at(relay, '/queue'))
    await tabTo(page, 'Hold')
    await page.getByText('held').first().waitFor()
    await tabTo(page, 'Delete')
    await page.getByText('Nothing here.').waitFor()
    await tabTo(page, 'Sign out')
    await page.waitForURL(at(relay, '/login'))
    await page.goto(at(relay, '/queue'))
    expect(page.url()).toBe(at(relay, '/login'))
    await page.close()
  })

  test('with the keyboard alone: subscribers are found, added, suspended, resumed and removed', async () => {
    const relay = await relayWithMail()
    const page = await signedIn(relay)
    await page.goto(at(relay, '/lists'))
    await tabTo(page, 'news@alias.example')
    await page.waitForURL(at(relay, '/lists/news%40alias.example'))
    await tabTo(page, '', 'address')
    await page.keyboard.type('new@x.example')
    await page.keyboard.press('Enter')
    await page.getByText('3 active, 0 suspended.').waitFor()
    await tabTo(page, '', 'q')
    await page.keyboard.type('NEW@')
    await page.keyboard.press('Enter')
    await page.waitForURL(/q=NEW/)
    expect(await page.locator('tbody tr').count()).toBe(1)
    await tabTo(page, 'Suspend')
    await page.getByText('2 active, 1 suspended.').waitFor()
    await tabTo(page, 'Resume')
    await page.getByText('3 active, 0 suspended.').waitFor()
    await page.goto(at(relay, '/lists/news@alias.example?q=new'))
    await tabTo(page, 'Remove')
    await page.getByText('2 active, 0 suspended.').waitFor()
    await page.close()
  })

  test('with the keyboard alone: a destination is looked up and retried, a suspended target resumed', async () => {
    const relay = await relayWithMail()
    const page = await signedIn(relay)
    await tabTo(page, 'Destinations')
    await page.waitForURL(at(relay, '/destinations'))
    await tabTo(page, 'Resume')
    await page.getByText('Nothing here.').waitFor()
    await tabTo(page, '', 'name')
    await page.keyboard.type('dead.example')
    await page.keyboard.press('Enter')
    await page.waitForURL(at(relay, '/destinations/dead.example'))
    expect(await page.innerText('main')).toMatch(
      /resting[\s\S]*1, 0 held[\s\S]*127\.0\.0\.1\]:1[\s\S]*configured route/,
    )
    const deferred = relay.log.lines.filter(({ text }) => text === 'deferred').length
    await tabTo(page, 'Retry now')
    await page.waitForURL(at(relay, '/queue'))
    await relay.log.count('deferred', deferred + 1)
    await page.close()
  })

  test('a domain is shown with what is published and what is not', async () => {
    const relay = await relayWithMail()
    const page = await signedIn(relay)
    await page.goto(at(relay, '/domains/alias.example'))
    const text = await page.innerText('main')
    expect(text).toMatch(/ed25519[\s\S]*_domainkey\.alias\.example/)
    for (const kind of ['MX', 'SRV', 'SPF', 'DMARC', 'MTA-STS', 'TLSRPT']) expect(text).toContain(kind)
    await page.close()
  })

  test('the journey of a message is shown left to right, with what came of it', async () => {
    const relay = await relayWithMail()
    const page = await signedIn(relay, { viewport: { width: 1200, height: 800 } })
    await page.fill('#q', `"a&'=onload"@origin.example`)
    await page.keyboard.press('Enter')
    await page.locator('td a').first().click()
    const boxes = await page.locator('.journey > li').all()
    const places = await Promise.all(boxes.map(async box => (await box.boundingBox())?.x ?? 0))
    expect(boxes.length).toBe(2)
    expect(places).toEqual(places.toSorted((a, b) => a - b))
    expect(await page.innerText('.journey')).toMatch(
      /this relay[\s\S]*<one@destination\.example>[\s\S]*delivered/,
    )
    await page.close()
  })

  test('tools explain and preview what is pasted', async () => {
    const relay = await relayWithMail()
    const page = await signedIn(relay)
    await page.goto(at(relay, '/tools'))
    await page.fill('#message', plainMessage().toString('latin1'))
    await page.click('button[value=explain]')
    expect(await page.innerText('pre')).toContain('NONE')
    await page.fill('#mailFrom', 'a@origin.example')
    await page.fill('#rcptTo', 'team@alias.example')
    await page.click('button[value=preview]')
    expect(await page.innerText('pre')).toMatch(/<one@destination\.example>[\s\S]*Taken\./)
    await page.click('button[value=undo]')
    expect(await page.innerText('[role=alert]')).toContain('no earlier version')
    await page.close()
  })

  test('a reader sees everything and is offered no change', async () => {
    const relay = await relayWithMail('reader')
    const page = await signedIn(relay)
    await page.goto(at(relay, '/queue'))
    expect(await page.getByText('dead.example').count()).toBeGreaterThan(0)
    expect(await page.locator('main button').count()).toBe(0)
    await page.close()
  })
})

/** Goes to what has this text, and presses it; or to the field of this name, which has none. */
async function tabTo(page: Page, label: string, field?: string): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press('Tab')
    const [text, id]: [string, string] = await page.evaluate(
      '[document.activeElement.textContent, document.activeElement.id]',
    )
    if (field !== undefined && id === field) return
    if (field === undefined && text.trim() === label) return page.keyboard.press('Enter')
  }
  throw new Error(`no way to ${field ?? label} by keyboard`)
}
