/** A relay whose configuration changes while it works: what is open stays open, what is under way is finished, and nothing is lost. */
import { writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createTransport } from 'nodemailer'
import { describe, expect, test } from 'vitest'
import { parseConfig } from '../../src/config/load.ts'
import type { RelayConfigInput } from '../../src/config/schema.ts'
import { addAccount, testPassword } from '../support/accounts.ts'
import { RawClient } from '../support/raw-client.ts'
import { startRelayProcess } from '../support/relay-process.ts'
import { plainMessage, send } from '../support/send.ts'
import type { Stage } from '../support/stage.ts'
import { afterTest, relayOn, stage } from '../support/stage.ts'
import type { TestRelay } from '../support/test-relay.ts'
import { temporaryFolder, testConfig } from '../support/test-relay.ts'
import { relay as command } from '../unit/cli/command-line.ts'

type Aliases = Record<string, string[]>

const team: Aliases = { team: ['one@destination.example'] }

function configOf(aliases: Aliases, changes: Partial<RelayConfigInput> = {}) {
  return { domains: { 'alias.example': { aliases } }, ...changes }
}

/** The relay works by these settings from now on. */
function change(
  relay: TestRelay,
  on: Stage,
  changes: ReturnType<typeof configOf>,
): Promise<readonly string[]> {
  const sink = { host: '127.0.0.1', port: on.sink.port, tls: 'none' } as const
  const config = { routes: { 'destination.example': sink }, ...changes }
  return relay.relay.change(
    parseConfig(testConfig({ dns: on.dns, config }, relay.folder), { file: 'test', folder: relay.folder }),
  )
}

function mail(to: string, subject: string) {
  return { from: 'a@origin.example', to: [to], octets: plainMessage({ subject }) }
}

async function accepts(port: number, address: string): Promise<boolean> {
  const client = await RawClient.connect({ port })
  await client.reply()
  await client.commands('EHLO client.example', 'MAIL FROM:<a@origin.example>')
  const reply = await client.command(`RCPT TO:<${address}>`)
  client.end()
  return reply.startsWith('250')
}

describe('a change of the configuration', () => {
  test('under load loses nothing and sends nothing twice: 1,000 messages across 20 changes', async () => {
    const on = await stage()
    const relay = await relayOn(on, configOf(team))
    const subjects = Array.from({ length: 1_000 }, (_, at) => `message-${at}`)
    const waiting = [...subjects]
    let accepted = 0
    const client = async () => {
      for (let subject = waiting.shift(); subject !== undefined; subject = waiting.shift()) {
        const { data } = await send(relay.port, mail('team@alias.example', subject))
        expect(data).toMatch(/^250 /)
        accepted += 1
      }
    }
    const sending = Promise.all(Array.from({ length: 6 }, client))
    for (let number = 1; number <= 20; number++) {
      const due = number * 45
      while (accepted < due) await new Promise(resolve => setImmediate(resolve))
      await change(relay, on, configOf({ ...team, [`extra${number}`]: ['two@destination.example'] }))
    }
    await sending
    await on.sink.until(() => on.sink.messages.length >= 1_000)
    const arrived = on.sink.messages.map(
      ({ octets }) => /^Subject: (\S+)/m.exec(octets.toString('latin1'))?.[1] ?? '',
    )
    expect(arrived.toSorted()).toEqual(subjects.toSorted())
  })

  test('leaves sessions open, and what is judged in them from then on is judged by the new one', async () => {
    const on = await stage()
    const relay = await relayOn(on, configOf(team))
    const client = await RawClient.connect({ port: relay.port })
    await client.reply()
    await client.commands('EHLO client.example', 'MAIL FROM:<a@origin.example>')
    expect(await client.command('RCPT TO:<new@alias.example>')).toMatch(/^550/)
    await change(relay, on, configOf({ new: ['two@destination.example'] }))
    expect(await client.command('RCPT TO:<new@alias.example>')).toMatch(/^250/)
    expect(await client.command('RCPT TO:<team@alias.example>')).toMatch(/^550/)
    client.end()
  })

  test('lets an attempt that is under way end as it began', async () => {
    const on = await stage()
    const answer = Promise.withResolvers<string>()
    on.sink.next('body', () => answer.promise)
    const relay = await relayOn(on, configOf(team))
    await send(relay.port, mail('team@alias.example', 'slow'))
    await on.sink.until(() => on.sink.commands.some(line => line.startsWith('DATA')))
    await change(relay, on, configOf({ other: ['two@destination.example'] }))
    await send(relay.port, mail('other@alias.example', 'quick'))
    await on.sink.until(() => on.sink.messages.some(({ forwardPaths }) => forwardPaths[0]?.startsWith('two')))
    answer.resolve('250 2.0.0 taken')
    await relay.log.until(
      ({ text, fields }) => text === 'delivered' && fields.forwardPath === 'one@destination.example',
    )
    expect(on.sink.messages).toHaveLength(2)
  })

  test('forgets nothing of what accounts have used up', async () => {
    const on = await stage()
    const submission = { name: 'in', kind: 'submission', port: 0, tls: 'implicit' } as const
    const settings = configOf(team, {
      listeners: [{ ...submission, earlyTalkerDelayMilliseconds: 0 }],
      rates: { accounts: { messages: { most: 2, inSeconds: 3_600 } } },
    })
    const relay = await relayOn(on, settings)
    await addAccount(relay, 'ann', ['ann@alias.example'])
    const transport = createTransport({
      host: '127.0.0.1',
      port: relay.port,
      secure: true,
      tls: { rejectUnauthorized: false },
      auth: { user: 'ann', pass: testPassword },
    })
    afterTest(async () => transport.close())
    const submit = () =>
      transport.sendMail({ from: 'ann@alias.example', to: 'you@destination.example', text: 'Hello' })
    await submit()
    await change(relay, on, settings)
    await submit()
    await expect(submit()).rejects.toThrow(/450 4\.7\.1/)
  })

  test('that cannot be put in use leaves everything as it is', async () => {
    const on = await stage()
    const relay = await relayOn(on, configOf(team))
    const taken = { name: 'second', address: '127.0.0.1', port: on.sink.port, tls: 'none' as const }
    const listeners = [{ name: 'mx', port: 0, tls: 'none' as const }, taken]
    await expect(
      change(relay, on, configOf({ new: ['two@destination.example'] }, { listeners })),
    ).rejects.toThrow(`listener second on 127.0.0.1:${on.sink.port} cannot be opened`)
    expect(await accepts(relay.port, 'team@alias.example')).toBe(true)
    expect(await accepts(relay.port, 'new@alias.example')).toBe(false)
  })

  test('opens and closes listeners, and gives new settings to those that stay', async () => {
    const on = await stage()
    const relay = await relayOn(on, configOf(team))
    const stays = { name: 'mx', port: 0, tls: 'none' as const, earlyTalkerDelayMilliseconds: 0 }
    const second = { ...stays, name: 'second', address: '127.0.0.1' }
    await change(relay, on, configOf(team, { hostname: 'renamed.example', listeners: [stays, second] }))
    const [first, added] = relay.relay.listeners
    expect(first?.port).toBe(relay.port)
    const client = await RawClient.connect({ port: relay.port })
    expect(await client.reply()).toMatch(/^220 renamed\.example /)
    client.end()
    expect(await accepts(added?.port ?? 0, 'team@alias.example')).toBe(true)
    await change(relay, on, configOf(team, { listeners: [stays] }))
    await expect(RawClient.connect({ port: added?.port ?? 0 })).rejects.toThrow('ECONNREFUSED')
  })
})

