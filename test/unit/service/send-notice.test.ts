/** Notices on a real store, over real sockets. */
import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { parseConfig } from '../../../src/config/load.ts'
import type { Notice } from '../../../src/lists/compose-notice.ts'
import { openLasting } from '../../../src/service/lasting.ts'
import { MessagePath } from '../../../src/service/message-path.ts'
import { openPathDependencies } from '../../../src/service/path-dependencies.ts'
import { keyZone } from '../../../src/sign/published.ts'
import { RecordingLog } from '../../support/recording-log.ts'
import type { Stage } from '../../support/stage.ts'
import { afterTest, stage } from '../../support/stage.ts'
import { publishKeys, temporaryFolder, testConfig } from '../../support/test-relay.ts'
import { verifyReceived } from '../../support/verify.ts'

const notice: Notice = {
  from: { name: 'Garden news', address: 'news-help@lists.example' },
  to: 'reader@destination.example',
  subject: 'Please confirm',
  text: 'Hello.\n',
  autoSubmitted: 'auto-replied',
}

async function pathOn(on: Stage, profile: 'mailversion' | 'message-instance' = 'mailversion') {
  const folder = temporaryFolder()
  const routes = { 'destination.example': { host: '127.0.0.1', port: on.sink.port, tls: 'none' } } as const
  const aliases = { reader: ['inner@destination.example'] }
  const config = { domains: { 'lists.example': { aliases } }, routes, profile }
  const parsed = parseConfig(testConfig({ dns: on.dns, config }, folder), { file: 'test', folder })
  const outside = {
    clock: () => Date.now(),
    random: (octets: number) => randomBytes(octets),
    log: new RecordingLog(),
  }
  const lasting = await openLasting(parsed, outside)
  const parts = await openPathDependencies(parsed, outside, lasting)
  publishKeys(on.zone, keyZone(parts.keys.keyring.keys))
  const path = new MessagePath(parts)
  path.start([])
  afterTest(async () => {
    await path.stop(1_500)
    await parts.closing.disposeAsync()
    await lasting.store.close()
    await rm(folder, { recursive: true, force: true })
  })
  return { path, parts }
}

describe.each(['mailversion', 'message-instance'] as const)('a notice in profile %s', profile => {
  test('goes out signed at i=1 for its one address, with a null reverse-path', async () => {
    const on = await stage()
    const { path } = await pathOn(on, profile)
    await path.sendNotice(notice)
    const [copy] = await on.sink.received(1)
    expect(copy).toMatchObject({ reversePath: '', forwardPaths: ['reader@destination.example'] })
    expect(await verifyReceived(copy, on.zone)).toMatchObject({
      state: 'pass',
      profile,
      hops: [{ sequence: 1, domain: 'lists.example', reversePath: '' }],
    })
  })

  test('to an address of this relay takes the way of every message to that', async () => {
    const on = await stage()
    const { path } = await pathOn(on, profile)
    await path.sendNotice({ ...notice, to: 'reader@lists.example' })
    const [copy] = await on.sink.received(1)
    expect(copy).toMatchObject({ forwardPaths: ['inner@destination.example'] })
    expect(await verifyReceived(copy, on.zone)).toMatchObject({ state: 'pass', profile })
  })
})

describe('when a notice cannot be delivered', () => {
  test('nobody is told', async () => {
    const on = await stage()
    const { path, parts } = await pathOn(on)
    on.sink.always('rcpt', '550 5.1.1 no such user')
    const queueId = (await path.sendNotice(notice)) ?? ''
    const log = parts.log as RecordingLog
    await log.until(line => line.text === 'failed, no report is sent')
    expect((await parts.store.showMessage(queueId))?.deliveries).toMatchObject([
      { state: 'failed', dsn: 'skipped', kind: 'notice' },
    ])
  })

  test('its author hears of it at a bounce address, if it wants to', async () => {
    const on = await stage()
    const { path, parts } = await pathOn(on)
    const queueId = (await path.sendNotice(notice, { reversePath: 'bounce-address' })) ?? ''
    const [copy] = await on.sink.received(1)
    const [localPart = '', domain = ''] = copy?.reversePath.split('@') ?? []
    expect(parts.directory.readBounce({ localPart, domain })).toEqual({
      kind: 'genuine',
      queueId,
      ordinal: 0,
    })
  })
})

test('a notice of which the occasion is gone is not sent', async () => {
  const on = await stage()
  const { path, parts } = await pathOn(on)
  expect(await path.sendNotice(notice, { commit: async () => [] })).toBeUndefined()
  expect(await parts.store.listMessages({ limit: 10 })).toEqual([])
})
