/**
 * The structured log. Every line that concerns a message carries its `queueId`.
 *
 * What never stands in it: contents of messages, private keys, the key of the bounce addresses. The part of a bounce
 * address that proves it genuine is masked (mask.ts): who reads the log cannot make bounces up.
 */

/** What a line says besides its text. */
export type LogFields = Readonly<Record<string, unknown>>

/** The log as the stages see it. */
export interface Logger {
  debug(fields: LogFields, text: string): void
  info(fields: LogFields, text: string): void
  warn(fields: LogFields, text: string): void
  error(fields: LogFields, text: string): void
  /** A log whose lines all carry these fields too, such as `{ queueId }`. */
  child(fields: LogFields): Logger
}

/** A log that says nothing: for tests and for commands that only read. */
export const silentLog: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLog,
}
