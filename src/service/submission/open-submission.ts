/** What submission listeners are given: the accounts of the store with the limits of the configuration. */
import { setTimeout as sleep } from 'node:timers/promises'
import { GuessLimits } from '../../accounts/guess-limits.ts'
import { Lanes } from '../../bounded/lanes.ts'
import type { RelayConfig } from '../../config/schema.ts'
import { signIn } from '../../limits.ts'
import type { SubmissionHooks } from '../../receive/submitter.ts'
import { ensureClientIdKey } from '../../sign/bounce-key.ts'
import type { PathDependencies } from '../path-dependencies.ts'
import { AccountsAtWork } from './accounts-at-work.ts'

/** undefined where no listener takes submissions. @throws KeyError */
export async function openSubmission(dependencies: PathDependencies): Promise<SubmissionHooks | undefined> {
  const { config, store, log, random } = dependencies
  if (!config.listeners.some(({ kind }) => kind === 'submission')) return undefined
  const { submission } = config
  return new AccountsAtWork({
    store,
    log,
    limits: new GuessLimits(guessSettings(submission)),
    lanes: new Lanes(signIn.hashedAtOnce, signIn.maxWaiting),
    secret: await ensureClientIdKey(config.keysDirectory, octets => random(octets)),
    offersClientId: submission.clientId,
    maxClients: signIn.clientsPerAccount,
    clock: () => dependencies.clock(),
    random: octets => random(octets),
    delay: (wrong, gone) => delayed(delayMilliseconds(wrong, submission.failureDelayMilliseconds), gone),
  })
}

function guessSettings({
  failuresPerNetwork,
  failuresPerAccount,
  failureWindowSeconds,
}: RelayConfig['submission']) {
  return {
    perNetwork: failuresPerNetwork,
    perAccount: failuresPerAccount,
    windowMilliseconds: failureWindowSeconds * 1000,
    remembered: signIn.remembered,
  }
}

/** Twice as long after each further wrong password of a network. */
export function delayMilliseconds(wrong: number, firstMilliseconds: number): number {
  return Math.min(firstMilliseconds * 2 ** (wrong - 1), signIn.maxDelayMilliseconds)
}

async function delayed(milliseconds: number, signal: AbortSignal): Promise<void> {
  // Who has gone needs no answer.
  await sleep(milliseconds, undefined, { signal, ref: false }).catch(() => undefined)
}
