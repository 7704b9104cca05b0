/** Takes Batch SMTP objects from peers: each message in them is judged and spooled as one that comes over SMTP. */

import type { ListenerConfig, RelayConfig } from '../../config/schema.ts'
import type { BatchAnswer, BatchDesk, PostedObject } from '../../http/batch-route.ts'
import { incomingObjects, maxReceivedBytesInMemory } from '../../limits.ts'
import { BatchProcessor } from '../../receive/batch/batch-processor.ts'
import { MemoryBudget } from '../../receive/memory-budget.ts'
import type { ReceiveHooks } from '../../receive/received.ts'
import type { Generation } from '../generation.ts'
import { receiveHooks } from '../receive-hooks.ts'
import { listenerSettings } from '../settings.ts'
import { knowingAgain } from './known-again.ts'
import { peerOf } from './peers.ts'

/** undefined where the configuration names no peers. */
export function openBatchDesk(generation: Generation): BatchDesk | undefined {
  const { config, dependencies } = generation
  if (config.http === undefined || Object.keys(config.batchSmtp.peers).length === 0) return undefined
  const memory = new MemoryBudget(maxReceivedBytesInMemory)
  const hooks = receiveHooks(() => generation)
  const { log, objectTurns } = dependencies
  return {
    async take(posted) {
      const peer = await peerOf(posted.shown, config.batchSmtp.peers)
      if (peer === undefined) {
        log.warn({ address: posted.client.address }, 'an object of a stranger was refused')
        return { status: 401, text: 'a token or certificate of a known peer is needed\r\n' }
      }
      posted.welcome(incomingObjects.windowBytes, config.batchSmtp.objectTimeoutSeconds * 1000)
      return objectTurns.run(peer, overtaken =>
        process(posted, { generation, hooks, memory, peer, overtaken }),
      )
    },
  }
}

interface Turn {
  readonly generation: Generation
  readonly hooks: ReceiveHooks
  readonly memory: MemoryBudget
  readonly peer: string
  readonly overtaken: AbortSignal
}

async function process(posted: PostedObject, turn: Turn): Promise<BatchAnswer> {
  const { config, dependencies } = turn.generation
  const { log } = dependencies
  log.info({ peer: turn.peer }, 'an object begins')
  const processor = processorFor(posted, turn)
  const tooLate = AbortSignal.timeout(config.batchSmtp.objectTimeoutSeconds * 1000)
  try {
    for await (const octets of posted.octets(AbortSignal.any([turn.overtaken, tooLate]))) {
      await processor.feed(octets)
      if (processor.fault !== undefined) break
    }
  } catch (error) {
    // The link broke: what came whole is taken, and is known again when it comes once more.
    log.info({ peer: turn.peer, error }, 'an object was cut off')
  }
  processor.end()
  const { fault, isAllTaken, transcript } = processor
  log.info({ peer: turn.peer, fault, isAllTaken }, 'object')
  if (fault === undefined) return { status: isAllTaken ? 200 : 207, text: transcript }
  return { status: fault === 'too large' ? 413 : 400, text: `${fault}\r\n` }
}

function processorFor({ client }: PostedObject, { generation, hooks, memory, peer }: Turn): BatchProcessor {
  const { config, dependencies } = generation
  const { batchSmtp } = config
  const settings = listenerSettings(config, httpListener(config), undefined, memory)
  const surroundings = {
    settings: { ...settings, limits: { ...settings.limits, maxTransactions: batchSmtp.maxMessages } },
    hooks: knowingAgain(hooks, peer, {
      store: dependencies.store,
      log: dependencies.log,
      remembered: batchSmtp.rememberedMessages,
    }),
    memory,
  }
  return new BatchProcessor(
    surroundings,
    { ...client, trusted: false, tls: () => client.tls },
    {
      maxObjectBytes: batchSmtp.maxObjectBytes,
      maxReplies: batchSmtp.maxMessages * incomingObjects.commandsPerMessage,
    },
  )
}

/** What sessions are told of where they are: objects come by the HTTP listener. */
function httpListener({ http }: RelayConfig): ListenerConfig {
  return {
    name: 'http',
    kind: 'mx',
    address: http?.address ?? '127.0.0.1',
    port: http?.port ?? 0,
    tls: 'none',
    earlyTalkerDelayMilliseconds: 0,
    trustedClients: [],
    proxies: [],
  }
}
