/** What `check` has to say of the configuration and its folder, beside what refuses the start. */
import { existsSync } from 'node:fs'
import type { RelayConfig } from '../../config/schema.ts'
import { lifeRemarks } from '../../queue/end-of-life.ts'
import type { Keyring } from '../../sign/keyring.ts'
import { refuseOpenFolder } from '../../store/private-files.ts'

export function folderProblems({ dataDirectory }: RelayConfig): string[] {
  if (!existsSync(dataDirectory)) return []
  try {
    refuseOpenFolder(dataDirectory)
    return []
  } catch (error) {
    return [(error as Error).message]
  }
}

export function remarks(config: RelayConfig, keyring: Keyring): string[] {
  const lines: string[] = []
  for (const domain of Object.keys(config.domains)) {
    if (!keyring.keys.some(key => key.domain === domain)) {
      lines.push(`${domain} has no key yet; the start makes an Ed25519 and an RSA key`)
    }
  }
  return [...lines, ...lifeRemarksOf(config)]
}

/** Settings with which failures cannot be returned, or nobody is warned. */
function lifeRemarksOf({ queue, bounces }: RelayConfig): string[] {
  const { delayWarningSeconds, tokenLifetimeSeconds } = bounces
  return lifeRemarks({
    lifetimeMilliseconds: queue.lifetimeSeconds * 1000,
    warnAfterMilliseconds: delayWarningSeconds > 0 ? delayWarningSeconds * 1000 : undefined,
    tokenLifetimeMilliseconds: tokenLifetimeSeconds * 1000,
  })
}
