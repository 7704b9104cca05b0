/** interop reflect: what comes back from each reflector, as a verifier of the other side sees it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ProfileId, Revision, Verdict } from '../../../src/dkim2/index.ts'
import { revisions, undo, verifyChain } from '../../../src/dkim2/index.ts'
import { zoneResolver } from '../../../src/dns/zone-resolver.ts'
import { fieldValue, readMessage } from '../../../src/message/message.ts'
import type { Reflector } from '../../../src/record/reflection-record.ts'
import { reflectors } from '../../../src/record/reflection-record.ts'
import type { ReflectionReport } from '../../../src/reflect/reflection-report.ts'
import { expectationOf, isNotification } from '../../../src/reflect/reflectors.ts'
import { ensureKeys } from '../../../src/sign/generate.ts'
import { keyZone } from '../../../src/sign/published.ts'
import { originator } from '../../support/originator.ts'
import { plainMessage } from '../../support/send.ts'
import { type OpenZone, publishKeys } from '../../support/test-relay.ts'
import { type Run, relay } from './command-line.ts'

const from = 'a@origin.example'
const folder = mkdtempSync(join(tmpdir(), 'reflect-'))
const config = join(folder, 'relay.config.ts')
const zone: OpenZone = {}
const origin = originator(zone)
const at = (reflector: Reflector) => `reflect-${reflector}@mirror.example`

beforeAll(async () => {
  const keysDirectory = join(folder, 'keys')
  const settings = {
    hostname: 'relay.mirror.example',
    listeners: [{ name: 'mx', port: 0 }],
    domains: { 'mirror.example': {} },
  }
  writeFileSync(
    config,
    `export default ${JSON.stringify({ ...settings, keysDirectory, dataDirectory: join(folder, 'data') })}\n`,
  )
  const { keyring } = await ensureKeys(keysDirectory, ['mirror.example'])
  publishKeys(zone, keyZone(keyring.keys))
  writeFileSync(join(folder, 'zone.json'), JSON.stringify(zone))
})

afterAll(() => rmSync(folder, { recursive: true }))

const messages = {
  plain: plainMessage({ body: 'Hello.\r\n' }),
  multipart: plainMessage({
    extra: 'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="b"\r\n',
    body: '--b\r\nContent-Type: text/plain\r\n\r\nHello.\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>Hello.</p>\r\n--b--\r\n',
  }),
}

function run(octets: Buffer, to: string, ...args: string[]): Promise<Run> {
  const command = ['interop', 'reflect', '-', '--config', config, '--dns', join(folder, 'zone.json')]
  return relay([...command, '--mail-from', from, '--rcpt-to', to, ...args], {
    input: octets.toString('latin1'),
    now: Date.now(),
  })
}

async function reflected(
  octets: Buffer,
  reflector: Reflector,
): Promise<{ octets: Buffer; report: ReflectionReport }> {
  const { status, out, notes } = await run(octets, at(reflector), '--json')
  expect({ status, notes }).toEqual({ status: 0, notes: '' })
  const { message, ...report } = JSON.parse(out) as ReflectionReport & { message: string }
  return { octets: Buffer.from(message, 'base64'), report }
}

function judge(octets: Buffer, { returned }: ReflectionReport, revision?: Revision): Promise<Verdict> {
  const resolver = zoneResolver(zone)
  return verifyChain(readMessage(octets), {
    envelope: { reversePath: returned?.mailFrom ?? '', forwardPaths: [returned?.rcptTo ?? ''] },
    lookup: name => resolver.txt(name),
    nowSeconds: Math.floor(Date.now() / 1000),
    ...(revision !== undefined && { revision }),
  })
}

const all = (['mailversion', 'message-instance'] as const).flatMap(profile =>
  (['plain', 'multipart'] as const).flatMap(kind =>
    reflectors
      // Only one profile has hops without SMTP.
      .filter(reflector => reflector !== 'nd' || profile === 'message-instance')
      .map(reflector => ({ profile, kind, reflector })),
  ),
)

const sign = (kind: keyof typeof messages, reflector: Reflector, profile: ProfileId) =>
  origin.sign(messages[kind], { from, to: [at(reflector)] }, profile)

describe('what comes back is judged as the report says', () => {
  test.each(all)('$profile, $kind: reflect-$reflector', async ({ profile, kind, reflector }) => {
    const { octets, report } = await reflected(await sign(kind, reflector, profile), reflector)
    expect(report).toMatchObject({
      reflector,
      vouchedBy: 'DKIM2',
      notReturned: null,
      verdict: { result: 'pass' },
    })
    const verdict = await judge(octets, report)
    expect([verdict.state, verdict.error]).toEqual([report.returned?.expect.result, verdict.error])
    expect(report.returned?.expect).toEqual(expectationOf(reflector, profile, '09'))
    const added = isNotification(reflector) ? [] : reflector === 'nd' ? [2, 3] : [2]
    expect(report.returned?.hops.map(hop => [hop.i, hop.d])).toEqual(added.map(i => [i, 'mirror.example']))
    // What cannot be read has no hops.
    if (verdict.state !== 'permerror') expect(verdict.hops.at(-1)?.domain).toBe('mirror.example')
    if (!isNotification(reflector)) expect(verdict.profile).toBe(profile)
  })
})

const changes = {
  subject: { headers: ['Subject'], body: false },
  body: { headers: [], body: true },
  both: { headers: ['Subject'], body: true },
  from: { headers: ['From', 'Reply-To'], body: false },
}

describe('what a recipe changed is undone to the octet', () => {
  test.each(['subject', 'body', 'both', 'from'] as const)('reflect-%s', async reflector => {
    const sent = await sign('plain', reflector, 'message-instance')
    const { octets, report } = await reflected(sent, reflector)
    const version = report.returned?.hops[0]?.version ?? 0
    const undone = undo(readMessage(octets), version - 1)
    if (undone.kind !== 'undone') throw new Error(undone.kind)
    const before = readMessage(sent)
    expect(undone.message.body).toEqual(before.body)
    const value = (name: string) => (fields: typeof before.fields) =>
      fields.filter(field => field.name === name).map(fieldValue)
    for (const name of ['Subject', 'From', 'To'])
      expect(value(name)(undone.message.fields)).toEqual(value(name)(before.fields))
    expect(report.returned?.changed).toEqual(changes[reflector])
  })
})

test('a redacted body is gone; this hop answers for what is older where a draft has that, and later revisions name it', async () => {
  const { octets, report } = await reflected(await sign('plain', 'redacted', 'mailversion'), 'redacted')
  expect(octets.toString('latin1')).not.toContain('Hello.')
  expect(await judge(octets, report)).toMatchObject({ state: 'pass', responsible: 2 })
  const sent = await sign('plain', 'redacted', 'message-instance')
  const other = await reflected(sent, 'redacted')
  const results = await Promise.all(revisions.map(one => judge(other.octets, other.report, one)))
  expect(results.map(({ state }) => state)).toEqual(['pass', 'pass', 'fail', 'permerror'])
  expect(results.map(({ state }) => state)).toEqual(
    revisions.map(one => expectationOf('redacted', 'message-instance', one).result),
  )
})

test('nd= hands the message over to this relay itself, and the next hop follows from it', async () => {
  const { octets, report } = await reflected(await sign('plain', 'nd', 'message-instance'), 'nd')
  const { hops } = await judge(octets, report)
  expect(hops.map(hop => hop.nextDomain)).toEqual([undefined, 'mirror.example', undefined])
})

test('a profile without such hops: nothing comes back, and why', async () => {
  const { status, out, notes } = await run(await sign('plain', 'nd', 'mailversion'), at('nd'))
  expect({ status, out }).toEqual({ status: 1, out: '' })
  expect(notes).toContain('nothing comes back: parameter invalid')
})

test('a message without DKIM2 gets its first hop; under profile message-instance only with a From of the reflector', async () => {
  const { octets, report } = await reflected(messages.plain, 'raw')
  expect(report.vouchedBy).toContain('not asked')
  expect(await judge(octets, report)).toMatchObject({ state: 'pass', hops: [{ sequence: 1 }] })
})

test('a broken chain is refused as in the session, and so is what is no reflector', async () => {
  const octets = await sign('plain', 'raw', 'mailversion')
  const broken = Buffer.from(octets.toString('latin1').replace('Hello.', 'Hello!'), 'latin1')
  expect(await run(broken, at('raw'))).toMatchObject({ status: 1, out: '' })
  expect((await run(octets, 'reflect-nothing@mirror.example')).notes).toContain(
    'one of reflect-raw, reflect-subject',
  )
  expect(await run(octets, 'reflect-raw@other.example')).toMatchObject({ status: 2, out: '' })
})

test('the report is text: the verdict in words, what comes back, what a verifier must say of it', async () => {
  const { out } = await run(await sign('plain', 'damage', 'mailversion'), at('damage'), '--report')
  expect(out).toContain('PASS (mailversion, 1 hop)')
  expect(out).toContain('a line that was added to its body after signing')
  expect(out).toContain('Your verifier must say FAIL: ')
})
