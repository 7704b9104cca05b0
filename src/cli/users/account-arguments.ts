/** What the commands about accounts are given. */
import { InvalidArgumentError } from 'commander'
import type { ClientRule } from '../../store/account-records.ts'
import { positiveNumber } from '../options.ts'

/** A number of recipients, or `default`: what the configuration says. */
export type DailyLimit = number | 'default'

export function dailyArgument(text: string): DailyLimit {
  return text === 'default' ? text : positiveNumber(text)
}

/** As it is kept: null is what the configuration says. */
export function keptLimit(daily: DailyLimit): number | null {
  return daily === 'default' ? null : daily
}

export function clientRuleArgument(text: string): ClientRule {
  if (text !== 'observe' && text !== 'bind') throw new InvalidArgumentError("expected 'observe' or 'bind'.")
  return text
}
