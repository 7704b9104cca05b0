/** bounces show beside the database and the key of a relay: what it tells, how it ends, and that it leaves everything as it was. */
import { createSecretKey } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { bounceAddress } from '../../../src/bounce/bounce-address.ts'
import { verifyChain } from '../../../src/dkim2/index.ts'
import type { Message } from '../../../src/message/message.ts'
import { messageChunks } from '../../../src/message/message.ts'
import { openStore } from '../../../src/store/open-store.ts'
import type { Store } from '../../../src/store/store.ts'
import { laterSeconds, lookup, plain, startSeconds, zone } from '../../support/dkim2-parties.ts'
import { records } from '../../support/records.ts'
import { delivery, forwarded, forwardPath, original, reportOf } from '../bounce/stage.ts'
import { claimOf, newAttempt } from '../store/fixtures.ts'
import type { Run } from './command-line.ts'
import { relay } from './command-line.ts'

const checkout = process.cwd()
const way = { profile: 'mailversion' } as const
const queueId = '01JCHX'
const keyOctets = Buffer.alloc(32, 7)
const expiresAtMilliseconds = (startSeconds + 30 * 86_400) * 1000
const address = bounceAddress(
  createSecretKey(keyOctets),
  { queueId, ordinal: 0, expiresAtMilliseconds },
  'alias.example',
)

let folder: string

function writeConfig(file: string, settings = ''): void {
  const domains = `domains: { 'alias.example': { aliases: { team: ['${forwardPath}'] } } }, postmaster: 'p@x.example'`
  const start = `hostname: 'relay.alias.example', listeners: [{ name: 'mx', port: 0 }]`
  writeFileSync(file, `export default { ${start}, ${domains}, ${settings} }\n`)
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bounces-cli-'))
  process.chdir(folder)
  writeConfig('relay.config.ts')
  writeFileSync('zone.json', JSON.stringify(zone()))
})

afterEach(() => {
  process.chdir(checkout)
  rmSync(folder, { recursive: true })
})

function writeKey(): void {
  mkdirSync('keys')
  writeFileSync('keys/bounce-address.key', keyOctets, { mode: 0o600 })
}

/** The relay had received the message, and had sent it on to the address that failed. */
async function fillDatabase(
  more: (store: Store) => Promise<unknown> = async () => {},
  copy: { readonly subscriberId?: number } = {},
  asked: { readonly requireTls?: true } = {},
): Promise<void> {
  mkdirSync('data', { mode: 0o700 })
  const store = await openStore({ file: 'data/relay.sqlite' })
  const received = await original(way)
  const envelope = { reversePath: 'a@origin.example', forwardPaths: ['team@alias.example'] }
  const verdict = await verifyChain(received, { envelope, lookup, nowSeconds: laterSeconds })
  await store.spool({
    queueId,
    receivedAt: startSeconds * 1000,
    record: { kind: 'forward', admission: { ...verdict, addHop: true, senderAuthenticated: true } },
    state: 'spooled',
    listener: 'mx',
    peer: null,
    envelope: { ...envelope, ...asked, smtpUtf8: false },
    octets: Buffer.concat(messageChunks(received)),
    prepend: Buffer.alloc(0),
    removed: [],
  })
  const { hop } = delivery
  if (hop === null) throw new Error('the delivery of the stage has a hop')
  const planned = {
    ordinal: 0,
    recipient: delivery.recipient,
    forwardPath,
    reversePath: address,
    destination: 'destination.example',
    prefix: Buffer.alloc(0),
    hop: { ...hop, selectors: ['ed'], profile: 'mailversion' } as const,
    kind: 'alias',
    nextAttemptAt: expiresAtMilliseconds,
    expiresAt: expiresAtMilliseconds,
    ...copy,
  }
  const [queued] = await store.plan(queueId, [planned], {
    state: 'forwarded',
    keepUntil: expiresAtMilliseconds,
  })
  await store.finishAttempt(claimOf(queued?.id), newAttempt())
  await more(store)
  await store.close()
}

async function report(signer: 'destination.example' | 'origin.example' | undefined): Promise<string> {
  const returned = await forwarded(way, undefined, { from: address })
  return textOf(await reportOf({ way, returned, to: address, signer }))
}

