/** The HTTP listener of the configuration with its pages: links in mail; and the place where peers post Batch SMTP objects. */
import type { Hono } from 'hono'
import type { RelayConfig } from '../config/schema.ts'
import { pagesApp } from '../http/app.ts'
import type { ObjectListening } from '../http/http2-server.ts'
import { openBatchDesk } from './batch/batch-desk.ts'
import { isCarriable } from './directory.ts'
import type { Generation } from './generation.ts'
import { confirmLinks, unsubscribeLinks } from './lists/list-links.ts'
import { subscriberDesk } from './lists/subscriber-links.ts'
import { storeProblem } from './store-problem.ts'
import { WebListener } from './web-listener.ts'

type HttpConfig = NonNullable<RelayConfig['http']>

export function pagesListener(): WebListener<HttpConfig> {
  return new WebListener({ name: 'http', settings: ({ http }) => http, app: appOf, objects: objectsOf })
}

/** How objects of Batch SMTP are listened for; undefined where nobody may post any. */
function objectsOf({ config: { batchSmtp } }: Generation): ObjectListening | undefined {
  const peers = Object.values(batchSmtp.peers)
  if (peers.length === 0) return undefined
  return {
    requestMilliseconds: batchSmtp.objectTimeoutSeconds * 1000,
    asksCertificates: peers.some(peer => peer.certificateFile !== undefined),
  }
}

function appOf(generation: Generation, { publicUrl }: HttpConfig): Hono {
  const { dependencies, path } = generation
  const links = path.linkDependencies()
  return pagesApp({
    log: dependencies.log,
    prefix: new URL(publicUrl).pathname.replace(/\/+$/, ''),
    unsubscribe: unsubscribeLinks(links),
    confirm: confirmLinks(links),
    subscribers: subscriberDesk(links, address => isCarriable(dependencies.config, address)),
    batch: openBatchDesk(generation),
    healthProblem: () => storeProblem(dependencies.store),
  })
}
