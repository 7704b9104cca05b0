/** start: runs the relay until a signal ends it. */
import type { Command } from 'commander'
import { loadConfig } from '../config/load.ts'
import type { RelayConfig } from '../config/schema.ts'
import type { Logger } from '../log/log.ts'
import { maskText } from '../log/mask.ts'
import { openLog } from '../log/pino-log.ts'
import type { OpenListener, RelayDependencies, RunningRelay } from '../relay.ts'
import { roleAddresses } from '../service/role-addresses.ts'
import {
  placeOfProcess,
  processCount,
  spawnInCluster,
  tellSupervisor,
} from '../supervisor/cluster-processes.ts'
import { Supervisor } from '../supervisor/supervisor.ts'
import { watchDescriptors } from '../watchdog/descriptors.ts'
import { watchIdleMemory } from '../watchdog/idle-memory.ts'
import { startWatchdog } from '../watchdog/watchdog.ts'
import { keyReport, recordLines } from './keys-text.ts'
import type { ConfigOption, JsonOption } from './options.ts'
import { withConfig, withJson } from './options.ts'
import { programVersion } from './program-version.ts'
import { type RelaySignals, relaySignals } from './signals.ts'
import type { Steering } from './steer.ts'
import { steer } from './steer.ts'
import type { ExitStatus, Finish, Terminal } from './terminal.ts'
import { tableText, UsageError } from './terminal.ts'

/** Adds `start`. */
export function startCommand(program: Command, terminal: Terminal, finish: Finish): void {
  withJson(withConfig(program.command('start')))
    .description(
      'run the relay; SIGTERM, SIGINT, SIGQUIT or SIGUSR2 stops it, a second one at once; SIGHUP is as reload',
    )
    .action(async (options: ConfigOption & JsonOption) => {
      const signals = relaySignals(terminal)
      const config = await loadConfig(options.config)
      // Whoever reads the log may go: mail does not stop because of that.
      process.stderr.on('error', () => {})
      const shared = openLog(config.log, process.stderr, terminal.clock)
      const place = placeOfProcess()
      const processes = processCount(config.processes)
      if (place === undefined && processes > 1)
        return finish(await supervise(processes, signals, terminal, shared))
      const log = place === undefined ? shared : shared.child({ relay: place })
      const { clock, random } = terminal
      let steering: Steering | undefined
      const { relay, stopWatching } = await startOrRefuse(config, {
        clock,
        random,
        log,
        ...(place !== undefined && { place }),
        runner: {
          version: programVersion(),
          reload: () =>
            steering === undefined
              ? Promise.reject(new Error('the relay is still starting'))
              : steering.reloadAll(),
        },
      })
      const stopWatchingDescriptors = watchDescriptors(log)
      const stopGivingBack = watchIdleMemory()
      const steered = await steer(relay, { file: options.config, config, log, place })
      steering = steered
      // What is wrong stands in the log.
      signals.onReload(() => void steered.reload().catch(() => undefined))
      const told = options.json ? startJson(relay, config) : startText(relay, config)
      if (place === undefined) terminal.out(told)
      else tellSupervisor(told)
      const ended = await Promise.race([signals.stop, relay.died])
      if (typeof ended === 'string') log.info({ signal: ended }, 'stopping')
      else log.error({ error: ended }, 'the store has died, stopping')
      await steered.close()
      await relay.stop()
      stopWatchingDescriptors()
      stopGivingBack()
      await stopWatching()
      log.info({}, 'stopped')
      finish(typeof ended === 'string' ? 0 : 1)
      // What still waits for somebody outside, a name server say, does not hold the process.
      setTimeout(() => process.exit(), 200).unref()
    })
}

