/** start: runs the relay until a signal ends it. */
import type { Command } from 'commander'
import { loadConfig } from '../config/load.ts'
import { openLog } from '../log/pino-log.ts'
import type { OpenListener, RunningRelay } from '../relay.ts'
import { keyReport, recordLines } from './keys-text.ts'
import type { ConfigOption, JsonOption } from './options.ts'
import { withConfig, withJson } from './options.ts'
import type { Finish } from './program.ts'
import type { Terminal } from './terminal.ts'
import { tableText } from './terminal.ts'

/** Adds `start`. */
export function startCommand(program: Command, terminal: Terminal, finish: Finish): void {
  withJson(withConfig(program.command('start')))
    .description('run the relay; SIGTERM or SIGINT stops it, a second one at once')
    .action(async (options: ConfigOption & JsonOption) => {
      const stopAsked = stopSignal(terminal)
      const config = await loadConfig(options.config)
      const log = openLog(config.log, process.stderr, terminal.clock)
      // Loaded only here: the other commands start faster without the whole relay.
      const { startRelay } = await import('../relay.ts')
      const relay = await startRelay(config, { clock: terminal.clock, random: terminal.random, log })
      terminal.out(options.json ? startJson(relay) : startText(relay, config.hostname))
      const ended = await Promise.race([stopAsked, relay.died])
      if (typeof ended === 'string') log.info({ signal: ended }, 'stopping')
      else log.error({ error: ended }, 'the store has died, stopping')
      await relay.stop()
      log.info({}, 'stopped')
      finish(typeof ended === 'string' ? 0 : 1)
      // What still waits for somebody outside, a name server say, does not hold the process.
      setTimeout(() => process.exit(), 200).unref()
    })
}

/** A terminal, or a service manager, and npm may each pass one and the same signal on. */
const sameSignalMilliseconds = 1_000

/** Resolves with the name of the first signal; a second one ends the process at once. */
function stopSignal(terminal: Terminal): Promise<string> {
  return new Promise(resolve => {
    let askedAt: number | undefined
    const stop = (signal: string) => {
      if (askedAt === undefined) {
        askedAt = terminal.clock()
        resolve(signal)
      } else if (terminal.clock() - askedAt > sameSignalMilliseconds) {
        terminal.note('stopped at once; what was under way is tried again at the next start\n')
        process.exit(1)
      }
    }
    process.on('SIGTERM', stop)
    process.on('SIGINT', stop)
  })
}

const tlsTexts = { starttls: 'STARTTLS', implicit: 'implicit TLS', none: 'no TLS' } as const

function startText({ listeners, http, keys, generatedKeys }: RunningRelay, hostname: string): string {
  const rows = listeners.map(one => [one.name, addressText(one), tlsText(one)])
  if (http !== null) rows.push(['http', addressText(http), `${tlsTexts[http.tls]}, for ${http.publicUrl}`])
  const made = generatedKeys.map(key => `${key.file}\n`).join('')
  return [
    `Listening as ${hostname}\n${tableText(['NAME', 'ADDRESS', 'TLS'], rows)}`,
    ...(listeners.some(one => one.certificate === 'self-signed') ? [selfSignedText(hostname)] : []),
    ...(made === '' ? [] : [`New keys:\n${made}`]),
    `DNS records to publish:\n${recordLines(keys)}\n`,
  ].join('\n')
}

function tlsText({ tls, certificate }: OpenListener): string {
  return certificate === 'self-signed' ? `${tlsTexts[tls]}, self-signed certificate` : tlsTexts[tls]
}

function selfSignedText(hostname: string): string {
  return `No certificate is configured for every listener with TLS: a self-signed one for ${hostname} is shown instead. It is
for development; peers that check certificates will not send mail to it.
`
}

function addressText({ address, port }: Pick<OpenListener, 'address' | 'port'>): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

/** One line, so that a program that starts the relay can wait for it. */
function startJson({ listeners, http, keys }: RunningRelay): string {
  return `${JSON.stringify({ listeners, http, keys: keys.map(keyReport) })}\n`
}