function textOf(message: Message): string {
  return Buffer.concat(messageChunks(message)).toString('latin1')
}

function show(input: string, ...more: string[]): Promise<Run> {
  const args = ['bounces', 'show', '-', '--dns', 'zone.json', '--now', String(laterSeconds), ...more]
  return relay(args, { input })
}

describe('a report that would be passed on', () => {
  beforeEach(async () => {
    writeKey()
    await fillDatabase()
  })

  test('exits 0 with its judgement, its delivery, where it goes and what it looks like', async () => {
    const run = await show(await report('destination.example'), '--json')
    expect(run).toMatchObject({ status: 0, notes: '' })
    const told = JSON.parse(run.out)
    expect(told).toMatchObject({
      what: 'report: failed',
      delivery: { queueId, ordinal: 0 },
      signature: 'PASS',
      judgement: 'authentic',
      reason: 'signed by destination.example',
      goesTo: 'a@origin.example',
      whyNot: null,
      returns: 'the whole message, as it was stored',
    })
    expect(told.preview).toContain('Final-Recipient: rfc822; team@alias.example')
    expect(told.preview).not.toContain('store.destination.example')
  })

  test('is told to people in the same words, as a file too', async () => {
    writeFileSync('dsn.eml', await report('destination.example'), 'latin1')
    const known = ['--dns', 'zone.json', '--now', String(laterSeconds)]
    const run = await relay(['bounces', 'show', 'dsn.eml', ...known])
    expect(run).toMatchObject({ status: 0, notes: '' })
    expect(run.out).toContain(
      `address    genuine, delivery ${queueId} #0: <team@alias.example> forwarded to <${forwardPath}>\n`,
    )
    expect(run.out).toContain('judgement  authentic: signed by destination.example\n')
    expect(run.out).toContain('goes to    <a@origin.example>\n')
    expect(run.out).toContain('\n  Auto-Submitted: auto-replied\n')
  })

  test('is believed without a signature because of its address, unless the configuration demands one', async () => {
    const unsigned = await report(undefined)
    const run = await show(unsigned, '--json')
    expect(run.status).toBe(0)
    expect(JSON.parse(run.out)).toMatchObject({
      judgement: 'unauthenticated',
      reason: 'the report is not signed',
      goesTo: 'a@origin.example',
    })
    writeConfig('strict.config.ts', 'bounces: { requireSignature: true }')
    const strict = await show(unsigned, '--config', 'strict.config.ts')
    expect(strict.status).toBe(1)
    expect(strict.out).toContain('judgement  refused: a signed report is required here')
  })

  test('leaves database and keys as they were', async () => {
    const before = readdirSync('keys')
    await show(await report('destination.example'))
    await show(await report('destination.example'))
    expect(readdirSync('keys')).toEqual(before)
    const list = JSON.parse((await relay(['hops', 'list', '--json'])).out)
    expect(list.map((line: { queueId: string }) => line.queueId)).toEqual([queueId])
  })
})

test('about a message that required TLS, no body is shown to be returned, as none is (RFC 8689 section 5)', async () => {
  const body = 'this is  a test;'
  expect(plain).toContain(body)
  writeKey()
  await fillDatabase(undefined, {}, { requireTls: true })
  const told = JSON.parse((await show(await report('destination.example'), '--json')).out)
  expect(told.goesTo).toBe('a@origin.example')
  expect(told.preview).toContain('text/rfc822-headers')
  expect(told.preview).not.toContain(body)
})

test('every signature of what comes back is judged where the configuration says so', async () => {
  writeKey()
  await fillDatabase()
  writeConfig('strict.config.ts', "bounces: { returnedChain: 'strict' }")
  const late = ['--now', String(startSeconds + 20 * 86_400), '--config', 'strict.config.ts']
  const input = await report('destination.example')
  const args = ['bounces', 'show', '-', '--dns', 'zone.json', '--json', ...late]
  expect(JSON.parse((await relay(args, { input })).out).returned).toContain('PERMERROR')
})