describe('the commands of a running relay', () => {
  async function process() {
    const on = await stage()
    const folder = temporaryFolder()
    afterTest(() => rm(folder, { recursive: true, force: true }))
    const configuration = (aliases: Aliases, extra = {}) =>
      testConfig({ dns: on.dns, config: configOf(aliases, extra) }, folder)
    const relay = await startRelayProcess(configuration(team), folder, on.zone)
    afterTest(() => relay.end('SIGKILL'))
    const file = join(folder, 'relay.config.ts')
    const write = (text: string) => writeFileSync(file, text)
    const configure = (aliases: Aliases, extra = {}) =>
      write(`export default ${JSON.stringify(configuration(aliases, extra))}`)
    return { relay, file, write, configure }
  }

  test('reload has the configuration read again, and what cannot be read changes nothing', async () => {
    const { relay, file, write, configure } = await process()
    configure({ new: ['two@destination.example'] }, { watchdogSeconds: 31 })
    expect(await command(['reload', '--config', file, '--json'])).toMatchObject({
      status: 0,
      out: `${JSON.stringify({ onlyAtStart: ['watchdogSeconds'] }, undefined, 2)}\n`,
    })
    expect(await accepts(relay.port, 'new@alias.example')).toBe(true)
    expect(await accepts(relay.port, 'team@alias.example')).toBe(false)

    const before = relay.port
    write('export default { hostname: 7 }')
    relay.signal('SIGHUP')
    await relay.logged('configuration, certificates and keys stay as they were')
    expect(relay.log()).toContain('hostname')
    expect(await accepts(before, 'new@alias.example')).toBe(true)
  })

  test('status tells how it is', async () => {
    const { relay, file } = await process()
    const { status, out } = await command(['status', '--config', file, '--json'])
    expect(status).toBe(0)
    expect(JSON.parse(out)).toMatchObject({
      process: relay.pid,
      version: expect.stringMatching(/^\d/),
      listeners: [{ name: 'mx', port: relay.port }],
      queue: { queued: 0, held: 0, spooled: 0, reportsDue: 0 },
      nextAttemptAt: null,
    })
    const { out: text } = await command(['status', '--config', file])
    expect(text).toMatch(/^running since +\d{4}-/m)
    expect(Math.max(...text.split('\n').map(line => line.length))).toBeLessThanOrEqual(80)
  })

  test('say so where none is running', async () => {
    const { relay, file } = await process()
    await relay.end('SIGTERM')
    expect(await command(['status', '--config', file])).toMatchObject({
      status: 1,
      notes: expect.stringContaining('no relay is running on '),
    })
  })
})
