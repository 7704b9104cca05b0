/** The daily look, on a real store, with a clock of the test: one mail a day at most, whoever looks how often. */
import { describe, expect, test } from 'vitest'
import { parseConfig } from '../../../../src/config/load.ts'
import { digest as limits } from '../../../../src/limits.ts'
import type { Notice } from '../../../../src/lists/compose-notice.ts'
import type { DigestDependencies } from '../../../../src/service/care/digest.ts'
import { sendDigest } from '../../../../src/service/care/digest.ts'
import { digestAddresses } from '../../../../src/service/care/digest-job.ts'
import { aliasesOf } from '../../../../src/service/directory.ts'
import type { Store } from '../../../../src/store/store.ts'
import { RecordingLog } from '../../../support/recording-log.ts'
import { newMessage, newStore, queueId } from '../../store/fixtures.ts'

const start = Date.UTC(2026, 10, 28)
const addresses = { to: 'admin@destination.example', from: 'postmaster@alias.example' }

/** Of the mails that are sent. */
let numbers = 100

class Rig {
  now = start
  readonly sent: Notice[] = []
  readonly log = new RecordingLog()
  readonly store: Store
  readonly changes: Partial<DigestDependencies>

  constructor(store: Store, changes: Partial<DigestDependencies> = {}) {
    this.store = store
    this.changes = changes
  }

  look(): Promise<void> {
    return sendDigest({
      store: this.store,
      log: this.log,
      hostname: 'relay.alias.example',
      addresses,
      lifetimeMilliseconds: 5 * 86_400_000,
      clock: () => this.now,
      failingKeys: async () => [],
      endingCertificates: async () => [],
      sendNotice: async (notice, settings) => {
        numbers += 1
        const own = newMessage(numbers, { record: { kind: 'notice', admission: null } })
        await settings?.commit?.(own, [])
        if ((await this.store.message(own.queueId)) === undefined) return undefined
        this.sent.push(notice)
        return own.queueId
      },
      ...this.changes,
    })
  }

  /** So many looks as a running relay makes in a day. */
  async day(): Promise<void> {
    for (let passed = 0; passed < limits.lookMilliseconds; passed += limits.everyMilliseconds) {
      this.now += limits.everyMilliseconds
      await this.look()
    }
  }
}

/** Something that nobody is told of. */
const lose = (store: Store, number: number) =>
  store.spool(newMessage(number, { state: 'bounce-received', untold: 'no report', keepUntil: 1 }))

describe('a day', () => {
  test('without anything to tell brings no mail', async () => {
    const rig = new Rig(await newStore())
    await rig.day()
    await rig.day()
    expect(rig.sent).toEqual([])
  })

  test('with losses brings one mail that counts them, and the next one tells only what came since', async () => {
    const rig = new Rig(await newStore())
    await rig.look()
    await lose(rig.store, 1)
    await lose(rig.store, 2)
    await rig.day()
    expect(rig.sent.map(({ subject }) => subject)).toEqual([
      'relay.alias.example: 2 failures that nobody was told of',
    ])
    await rig.day()
    expect(rig.sent).toHaveLength(1)
    await lose(rig.store, 3)
    await rig.day()
    expect(rig.sent.at(-1)?.subject).toContain('1 failure that nobody was told of')
  })

  test('brings no second mail to a relay that starts again', async () => {
    const store = await newStore()
    const rig = new Rig(store)
    await rig.look()
    await lose(store, 1)
    await rig.day()
    expect(rig.sent).toHaveLength(1)
    await lose(store, 2)
    const restarted = new Rig(store)
    restarted.now = rig.now
    await restarted.look()
    restarted.now += limits.lookMilliseconds - 1
    await restarted.look()
    expect(restarted.sent).toEqual([])
  })

  test('brings one mail where two look at the same moment', async () => {
    const store = await newStore()
    const [one, two] = [new Rig(store), new Rig(store)]
    await one.look()
    await lose(store, 1)
    one.now = two.now = start + limits.lookMilliseconds
    await Promise.all([one.look(), two.look()])
    expect([...one.sent, ...two.sent]).toHaveLength(1)
    expect(await store.untoldLosses(10)).toEqual([])
  })
})

test('keys and certificates are told with what the store knows', async () => {
  const key = { recordName: 'ed._domainkey.alias.example', isPending: false, state: 'missing' } as const
  const certificate = { listeners: ['mx'], file: 'cert.pem', endsAt: start }
  const rig = new Rig(await newStore(), {
    failingKeys: async () => [key],
    endingCertificates: async () => [certificate],
  })
  await rig.look()
  await rig.day()
  expect(rig.sent.map(({ subject }) => subject)).toEqual([
    'relay.alias.example: 1 key record to mend, 1 certificate to renew',
  ])
})

test('a last look in the future, by a clock that was set back, stops nothing for long', async () => {
  const rig = new Rig(await newStore())
  rig.now = start + 400 * 86_400_000
  await rig.look()
  await lose(rig.store, 1)
  rig.now = start
  await rig.look()
  expect(rig.sent).toHaveLength(1)
})

test('where nobody reads the mail of the postmaster the log says so once a day, and the losses stay', async () => {
  const rig = new Rig(await newStore(), { addresses: undefined })
  await rig.look()
  await lose(rig.store, 1)
  await rig.day()
  expect(rig.sent).toEqual([])
  expect(rig.log.lines.filter(({ level }) => level === 'warn')).toHaveLength(1)
  expect(await rig.store.untoldLosses(10)).toMatchObject([{ count: 1, queueId: queueId(1) }])
})

describe('it goes to', () => {
  const domain = (aliases: Record<string, string[]>) => ({ domains: { 'alias.example': { aliases } } })
  test.each([
    ['postmaster of the configuration', { ...domain({}), postmaster: 'a@b.example' }, 'a@b.example'],
    ['the alias of that name', domain({ postmaster: ['a@b.example'] }), 'postmaster@alias.example'],
    ['nobody where neither is there', domain({}), undefined],
  ])('%s', (_, config, to) => {
    const parsed = parseConfig(
      { hostname: 'relay.alias.example', listeners: [{ name: 'mx', port: 0 }], ...config },
      { file: 'test', folder: '/tmp' },
    )
    expect(digestAddresses(parsed, aliasesOf(parsed))?.to).toBe(to)
  })
})
