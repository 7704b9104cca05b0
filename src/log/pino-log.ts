/** The log of a running relay: pino, one JSON object a line, or text for people on a terminal. */
import { createRequire } from 'node:module'
import { Writable } from 'node:stream'
import type { DestinationStream, Logger as Pino } from 'pino'
import { pino } from 'pino'
import type { LogFields, Logger } from './log.ts'
import { maskFields, maskText } from './mask.ts'

export interface LogSettings {
  /** Lowest level that is written. */
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  /** `auto`: `pretty` when the destination is a terminal, otherwise `json`. */
  readonly format: 'auto' | 'json' | 'pretty'
}

/** Where lines go: standard error of the process, or a stream of a test. */
export type LogDestination = Writable & { readonly isTTY?: boolean; readonly fd?: number }

/**
 * JSON lines to a file descriptor are gathered for as long, so that a message does not cost two writes. They are all there when
 * the process exits; only a kill loses the last ones.
 */
const gatherMilliseconds = 50
const gatherBytes = 8_192

/**
 * Opens the log.
 *
 * @param destination lines are written there as they come, in order
 * @param clock Unix milliseconds
 */
export function openLog(settings: LogSettings, destination: LogDestination, clock: () => number): Logger {
  const onTerminal = destination.isTTY === true
  const readable = settings.format === 'pretty' || (settings.format === 'auto' && onTerminal)
  const options = {
    level: settings.level,
    base: null,
    timestamp: () => `,"time":"${new Date(clock()).toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
  }
  return wrap(pino(options, readable ? readableStream(destination, onTerminal) : gathering(destination)))
}

function gathering(destination: LogDestination): DestinationStream {
  if (destination.fd === undefined) return destination
  const gathered = pino.destination({
    dest: destination.fd,
    sync: false,
    minLength: gatherBytes,
    periodicFlush: gatherMilliseconds,
  })
  // A terminal that was closed, a disk that is full: mail does not stop because nobody can read about it.
  gathered.on('error', () => {})
  return gathered
}

/** Masks before pino sees anything; a line below the level costs one comparison. */
function wrap(inner: Pino): Logger {
  const write = (level: 'debug' | 'info' | 'warn' | 'error') => (fields: LogFields, text: string) => {
    if (inner.isLevelEnabled(level)) inner[level](maskFields(fields), maskText(text))
  }
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: fields => wrap(inner.child(maskFields(fields))),
  }
}

/** Text for people: time, level, queue id, what happened, and the rest of the fields behind it. */
function readableStream(destination: Writable, colorize: boolean): Writable {
  // Only for people: a relay that runs as a service, and the thread that watches it, do without these megabytes.
  const pretty: typeof import('pino-pretty') = createRequire(import.meta.url)('pino-pretty')
  const format = pretty.prettyFactory({
    colorize,
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
    ignore: 'queueId',
    messageFormat: '{if queueId}{queueId} {end}{msg}',
  })
  return new Writable({
    write(line, _encoding, done) {
      destination.write(format(String(line)), done)
    },
  })
}
