/** What a running relay is told by signals and by other commands. */
import { controlSocket } from '../config/folders.ts'
import { loadFreshConfig } from '../config/fresh-config.ts'
import type { RelayConfig } from '../config/schema.ts'
import type { ControlServer } from '../control/control-server.ts'
import { openControl } from '../control/control-server.ts'
import type { Logger } from '../log/log.ts'
import type { RunningRelay } from '../relay.ts'
import { reloadOthers } from '../supervisor/cluster-processes.ts'

/** What `reload` answers. */
export interface Reloaded {
  /** Settings that differ and count from the next start only. */
  readonly onlyAtStart: readonly string[]
}

export interface Steering {
  /** Reads the configuration, certificates and keys again. @throws Error that says why everything stays as it is */
  reload(): Promise<Reloaded>
  /** The same for all relays of this machine that share the store. */
  reloadAll(): Promise<Reloaded>
  close(): Promise<void>
}

export interface SteeringSettings {
  readonly file: string
  readonly config: RelayConfig
  readonly log: Logger
  /** Its place among the relays of this machine; undefined: it is alone. */
  readonly place?: number | undefined
}

/** Without its socket a relay works all the same: commands say that none is running then. */
export async function steer(
  relay: RunningRelay,
  { file, config, log, place }: SteeringSettings,
): Promise<Steering> {
  const reload = () => reloadRelay(relay, file, log)
  const reloadAll = async () => {
    const answer = await reload()
    if (place !== undefined) reloadOthers()
    return answer
  }
  // Of several relays on one machine the first is spoken to over the socket; it has the others read again too.
  if (place !== undefined && place > 0) return { reload, reloadAll, close: async () => undefined }
  const status = () => relay.report()
  const server = await openControl(controlSocket(config), { reload: reloadAll, status }).catch(
    (error: Error): ControlServer => {
      log.warn({ reason: error.message }, 'commands such as reload and status cannot reach this relay')
      return { close: async () => undefined }
    },
  )
  return { reload, reloadAll, close: () => server.close() }
}

async function reloadRelay(relay: RunningRelay, file: string, log: Logger): Promise<Reloaded> {
  log.info({ file }, 'reading configuration, certificates and keys again')
  try {
    const onlyAtStart = await relay.change(await loadFreshConfig(file))
    const left = onlyAtStart.length === 0 ? {} : { onlyAtStart }
    log.info({ file, ...left }, 'configuration, certificates and keys were read again')
    return { onlyAtStart }
  } catch (error) {
    const reason = (error as Error).message
    log.error(
      { file, reason },
      'nothing was read again: configuration, certificates and keys stay as they were',
    )
    throw error
  }
}