describe('a report that would not be passed on exits 1 and tells why', () => {
  async function toldOf(input: string, ...more: string[]): Promise<Record<string, unknown>> {
    const run = await show(input, '--json', ...more)
    expect(run.status).toBe(1)
    const told = JSON.parse(run.out)
    expect(told).toMatchObject({ goesTo: null, preview: null })
    return told
  }

  test('one that somebody signed who was never sent the message is refused', async () => {
    writeKey()
    await fillDatabase()
    const told = await toldOf(await report('origin.example'))
    expect(told).toMatchObject({ judgement: 'refused' })
    expect(told.reason).toContain('d=origin.example')
  })

  test('one to a forged address, or to an expired one, leads nowhere', async () => {
    writeKey()
    await fillDatabase()
    const input = await report(undefined)
    const forged = address.replace(/.@/, end => (end === '0@' ? '1@' : '0@'))
    expect(await toldOf(input, '--rcpt-to', forged)).toMatchObject({
      address: 'forged bounce address',
      delivery: null,
    })
    const args = ['bounces', 'show', '-', '--dns', 'zone.json', '--now', String(startSeconds + 32 * 86_400)]
    const late = await relay(args, { input })
    expect(late.status).toBe(1)
    expect(late.out).toContain('address    expired bounce address\n')
  })

  test('one that was told before is not told again', async () => {
    writeKey()
    await fillDatabase(async store => {
      const bounce = {
        queueId: '01JCHY',
        receivedAt: laterSeconds * 1000,
        listener: 'mx',
        peer: null,
        envelope: { reversePath: '', forwardPaths: [address], smtpUtf8: false },
        octets: Buffer.from('x'),
        prepend: Buffer.alloc(0),
        removed: [],
      }
      await store.spool({ ...bounce, record: records.bounce, state: 'spooled' })
      const followUp = { bounceQueueId: '01JCHY', queueId, ordinal: 0, keepUntil: expiresAtMilliseconds }
      const dsn = { ...bounce, queueId: '01JCHZ', keepUntil: expiresAtMilliseconds, listener: null }
      await store.spoolReturn(followUp, { ...dsn, record: records.dsn, state: 'forwarded' }, [])
    })
    expect(await toldOf(await report('destination.example'))).toMatchObject({
      judgement: 'repeated',
      whyNot: 'this failure was reported before',
    })
    const hops = await relay(['hops', 'show', queueId])
    expect(hops.out).toContain('passed on to the previous hop by DSN 01JCHZ\n')
  })

  test('one about a copy for a subscriber counts there', async () => {
    writeKey()
    await fillDatabase(
      async store => {
        const settings = { owners: ['owner@owners.example'] }
        const listId = await store.createList({ address: 'news@alias.example', settings, createdAt: 1 })
        await store.subscribe(listId, [{ address: forwardPath, addressKey: forwardPath }], 1)
      },
      { subscriberId: 1 },
    )
    expect(await toldOf(await report('destination.example'))).toMatchObject({
      judgement: 'authentic',
      whyNot: 'it counts on the subscriber of the list',
    })
  })

  test('a letter to a bounce address is no report', async () => {
    writeKey()
    await fillDatabase()
    expect(await toldOf(plain, '--rcpt-to', address)).toMatchObject({
      what: 'no report and no automatic reply',
      judgement: null,
      whyNot: 'only reports of failures, and others that were asked for, are passed on',
    })
  })
})

describe('on a machine without the files of the relay', () => {
  test('no key is made, and a remark says that the address was not judged', async () => {
    const run = await show(await report('destination.example'))
    expect(run.status).toBe(1)
    expect(run.notes).toContain('keys: holds no key of bounce addresses; the address is not judged\n')
    expect(run.out).toContain('signature  PASS\n')
    expect(existsSync('keys')).toBe(false)
  })

  test('no database is made, and a remark says that the delivery is not known', async () => {
    writeKey()
    const run = await show(await report('destination.example'), '--json')
    expect(run.status).toBe(1)
    expect(run.notes).toContain('relay.sqlite: no database; what the address stands for is not known here\n')
    expect(JSON.parse(run.out)).toMatchObject({ delivery: { queueId, ordinal: 0 }, judgement: null })
    expect(existsSync('data')).toBe(false)
  })

  test('a file that is not there is a mistake', async () => {
    expect(await relay(['bounces', 'show', 'absent.eml'])).toMatchObject({ status: 2, out: '' })
    expect(await relay(['bounces', 'show'])).toMatchObject({ status: 2, out: '' })
  })
})
