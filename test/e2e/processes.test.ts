/** Several relays on one machine: one set of ports, one store, and each may end at any moment. */
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { DnsServer } from '../support/dns-server.ts'
import { freePorts } from '../support/free-ports.ts'
import { originator } from '../support/originator.ts'
import { startRelayProcess } from '../support/relay-process.ts'
import { runCommandProcess } from '../support/run-command.ts'
import { plainMessage, send } from '../support/send.ts'
import { Sink } from '../support/sink.ts'
import { type OpenZone, testConfig } from '../support/test-relay.ts'

/** No client waits for ever. */
function givenUp(): Promise<undefined> {
  return new Promise(resolve => void setTimeout(resolve, 5_000, undefined).unref())
}

test('two relays share the ports and the work; one that is killed is started again, and nothing is lost', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dkim2-processes-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const zone: OpenZone = {}
  // The domain of the sender exists.
  originator(zone)
  const [dns, sink, ports] = [await DnsServer.start(zone), await Sink.start(), await freePorts(1)]
  onTestFinished(async () => void (await Promise.all([dns.close(), sink.close()])))
  const config = testConfig(
    {
      dns,
      config: {
        processes: 2,
        listeners: [{ name: 'mx', port: ports[0] ?? 0, tls: 'none', earlyTalkerDelayMilliseconds: 0 }],
        domains: { 'alias.example': { aliases: { team: ['one@destination.example'] } } },
        routes: { 'destination.example': { host: '127.0.0.1', port: sink.port, tls: 'none' } },
        queue: { retrySeconds: [1], thenEverySeconds: 1 },
        log: { format: 'json', level: 'debug' },
      },
    },
    folder,
  )
  const relay = await startRelayProcess(config, folder, zone)
  onTestFinished(() => void relay.end('SIGKILL'))
  await relay.logged('a relay process serves', 2)
  const owed = new Set<string>()
  const sendOne = async (number: number) => {
    const octets = plainMessage({ subject: `number ${number}` })
    const mail = { from: 'a@origin.example', to: ['team@alias.example'], octets }
    // A connection that was on its way to a process that is killed is answered by nobody: its client gives up.
    const reply = await Promise.race([send(relay.port, mail), givenUp()]).catch(() => undefined)
    if (reply?.data.startsWith('250')) owed.add(`number ${number}`)
  }
  for (let number = 0; number < 20; number++) await sendOne(number)
  expect(owed.size).toBe(20)
  const lines = () =>
    relay
      .log()
      .split('\n')
      .filter(line => line.startsWith('{'))
      .map(line => JSON.parse(line) as { relay?: number; pid?: number; msg?: string; queueId?: string })
  const busy = new Set(lines().flatMap(line => (line.queueId === undefined ? [] : [line.relay])))
  expect([...busy].sort()).toEqual([0, 1])
  const victim = lines().find(line => line.msg === 'a relay process serves' && line.relay === 1)?.pid
  if (victim === undefined) throw new Error('the second relay is not in the log')
  const sending = Array.from({ length: 20 }, (_, at) => sendOne(20 + at))
  process.kill(victim, 'SIGKILL')
  await Promise.all(sending)
  await relay.logged('a relay process serves', 3)
  for (let number = 40; number < 50; number++) await sendOne(number)
  const arrived = () =>
    new Set(
      sink.messages.map(({ octets }) => /^Subject: (.*)\r$/m.exec(octets.toString('latin1'))?.[1] ?? ''),
    )
  await expect
    .poll(() => [...owed].filter(subject => !arrived().has(subject)), { timeout: 50_000 })
    .toEqual([])
  const { out } = await runCommandProcess(['status', '--json'], folder)
  const { relays } = JSON.parse(out) as { relays: { number: number; process: number; host: string }[] }
  const serving = lines().filter(line => line.msg === 'a relay process serves' && line.pid !== victim)
  expect(relays.map(one => one.process).sort()).toEqual(serving.map(one => one.pid).sort())
  expect((await runCommandProcess(['status'], folder)).out).toMatch(
    /relay 0 .*\nrelay 1 .* process \d+, since/,
  )
  relay.signal('SIGHUP')
  await relay.logged('certificates and keys were read again', 2)
  expect(await relay.end('SIGTERM')).toBe(0)
}, 120_000)