/** Runs several relays; resolves with the exit status when all have stopped. */
async function supervise(
  processes: number,
  signals: RelaySignals,
  terminal: Terminal,
  log: Logger,
): Promise<ExitStatus> {
  const supervisor = new Supervisor({
    processes,
    log,
    clock: terminal.clock,
    spawn: spawnInCluster,
    after: (milliseconds, act) => void setTimeout(act, milliseconds),
    onServing: text => terminal.out(text),
  })
  signals.onReload(() => supervisor.pass('SIGHUP'))
  void signals.stop.then(signal => {
    log.info({ signal }, 'stopping')
    supervisor.stop('SIGTERM')
  })
  const status = await supervisor.run()
  log.info({}, 'stopped')
  return status === 0 || status === 2 ? status : 1
}

interface WatchedRelay {
  readonly relay: RunningRelay
  readonly stopWatching: () => Promise<void>
}

/** A relay that cannot start as things are says why in words of its own, and ends with the status of a mistake. */
async function startOrRefuse(config: RelayConfig, dependencies: RelayDependencies): Promise<WatchedRelay> {
  // Loaded only here: the other commands start faster without the whole relay.
  const { startRelay } = await import('../relay.ts')
  // Not before: to load all modules is one long turn.
  const stopWatching = watch(config, dependencies.log)
  try {
    return { relay: await startRelay(config, dependencies), stopWatching }
  } catch (cause) {
    await stopWatching()
    throw new UsageError(`the relay cannot start: ${maskText((cause as Error).message)}`, { cause })
  }
}

/** A main thread that hangs ends the process, from the start of the relay to the end of its stop. */
function watch({ watchdogSeconds, log: settings }: RelayConfig, log: Logger): () => Promise<void> {
  if (watchdogSeconds === 0) return () => Promise.resolve()
  return startWatchdog({
    seconds: watchdogSeconds,
    log: settings,
    onTerminal: process.stderr.isTTY === true,
    onFailure: error => log.error({ error }, 'nobody watches the main thread any more'),
  })
}

const tlsTexts = { starttls: 'STARTTLS', implicit: 'implicit TLS', none: 'no TLS' } as const

function startText(
  { listeners, http, admin, keys, generatedKeys }: RunningRelay,
  config: RelayConfig,
): string {
  const { hostname } = config
  const rows = listeners.map(one => [one.name, addressText(one), tlsText(one)])
  if (http !== null) rows.push(['http', addressText(http), `${tlsTexts[http.tls]}, for ${http.publicUrl}`])
  if (admin !== null) rows.push(['admin', addressText(admin), tlsTexts[admin.tls]])
  const made = generatedKeys.map(key => `${key.file}\n`).join('')
  return [
    `Listening as ${hostname}\n${tableText(['NAME', 'ADDRESS', 'TLS'], rows)}`,
    ...(listeners.some(one => one.certificate === 'self-signed') ? [selfSignedText(hostname)] : []),
    ...(made === '' ? [] : [`New keys:\n${made}`]),
    rolesText(config),
    `DNS records to publish:\n${recordLines(keys)}\n`,
  ].join('\n')
}

/** RFC 2142. */
function rolesText(config: RelayConfig): string {
  const rows = roleAddresses(config).map(({ address, targets }) => [
    address,
    targets.length === 0 ? 'nobody: it is refused' : targets.join(', '),
  ])
  return tableText(['MAIL FOR', 'GOES TO'], rows)
}

function tlsText({ tls, certificate }: OpenListener): string {
  return certificate === 'self-signed' ? `${tlsTexts[tls]}, self-signed certificate` : tlsTexts[tls]
}

function selfSignedText(hostname: string): string {
  return `No certificate is configured for every listener with TLS: a self-signed one for
${hostname} is shown instead. It is for development; peers that check
certificates will not send mail to it.
`
}

function addressText({ address, port }: Pick<OpenListener, 'address' | 'port'>): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

/** One line, so that a program that starts the relay can wait for it. */
function startJson({ listeners, http, admin, keys }: RunningRelay, config: RelayConfig): string {
  const roles = roleAddresses(config)
  return `${JSON.stringify({ listeners, http, admin, keys: keys.map(keyReport), roles })}\n`
}
