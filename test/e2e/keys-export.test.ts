/** `keys export`: what a place without name servers needs to verify the mail that comes to it, and nothing else. */
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { verifyChain } from '../../src/dkim2/index.ts'
import { zoneFileResolver } from '../../src/dns/zone-file-resolver.ts'
import { readMessage } from '../../src/message/message.ts'
import { originator } from '../support/originator.ts'
import { plainMessage, send } from '../support/send.ts'
import type { SinkMessage } from '../support/sink.ts'
import { relayOn, stage } from '../support/stage.ts'
import { publishKeys, testConfig } from '../support/test-relay.ts'
import { relay as command } from '../unit/cli/command-line.ts'

async function exporting() {
  const on = await stage()
  const config = { domains: { 'alias.example': { aliases: { team: ['one@destination.example'] } } } }
  const relay = await relayOn(on, config)
  const file = join(relay.folder, 'relay.config.json')
  writeFileSync(file, JSON.stringify(testConfig({ dns: on.dns, config }, relay.folder)))
  const keysExport = (...options: readonly string[]) =>
    command(['keys', 'export', '--config', file, ...options], { now: Date.now() })
  const zoneFile = join(relay.folder, 'zone.json')
  /** As whoever synchronises the file: by renaming. */
  const synchronise = (text: string) => {
    writeFileSync(`${zoneFile}.new`, text)
    renameSync(`${zoneFile}.new`, zoneFile)
  }
  return { on, relay, keysExport, zoneFile, synchronise }
}

async function farVerdict(copy: SinkMessage, zoneFile: string, now: () => number) {
  const resolver = await zoneFileResolver({
    file: zoneFile,
    clock: now,
    lookEveryMilliseconds: 1_000,
    maxOctets: 1_000_000,
    onProblem: error => {
      throw error
    },
  })
  return verifyChain(readMessage(copy.octets), {
    envelope: copy,
    lookup: name => resolver.txt(name),
    nowSeconds: Math.floor(now() / 1000),
  })
}

test('with --seen it has the keys of every hop of what was forwarded: the far end verifies with the file alone', async () => {
  const { on, relay, keysExport, zoneFile, synchronise } = await exporting()
  const mail = { from: 'a@origin.example', to: ['team@alias.example'] }
  await send(relay.port, { ...mail, octets: await on.origin.sign(plainMessage(), mail) })
  const [copy] = await on.sink.received(1)
  if (copy === undefined) throw new Error('nothing arrived')
  synchronise((await keysExport()).out)
  expect(await farVerdict(copy, zoneFile, Date.now)).toMatchObject({ state: 'permerror' })
  const { status, out, notes } = await keysExport('--seen')
  expect([status, notes]).toEqual([0, ''])
  synchronise(out)
  expect(await farVerdict(copy, zoneFile, Date.now)).toMatchObject({
    state: 'pass',
    hops: [{ domain: 'origin.example' }, { domain: 'alias.example' }],
  })
})

test('with --name it has other records, octet for octet, and says which it did not find', async () => {
  const { on, keysExport, zoneFile, synchronise } = await exporting()
  originator(on.zone, 'other.example')
  const text = 'v=spf1 exp=grüße.example -all'
  publishKeys(on.zone, { 'spf.example': { '@': [['txt', text]] } })
  const found = await keysExport('--name', 'test._domainkey.other.example', 'spf.example')
  expect([found.status, found.notes]).toEqual([0, ''])
  synchronise(found.out)
  const resolver = await zoneFileResolver({
    file: zoneFile,
    clock: Date.now,
    lookEveryMilliseconds: 1_000,
    maxOctets: 1_000_000,
    onProblem: () => undefined,
  })
  const answer = await resolver.txt('spf.example')
  if (answer.kind !== 'records') throw new Error(answer.kind)
  expect(Buffer.from(answer.records[0] ?? '', 'latin1').toString('utf8')).toBe(text)
  expect(await resolver.txt('test._domainkey.other.example')).toMatchObject({ kind: 'records' })

  const missing = await keysExport('--name', 'none._domainkey.other.example')
  expect(missing.status).toBe(1)
  expect(missing.notes).toBe('none._domainkey.other.example: there is no TXT record\n')
  expect(Object.keys(JSON.parse(missing.out))).toEqual(['alias.example'])
})
