import { chmod, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { BounceKeyWatch } from '../../../src/service/bounces/bounce-key-watch.ts'
import { ensureBounceKey } from '../../../src/sign/bounce-key.ts'
import { loadBounceKeys, rotateBounceKey } from '../../../src/sign/bounce-keys.ts'
import { RecordingLog } from '../../support/recording-log.ts'
import { plainMessage, send } from '../../support/send.ts'
import { afterTest, relayOn, stage } from '../../support/stage.ts'
import { startTestRelay } from '../../support/test-relay.ts'

const day = 86_400_000
const now = Date.UTC(2026, 10, 22)
const octets = (value: number) => (count: number) => Buffer.alloc(count, value)
const rotation = (value: number, nowMilliseconds = now) => ({
  nowMilliseconds,
  tokenLifetimeMilliseconds: 30 * day,
  random: octets(value),
})

async function folderWithKey(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'keys-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await ensureBounceKey(folder, octets(1))
  return folder
}

describe('rotation of the key of the bounce addresses', () => {
  test('a new key takes the place of the old one, which is kept until its last address has expired', async () => {
    const folder = await folderWithKey()
    const until = await rotateBounceKey(folder, rotation(2))
    // Addresses are valid to the end of their last day, and a running relay takes its time.
    expect(until).toBeGreaterThanOrEqual(now + 31 * day)
    await rotateBounceKey(folder, rotation(3, now + day))
    const { current, earlier } = await loadBounceKeys(folder)
    expect(current).toEqual(Buffer.alloc(32, 3))
    expect(earlier.map(({ key }) => key[0])).toEqual([2, 1])
    expect(earlier[1]?.acceptedUntilMilliseconds).toBe(until)
  })

  test('every file is for its owner alone', async () => {
    const folder = await folderWithKey()
    await rotateBounceKey(folder, rotation(2))
    for (const name of await readdir(folder)) {
      expect([name, (await stat(join(folder, name))).mode & 0o777]).toEqual([name, 0o600])
    }
    const [old] = (await loadBounceKeys(folder)).earlier
    await chmod(old?.file ?? '', 0o644)
    await expect(loadBounceKeys(folder)).rejects.toThrow(/chmod 600/)
  })

  test('needs a key that is to be replaced', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'keys-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    await expect(rotateBounceKey(folder, rotation(2))).rejects.toThrow(/the first start makes one/)
  })
})

describe('a running relay', () => {
  test('takes the new key up, accepts the old one, and removes it in its time', async () => {
    const folder = await folderWithKey()
    const clock = { now }
    const log = new RecordingLog()
    const watch = await BounceKeyWatch.start({ folder, log, clock: () => clock.now, random: octets(9) })
    onTestFinished(() => watch.stop())
    const before = watch.current
    const until = await rotateBounceKey(folder, rotation(2))
    await watch.check()
    expect(watch.current.equals(before)).toBe(false)
    expect(watch.accepted.some(key => key.equals(before))).toBe(true)
    clock.now = until - 1
    await watch.check()
    expect(watch.accepted).toHaveLength(2)
    clock.now = until
    await watch.check()
    expect(watch.accepted).toHaveLength(1)
    expect(await readdir(folder)).toEqual(['bounce-address.key'])
  })

  test('goes on with the keys that it has where the folder cannot be read', async () => {
    const folder = await folderWithKey()
    const log = new RecordingLog()
    const watch = await BounceKeyWatch.start({ folder, log, clock: () => now, random: octets(9) })
    onTestFinished(() => watch.stop())
    await chmod(join(folder, 'bounce-address.key'), 0o644)
    await watch.check()
    expect(watch.accepted).toHaveLength(1)
    expect(log.lines.at(-1)?.text).toBe('the keys of the bounce addresses cannot be read again')
  })

  test('takes bounces to addresses that were made before the rotation, and makes others since', async () => {
    const on = await stage()
    const domains = { 'alias.example': { aliases: { team: ['one@destination.example'] } } }
    const first = await relayOn(on, { domains })
    const mail = { from: 'a@origin.example', to: ['team@alias.example'], octets: plainMessage() }
    await send(first.port, mail)
    const [copy] = await on.sink.received(1)
    await rotateBounceKey(first.config.keysDirectory, rotation(2, Date.now()))
    await first.stop()
    const routes = { 'destination.example': { host: '127.0.0.1', port: on.sink.port, tls: 'none' } } as const
    const second = await startTestRelay({
      config: { domains, routes },
      dns: on.dns,
      zone: on.zone,
      folder: first.folder,
    })
    afterTest(() => second.stop())
    await send(second.port, mail)
    const [, later] = await on.sink.received(2)
    for (const address of [copy?.reversePath ?? '', later?.reversePath ?? '']) {
      const { rcpt } = await send(second.port, { from: '', to: [address], octets: plainMessage() })
      expect(rcpt[0]).toMatch(/^250 /)
    }
  })
})
