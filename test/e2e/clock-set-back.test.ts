import { expect, test } from 'vitest'
import { freePorts } from '../support/free-ports.ts'
import { plainMessage, send } from '../support/send.ts'
import { Sink } from '../support/sink.ts'
import { afterTest, stage } from '../support/stage.ts'
import type { TestRelaySettings } from '../support/test-relay.ts'
import { startTestRelay } from '../support/test-relay.ts'

test('what a clock that was a year ahead had put off is delivered after a start with the right one', async () => {
  const on = await stage()
  const [port = 0] = await freePorts(1)
  const config: TestRelaySettings['config'] = {
    domains: { 'alias.example': { aliases: { team: ['one@destination.example'] } } },
    routes: { 'destination.example': { host: '127.0.0.1', port, tls: 'none' } },
  }
  const parts = { config, dns: on.dns, zone: on.zone }
  const ahead = await startTestRelay({ ...parts, clock: () => Date.now() + 365 * 86_400_000 })
  const octets = plainMessage()
  const { data } = await send(ahead.port, { from: 'a@origin.example', to: ['team@alias.example'], octets })
  expect(data).toMatch(/^250 /)
  await ahead.log.count('deferred', 1)
  await ahead.stop()

  const sink = await Sink.start({ port })
  afterTest(() => sink.close())
  const right = await startTestRelay({ ...parts, folder: ahead.folder })
  afterTest(() => right.remove())
  await sink.received(1)
  expect(right.log.lines.map(({ text }) => text)).toContain(
    'the clock was set back: attempts that it had put far ahead are due now',
  )
})
