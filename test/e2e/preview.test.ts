/** preview beside a running relay: it says what that relay then does, and changes nothing. */
import { hash } from 'node:crypto'
import { globSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ProfileId } from '../../src/dkim2/index.ts'
import type { PreviewReport } from '../../src/service/preview/preview-report.ts'
import { plainMessage, send } from '../support/send.ts'
import { relayOn, type Stage, stage } from '../support/stage.ts'
import { storeList } from '../support/stored-list.ts'
import { type TestRelay, testConfig } from '../support/test-relay.ts'
import { relay as run } from '../unit/cli/command-line.ts'

const from = 'a@origin.example'
const aliases = { team: ['one@destination.example', 'two@destination.example'] }

interface Previewing {
  readonly on: Stage
  readonly relay: TestRelay
  /** The report and the text of one message. */
  look(
    octets: Buffer,
    to: string,
    more?: readonly string[],
  ): Promise<{ report: PreviewReport; text: string; status: number }>
}

async function previewing(more: object = {}): Promise<Previewing> {
  const on = await stage()
  const config = { domains: { 'alias.example': { aliases } }, ...more }
  const relay = await relayOn(on, config)
  const sink = { host: '127.0.0.1', port: on.sink.port, tls: 'none' } as const
  const written = testConfig(
    { dns: on.dns, config: { ...config, routes: { 'destination.example': sink } } },
    relay.folder,
  )
  const file = join(relay.folder, 'relay.config.ts')
  writeFileSync(file, `export default ${JSON.stringify(written)}\n`)
  return {
    on,
    relay,
    async look(octets, to, args = []) {
      const message = join(relay.folder, 'message.eml')
      writeFileSync(message, octets)
      const before = stateOf(relay)
      const command = ['preview', message, '--config', file, '--mail-from', from, '--rcpt-to', to, ...args]
      const json = await run([...command, '--json'], { now: Date.now() })
      const text = await run(command, { now: Date.now() })
      expect(stateOf(relay)).toEqual(before)
      expect(json.notes).toBe('')
      for (const line of text.out.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
      return { report: JSON.parse(json.out) as PreviewReport, text: text.out, status: text.status }
    },
  }
}

/** Every file with its contents. An empty log and the shared memory of a database that somebody reads are no contents of it. */
function stateOf({ folder }: TestRelay): unknown {
  return globSync('**/*', { cwd: folder })
    .filter(name => statSync(join(folder, name)).isFile() && !name.endsWith('-shm'))
    .filter(name => !name.endsWith('-wal') || statSync(join(folder, name)).size > 0)
    .sort()
    .map(name => [name, hash('sha256', readFileSync(join(folder, name)))])
}

const signed = (on: Stage, to: string, octets = plainMessage(), profile: ProfileId = 'mailversion') =>
  on.origin.sign(octets, { from, to: [to] }, profile)

test('an alias: a copy for each address, its hop, its next hop, and a verifier that passes it', async () => {
  const { on, relay, look } = await previewing()
  const octets = await signed(on, 'team@alias.example')
  const { report, text, status } = await look(octets, 'team@alias.example')
  expect(status).toBe(0)
  expect(report).toMatchObject({
    result: 'taken',
    kind: 'forward',
    session: [
      { command: 'MAIL', code: 250 },
      { command: 'RCPT', code: 250 },
      { command: 'DATA', code: 250 },
    ],
    admission: { addHop: true, verdict: { result: 'pass' } },
    lists: [],
  })
  expect(report.copies.map(copy => [copy.rt, copy.hop?.i, copy.hop?.d, copy.verdict?.result])).toEqual([
    ['one@destination.example', 2, 'alias.example', 'pass'],
    ['two@destination.example', 2, 'alias.example', 'pass'],
  ])
  expect(report.copies[0]?.nextHop).toMatchObject({ result: 'hops', hosts: [`[127.0.0.1]:${on.sink.port}`] })
  expect(text).toMatch(/hop i=2 d=alias\.example/)
  expect(text).not.toMatch(/queued as/)

  await send(relay.port, { from, to: ['team@alias.example'], octets })
  const messages = await on.sink.received(2)
  expect(messages.map(one => one.forwardPaths[0]).sort()).toEqual(report.copies.map(copy => copy.rt))
})

test('what was taken before is refused as a duplicate, and the memory of it stays as it is', async () => {
  const { on, relay, look } = await previewing()
  const octets = await signed(on, 'team@alias.example')
  await send(relay.port, { from, to: ['team@alias.example'], octets })
  await on.sink.received(2)
  await relay.stop()
  const { report, text, status } = await look(octets, 'team@alias.example')
  expect(status).toBe(1)
  expect(report.session.at(-1)).toMatchObject({ command: 'DATA', code: 550, enhanced: '5.7.1' })
  expect(text).toContain('Duplicate message')
})

test('a broken chain is refused in the words of the draft; where the domain takes it, the copy is not signed, and why', async () => {
  const broken = async ({ on }: Previewing) => {
    const octets = await signed(on, 'team@alias.example')
    return Buffer.from(octets.toString('latin1').replace('Hello.', 'Hello!'), 'latin1')
  }
  const strict = await previewing()
  const refused = await strict.look(await broken(strict), 'team@alias.example')
  expect(refused.report).toMatchObject({ result: 'refused', admission: null, copies: [] })
  expect(refused.text).toMatch(/550 5\.7\.1 FAIL /)

  const domains = { 'alias.example': { aliases, admit: { fail: 'accept-without-hop' } } }
  const lenient = await previewing({ domains })
  const taken = await lenient.look(await broken(lenient), 'team@alias.example')
  expect(taken.report.copies[0]).toMatchObject({ hop: null, verdict: { result: 'permerror' } })
  expect(taken.report.copies[0]?.whyUnsigned).toBe(
    'the chain is FAIL, which alias.example takes without a hop (admit.fail: accept-without-hop)',
  )
})

test('a From that is not authentic: it goes on without a hop, with the section that says so', async () => {
  const { look } = await previewing({ profile: 'message-instance' })
  const { report, text } = await look(plainMessage(), 'team@alias.example')
  expect(report.copies[0]?.hop).toBeNull()
  expect(report.copies[0]?.whyUnsigned).toMatch(/^the From header field is not authentic .*section 14\.8\)$/)
  expect(report.copies[0]?.whyUnsigned).not.toContain('\n')
  expect(text).toContain('not signed: the From header field is not authentic')
})

