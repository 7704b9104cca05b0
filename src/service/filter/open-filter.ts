/** The content filter of a running relay: which one, and whether it answers. */
import type { Admitted } from '../../admit/admit.ts'
import type { RelayConfig } from '../../config/schema.ts'
import { filters } from '../../filter/filters.ts'
import * as limits from '../../limits.ts'
import type { Logger } from '../../log/log.ts'
import { type Filtered, filterMessage } from './filter-message.ts'

/** Shows a message to the filter. */
export type MessageFilter = (admitted: Admitted, log: Logger, ends: AbortSignal) => Promise<Filtered>

/** Without a filter in the configuration every message passes. */
export function openFilter({ filter: settings }: Pick<RelayConfig, 'filter'>, log: Logger): MessageFilter {
  if (settings === undefined) return async admitted => ({ kind: 'passed', admitted })
  const ask = filters[settings.kind]({ url: settings.url, ...limits.contentFilter })
  const heard = toldOnce(settings.kind, log)
  return (admitted, log, ends) => filterMessage(admitted, { settings, ask, log, ends, heard })
}

/** The log says when the filter is lost and when it is back, and not with each message. */
function toldOnce(kind: string, log: Logger): (trouble: unknown) => void {
  let isDown = false
  return error => {
    const wasDown = isDown
    isDown = error !== undefined
    if (isDown && !wasDown) log.error({ filter: kind, error }, 'the content filter gives no verdict')
    if (wasDown && !isDown) log.info({ filter: kind }, 'the content filter answers again')
  }
}
