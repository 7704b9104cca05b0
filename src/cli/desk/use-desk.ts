/** The desk that the options of a command name: on this machine, or a relay's over HTTP. */
import type { Desk } from '../../operator/operations.ts'
import type { Terminal } from '../terminal.ts'
import type { DeskOptions } from './desk-options.ts'

/**
 * Asks a desk for as long as `use` takes.
 *
 * @throws UsageError for what is wrong with the options or what is asked, OperationFailed for what cannot be done
 */
export async function useDesk<T>(
  options: DeskOptions,
  terminal: Terminal,
  use: (desk: Desk) => Promise<T>,
): Promise<T> {
  // Only the one that is asked is loaded: a person waits for it.
  if (options.server !== undefined) {
    const { serverDesk } = await import('./server-desk.ts')
    return use(await serverDesk(options.server, options))
  }
  const { LocalDesk } = await import('./local-desk.ts')
  const desk = new LocalDesk(options.config, terminal)
  return use(desk).finally(() => desk.close())
}
