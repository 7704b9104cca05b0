/** The admin listener of the configuration: metrics, probes and the pages of the operator. */
import type { RelayConfig } from '../../config/schema.ts'
import { adminApp } from '../../http/admin/app.ts'
import type { PagesParts } from '../../http/admin/pages.ts'
import { AdminSessions } from '../../http/admin/sessions.ts'
import type { Generation } from '../generation.ts'
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
}

export function adminListener(): WebListener<AdminConfig> {
  const kept: Kept = { sessions: new AdminSessions(), passwords: new AdminPasswords() }
  return new WebListener({
    name: 'admin',
    settings: ({ admin }) => admin,
    app: (generation, settings) => appOf(generation, settings, kept),
  })
}

function appOf(generation: Generation, settings: AdminConfig, kept: Kept) {
  const { log, meters, store } = generation.dependencies
  return adminApp({
    log,
    healthProblem: () => storeProblem(store),
    metrics: async () => ({
      text: await meters.text(await snapshotOf(generation)),
      contentType: meters.contentType,
    }),
    pages: settings.pages ? pagesOf(generation, settings, kept) : undefined,
  })
}

function pagesOf(generation: Generation, settings: AdminConfig, { sessions, passwords }: Kept): PagesParts {
  const { clock, random } = generation.dependencies
  return {
    desk: adminDesk(generation, passwords),
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
