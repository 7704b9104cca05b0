/** Options that several commands share, and how their values are read. */
import type { Command } from 'commander'
import { InvalidArgumentError, Option } from 'commander'
import { defaultConfigFile } from '../config/config-file.ts'
import { addressArgument } from '../operator/address-argument.ts'

export { addressArgument } from '../operator/address-argument.ts'

export interface ConfigOption {
  readonly config: string
}

export interface JsonOption {
  readonly json?: true
}

export function withConfig(command: Command): Command {
  return command.addOption(
    new Option('--config <file>', 'configuration file').default(defaultConfigFile).env('DKIM2_RELAY_CONFIG'),
  )
}

export function withJson(command: Command): Command {
  return command.option('--json', 'print JSON')
}

/** For options that may be given several times. */
export function collect(value: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), value]
}

/** For addresses that may be given several times. */
export function collectAddress(value: string, before: readonly string[] | undefined): string[] {
  return collect(addressArgument(value), before)
}

/** The number of a version: a whole number from 0. */
export function versionNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('expected the number of a version, from 0.')
  return Number(text)
}

/** A whole number from 1. */
export function positiveNumber(text: string): number {
  const number = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(number) || number < 1) {
    throw new InvalidArgumentError('expected a whole number from 1.')
  }
  return number
}

/** Unix seconds. */
export function unixSeconds(text: string): number {
  const number = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(number)) {
    throw new InvalidArgumentError('expected Unix time in seconds, such as 1763000100.')
  }
  return number
}
