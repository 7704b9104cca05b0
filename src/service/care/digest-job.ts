/** The daily digest as a timed job of a running relay: what it is told of the relay. */
import type { RelayConfig } from '../../config/schema.ts'
import type { AliasDirectory } from '../../expand/alias-directory.ts'
import { digest as limits } from '../../limits.ts'
import { forAllRelays } from '../for-all-relays.ts'
import type { PathDependencies } from '../path-dependencies.ts'
import { queueSettings } from '../settings.ts'
import type { TimedJob } from '../timed-jobs.ts'
import type { DigestDependencies } from './digest.ts'
import { sendDigest } from './digest.ts'
import { endingCertificates } from './ending-certificates.ts'
import { failingKeys } from './failing-keys.ts'

/** The job; it does nothing where the configuration wants no digest. */
export function digestJob(path: PathDependencies, sendNotice: DigestDependencies['sendNotice']): TimedJob {
  return {
    name: 'digest',
    everyMilliseconds: limits.everyMilliseconds,
    async work() {
      if (path.config.digest !== 'daily') return
      await forAllRelays(path.store, 'digest', () => sendDigest(digestDependencies(path, sendNotice)))
    },
  }
}

function digestDependencies(
  path: PathDependencies,
  sendNotice: DigestDependencies['sendNotice'],
): DigestDependencies {
  const { config, store, log, resolver, aliases } = path
  return {
    store,
    log,
    hostname: config.hostname,
    addresses: digestAddresses(config, aliases),
    lifetimeMilliseconds: queueSettings(config).schedule.lifetimeMilliseconds,
    clock: () => path.clock(),
    failingKeys: () => failingKeys(path.keys.keyring, domain => aliases.isOwnDomain(domain), resolver),
    endingCertificates: now => endingCertificates(config, now),
    sendNotice,
  }
}

/** From the postmaster of the first own domain to whoever reads the mail of that address. */
export function digestAddresses(
  config: Pick<RelayConfig, 'domains' | 'postmaster'>,
  aliases: Pick<AliasDirectory, 'targetsOf'>,
): DigestDependencies['addresses'] {
  const [domain] = Object.keys(config.domains)
  if (domain === undefined) return undefined
  const from = `postmaster@${domain}`
  if (config.postmaster !== undefined) return { from, to: config.postmaster }
  const targets = aliases.targetsOf({ localPart: 'postmaster', domain }) ?? []
  return targets.length === 0 ? undefined : { from, to: from }
}
