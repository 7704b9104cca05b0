/** The admin listener of the configuration: metrics, probes and the pages of the operator. */
import type { Hono } from 'hono'
import type { RelayConfig } from '../../config/schema.ts'
import { adminApp } from '../../http/admin/app.ts'
import type { PagesParts } from '../../http/admin/pages.ts'
import { AdminSessions } from '../../http/admin/sessions.ts'
import type { Performers } from '../../operator/operations.ts'
import { ApiAccess } from '../api/api-access.ts'
import type { RelayControls } from '../api/relay-desk-dependencies.ts'
import { relayDeskDependencies } from '../api/relay-desk-dependencies.ts'
import type { Generation } from '../generation.ts'
import { looks } from '../operator/follow.ts'
import type { FollowedStore } from '../operator/followed-messages.ts'
import { operatorDesk } from '../operator/operator-desk.ts'
import { storeProblem } from '../store-problem.ts'
import { WebListener } from '../web-listener.ts'
import { adminDesk } from './desk.ts'
import { AdminPasswords } from './sign-in.ts'
import { snapshotOf } from './snapshot-values.ts'

type AdminConfig = NonNullable<RelayConfig['admin']>

/** What a change of the configuration leaves as it is: who has signed in, and who has guessed. */
interface Kept {
  readonly sessions: AdminSessions
  readonly passwords: AdminPasswords
  readonly access: ApiAccess
  readonly controls: RelayControls
}

export function adminListener(controls: RelayControls): WebListener<AdminConfig> {
  const kept: Kept = {
    sessions: new AdminSessions(),
    passwords: new AdminPasswords(),
    access: new ApiAccess(),
    controls,
  }
  return new WebListener({
    name: 'admin',
    settings: ({ admin }) => admin,
    app: (generation, settings) => appOf(generation, settings, kept),
  })
}

async function appOf(generation: Generation, settings: AdminConfig, kept: Kept) {
  const { log, meters, store } = generation.dependencies
  const desk = operatorDesk(relayDeskDependencies(generation, kept.controls))
  return adminApp({
    log,
    healthProblem: () => storeProblem(store),
    metrics: async () => ({
      text: await meters.text(await snapshotOf(generation)),
      contentType: meters.contentType,
    }),
    pages: settings.pages ? pagesOf(generation, settings, desk, kept) : undefined,
    api: settings.api ? await apiOf(generation, desk, kept) : undefined,
  })
}

/** Loaded only where it is wanted. */
async function apiOf(generation: Generation, desk: Performers, { access, controls }: Kept): Promise<Hono> {
  const { apiApp } = await import('../../http/api/api-app.ts')
  const { store, log, clock } = generation.dependencies
  return apiApp({
    version: controls.version(),
    log,
    desk,
    access: (authorization, address) => access.judge(authorization, address, { store, log, clock }),
    waitSeconds: token => access.waitSeconds(token, clock()),
    // What the relay changes itself, it does not hear of from the store: there may be news at any time.
    follow: (criteria, signal) => looks(alwaysNews(store), criteria, signal),
    clock: () => clock(),
  })
}

function alwaysNews(store: FollowedStore): FollowedStore {
  return {
    changesOfOthers: async () => true,
    newMessages: query => store.newMessages(query),
    messagesById: queueIds => store.messagesById(queueIds),
  }
}

function pagesOf(
  generation: Generation,
  settings: AdminConfig,
  desk: Performers,
  { sessions, passwords }: Kept,
): PagesParts {
  const { clock, random } = generation.dependencies
  return {
    desk: adminDesk(generation, desk, passwords),
    sessions,
    settings: {
      idleMilliseconds: settings.sessionIdleSeconds * 1000,
      lifetimeMilliseconds: settings.sessionSeconds * 1000,
    },
    isSecure: settings.certificate !== undefined,
    clock: () => clock(),
    random: octets => random(octets),
  }
}