test('an unknown recipient, a forged bounce address, another domain: refused at RCPT', async () => {
  const { look } = await previewing()
  const enhanced = async (to: string) => (await look(plainMessage(), to)).report.session.at(-1)
  expect(await enhanced('nobody@alias.example')).toMatchObject({
    command: 'RCPT',
    code: 550,
    enhanced: '5.1.1',
  })
  expect(await enhanced('x@elsewhere.example')).toMatchObject({
    command: 'RCPT',
    code: 550,
    enhanced: '5.7.1',
  })
  expect(await enhanced('b+0-0-zzz-00000000000000000000@alias.example')).toMatchObject({
    command: 'RCPT',
    code: 550,
  })
})

test('a message to a genuine bounce address is judged as a bounce', async () => {
  const { on, relay, look } = await previewing()
  const octets = await signed(on, 'team@alias.example')
  await send(relay.port, { from, to: ['team@alias.example'], octets })
  const [copy] = await on.sink.received(2)
  await relay.stop()
  const { report, text } = await look(plainMessage(), copy?.reversePath ?? '')
  expect(report).toMatchObject({
    result: 'taken',
    kind: 'bounce',
    bounce: { judgement: 'parked' },
    copies: [],
  })
  expect(text).toContain('Nothing follows: ')
})

test('a message to a reflector that vouches for its sender is sent back; of a program nothing follows', async () => {
  const domains = { 'alias.example': { aliases, reflector: true } }
  const { on, look } = await previewing({ domains })
  const to = 'reflect-raw@alias.example'
  const answered = await look(await signed(on, to), to)
  expect(answered.report).toMatchObject({ result: 'taken', kind: 'reflection', kept: null, copies: [] })
  expect(answered.text).toContain('it is sent back, with a report')
  const octets = plainMessage({ extra: 'Auto-Submitted: auto-replied\r\n' })
  const ignored = await look(await signed(on, to, octets), to)
  expect(ignored.report).toMatchObject({
    kind: 'reflection',
    kept: 'it carries Auto-Submitted: auto-replied',
  })
})

test('too large, and not of the form of a message: refused at the end, as the listener does', async () => {
  const { look } = await previewing({ limits: { maxMessageBytes: 1_000 } })
  const large = plainMessage({ body: `${'x'.repeat(70)}\r\n`.repeat(20) })
  expect((await look(large, 'team@alias.example')).report.session.at(-1)).toMatchObject({
    code: 552,
    enhanced: '5.3.4',
  })
  const nul = plainMessage({ body: 'a\0b\r\n' })
  expect((await look(nul, 'team@alias.example')).report.session.at(-1)).toMatchObject({
    code: 550,
    enhanced: '5.6.0',
  })
})

test('a list: what it changes and adds, and copies that their verifier passes', async () => {
  const { on, relay, look } = await previewing()
  storeList(relay.database, {
    address: 'news@alias.example',
    subscribers: ['one@destination.example', 'two@destination.example', 'three@destination.example'],
    settings: { subjectTag: '[news]', footer: { text: 'The footer.' } },
  })
  const { report, text, status } = await look(await signed(on, 'news@alias.example'), 'news@alias.example')
  expect(status).toBe(0)
  expect(report.copies).toEqual([])
  expect(report.lists).toMatchObject([
    { list: 'news@alias.example', state: 'accepted', reason: null, subscribers: 3 },
  ])
  const [list] = report.lists
  expect(list?.revision?.headers.map(name => name.toLowerCase())).toContain('subject')
  expect(list?.revision).toMatchObject({ body: true })
  expect(list?.revision?.added).toContain('List-Id')
  expect(list?.copies.map(copy => [copy.rt, copy.hop?.i, copy.verdict?.result])).toEqual([
    ['one@destination.example', 2, 'pass'],
    ['two@destination.example', 2, 'pass'],
  ])
  expect(text).toContain('subscribers: 3; the first 2:')
})

test('of several recipients each is judged, and the message goes to those that are taken', async () => {
  const { look } = await previewing()
  const { report } = await look(plainMessage(), 'nobody@alias.example', ['--rcpt-to', 'team@alias.example'])
  expect(report.session.map(({ command, code }) => [command, code])).toEqual([
    ['MAIL', 250],
    ['RCPT', 550],
    ['RCPT', 250],
    ['DATA', 250],
  ])
  expect(report.copies).toHaveLength(2)
})
