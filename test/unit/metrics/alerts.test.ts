/** The alerts of docs/alerts.yml: Prometheus takes them, and they ask for metrics that there are. */
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Meters } from '../../../src/metrics/meters.ts'
import type { SnapshotValues } from '../../../src/metrics/snapshot.ts'

const rulesFile = 'docs/alerts.yml'
const rules = readFileSync(rulesFile, 'utf8')
const page = readFileSync('docs/metrics.md', 'utf8')

const nothing: SnapshotValues = {
  isReady: true,
  queue: [],
  ages: [],
  oldestSeconds: 0,
  restingDestinations: 0,
  counts: { spooled: 0, reportsDue: 0 },
  store: { requests: 0, commits: 0 },
  rates: new Map(),
}

/** Names of all metrics, as their TYPE lines have them. */
async function metricNames(): Promise<string[]> {
  const text = await new Meters().text(nothing)
  return [...text.matchAll(/^# TYPE (\S+)/gm)].map(match => match[1] ?? '')
}

const hasPromtool = spawnSync('promtool', ['--version']).error === undefined
if (!hasPromtool)
  console.warn('promtool is not installed (Debian: prometheus): the rules are not checked by it')

test.skipIf(!hasPromtool)('promtool accepts the ten alerts', () => {
  const said = execFileSync('promtool', ['check', 'rules', rulesFile], { encoding: 'utf8' })
  expect(said).toContain('SUCCESS: 10 rules found')
})

test.skipIf(!hasPromtool)('promtool finds nothing to complain of in the text of the metrics', async () => {
  const text = await new Meters().text(nothing)
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
  })
  const ours = `${stdout}${stderr}`.split('\n').filter(line => line.includes('dkim2_relay'))
  expect({ status: status === 0 || ours.length === 0, ours }).toEqual({ status: true, ours: [] })
})

test('every alert asks for metrics that the relay has', async () => {
  const names = await metricNames()
  const asked = [...rules.matchAll(/\b(?:dkim2_relay|nodejs)_[a-z0-9_]+/g)].map(match => match[0])
  expect(asked.length).toBeGreaterThan(8)
  expect(asked.filter(name => !names.includes(name))).toEqual([])
})

test('every metric of the relay stands in docs/metrics.md, and no other', async () => {
  const names = (await metricNames()).filter(name => name.startsWith('dkim2_relay_'))
  const rows = [...page.matchAll(/^\| `(dkim2_relay_\w+)` \|/gm)].map(match => match[1])
  expect(rows.toSorted()).toEqual(names.toSorted())
})

test('every alert stands in docs/metrics.md with what to do, and no other', () => {
  const alerts = [...rules.matchAll(/alert: (\w+)/g)].map(match => match[1])
  const section = page.slice(page.indexOf('## Ten alerts'))
  const rows = [...section.matchAll(/^\| `([A-Z]\w+)` \|/gm)].map(match => match[1])
  expect(rows).toEqual(alerts)
  expect(alerts).toHaveLength(10)
})
