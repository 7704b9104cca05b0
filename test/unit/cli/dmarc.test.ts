import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { aggregateXml } from '../../../src/dmarc-report/aggregate-xml.ts'
import { openStore } from '../../../src/store/open-store.ts'
import { zipOf } from '../../support/zip.ts'
import { newFile } from '../store/fixtures.ts'
import { relay } from './command-line.ts'

const evaluation = {
  headerFrom: 'shop.example',
  envelopeFrom: 'shop.example',
  disposition: 'none',
  dkimAligned: true,
  spfAligned: false,
  reasons: [],
  dkim: [{ domain: 'shop.example', selector: 's', result: 'pass' }],
} as const
const failed = { ...evaluation, dkimAligned: false, dkim: [], disposition: 'reject' } as const
const firstDay = Date.UTC(2025, 10, 1) / 1000

/** The report of one reporter about one day. */
function report(reporter: number, day: number, rows = 3): Buffer {
  const begin = firstDay + day * 86_400
  return aggregateXml({
    organization: `Reporter ${reporter}`,
    contact: 'a@reporter.example',
    reportId: `${day}@${reporter}.example`,
    generator: 'x',
    policyDomain: 'shop.example',
    record: 'v=DMARC1; p=none',
    begin,
    end: begin + 86_399,
    rows: [
      { source: '203.0.113.9', messages: 2, evaluation: failed },
      ...Array.from({ length: rows - 1 }, (_, at) => ({ source: `192.0.2.${at}`, messages: 1, evaluation })),
    ],
  })
}

function folderWith(files: Readonly<Record<string, Buffer>>): string {
  const folder = join(dirname(newFile()), 'reports')
  mkdirSync(join(folder, 'older'), { recursive: true })
  for (const [name, octets] of Object.entries(files)) writeFileSync(join(folder, name), octets)
  return folder
}

test('dmarc read tells who sends in the name of a domain, what fails and when; what is no report is named', async () => {
  const folder = folderWith({
    'a.xml': report(1, 0),
    'b.xml.gz': gzipSync(report(1, 1)),
    'older/c.zip': zipOf([{ name: 'c.xml', content: report(2, 0) }]),
    'd.txt': Buffer.from('hello'),
  })
  const text = await relay(['dmarc', 'read', folder])
  expect(text.status).toBe(0)
  expect(text.out).toContain('3 reports of 2 reporters')
  expect(text.out).toMatch(/shop\.example +203\.0\.113\.9 +0 +6 +6 +6 +0 +6 +2025-11-01 2025-11-02/)
  expect(text.out).toMatch(/2025-11-01 +4 +4\n2025-11-02 +2 +2\n/)
  expect(text.notes).toContain('d.txt: it is no well-formed XML')
  const json = JSON.parse((await relay(['dmarc', 'read', folder, '--json', '--domain', 'shop.example'])).out)
  expect(json).toMatchObject({
    files: 4,
    refused: [{ file: join(folder, 'd.txt') }],
    senders: [{ failed: 6 }, {}, {}],
  })
  const other = JSON.parse((await relay(['dmarc', 'read', folder, '--json', '--domain', 'hop.example'])).out)
  expect(other.senders).toEqual([])
})

test('dmarc read of something that is not there, or of no report, says so', async () => {
  expect(await relay(['dmarc', 'read', '/nowhere/reports'])).toMatchObject({ status: 2 })
  const none = await relay(['dmarc', 'read', folderWith({ 'a.xml': Buffer.from('<html/>') })])
  expect(none).toMatchObject({
    status: 1,
    notes: expect.stringContaining('its first element is not feedback'),
  })
})

test('a year of small reports of ten reporters takes less than ten seconds of the processor', async () => {
  const files: Record<string, Buffer> = {}
  for (let day = 0; day < 365; day++) {
    for (let reporter = 0; reporter < 10; reporter++)
      files[`${reporter}-${day}.xml.gz`] = gzipSync(report(reporter, day, 5))
  }
  const folder = folderWith(files)
  const before = process.cpuUsage()
  const { out } = await relay(['dmarc', 'read', folder])
  const { user, system } = process.cpuUsage(before)
  expect(out).toContain('3650 reports of 10 reporters')
  expect(out).toMatch(/2025-12 +1240 +620\n/)
  expect((user + system) / 1_000_000).toBeLessThan(10)
}, 60_000)

test('dmarc list tells what was counted', async () => {
  const folder = dirname(newFile())
  const config = join(folder, 'relay.config.ts')
  writeFileSync(
    config,
    `export default { hostname: 'relay.example', listeners: [{ name: 'mx', port: 0 }], domains: { 'alias.example': {} } }\n`,
  )
  mkdirSync(join(folder, 'data'), { mode: 0o700 })
  const store = await openStore({ file: join(folder, 'data', 'relay.sqlite') })
  const judged = { day: '2025-11-13', policyDomain: 'shop.example', record: '', source: '192.0.2.1' }
  const bounds = { maxDomains: 1, maxRowsOfDomain: 9, maxRows: 9 }
  for (const one of [evaluation, failed]) await store.countDmarcResult({ ...judged, evaluation: one }, bounds)
  await store.close()
  const { out } = await relay(['dmarc', 'list', '--config', config])
  expect(out).toMatch(/2025-11-13 +shop\.example +2 +1 +counting/)
})
