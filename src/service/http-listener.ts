/** The HTTP listener of the configuration with its pages: links in mail. */
import type { Hono } from 'hono'
import type { RelayConfig } from '../config/schema.ts'
import { pagesApp } from '../http/app.ts'
import { isCarriable } from './directory.ts'
import type { Generation } from './generation.ts'
import { confirmLinks, unsubscribeLinks } from './lists/list-links.ts'
import { subscriberDesk } from './lists/subscriber-links.ts'
import { storeProblem } from './store-problem.ts'
import { WebListener } from './web-listener.ts'

type HttpConfig = NonNullable<RelayConfig['http']>

export function pagesListener(): WebListener<HttpConfig> {
  return new WebListener({ name: 'http', settings: ({ http }) => http, app: appOf })
}

function appOf({ dependencies, path }: Generation, { publicUrl }: HttpConfig): Hono {
  const links = path.linkDependencies()
  return pagesApp({
    log: dependencies.log,
    prefix: new URL(publicUrl).pathname.replace(/\/+$/, ''),
    unsubscribe: unsubscribeLinks(links),
    confirm: confirmLinks(links),
    subscribers: subscriberDesk(links, address => isCarriable(dependencies.config, address)),
    healthProblem: () => storeProblem(dependencies.store),
  })
}
