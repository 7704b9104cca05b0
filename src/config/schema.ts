/**
 * The configuration of a relay: every setting with its meaning, unit and default.
 * The descriptions are the reference: docs/configuration.md is written from them (reference.ts).
 */
import { z } from 'zod'
import { revisions } from '../dkim2/profile.ts'
import { defaultProfile, profileIds } from '../dkim2/profiles/names.ts'
import { admin } from './admin-section.ts'
import { aliasTargets } from './alias-targets-section.ts'
import { batchSmtp } from './batch-smtp-section.ts'
import { digest } from './digest-section.ts'
import { dmarcFailureReports } from './dmarc-failure-section.ts'
import { dmarcReports } from './dmarc-reports-section.ts'
import { domainName, fileName, mailboxAddress } from './fields.ts'
import { filter } from './filter-section.ts'
import { maps } from './maps-section.ts'
import { rates } from './rates-section.ts'
import { retention } from './retention-section.ts'
import * as sections from './sections.ts'
import { trustedSealers } from './sender-policy-section.ts'
import * as storeSection from './store-section.ts'
import { submission } from './submission-section.ts'

const wireProfile = z.enum(profileIds)
const revision = z.enum(revisions)

export const relayConfigSchema = z.strictObject({
  hostname: domainName.describe(
    'Name of this relay in its greeting, in EHLO, in Received and Authentication-Results fields. It should resolve to the address that outgoing connections come from.',
  ),
  dataDirectory: fileName
    .default('./data')
    .describe('Folder of the database: queue, messages and hop log. It is made at the first start.'),
  keysDirectory: fileName
    .default('./keys')
    .describe(
      'Folder of the private keys, one file `<selector>._domainkey.<domain>.pem` each (PKCS#8 PEM, mode 0600), and of the key of the bounce addresses.',
    ),
  postmaster: mailboxAddress
    .exactOptional()
    .describe(
      'Address that gets the mail for `postmaster` of every domain below that has no alias of that name (RFC 5321 section 4.5.1 demands that it is read). Without it such mail is refused like that of any unknown recipient.',
    ),
  abuse: mailboxAddress
    .exactOptional()
    .describe(
      'Address that gets the mail for `abuse` of every domain below that has no alias of that name (RFC 2142). Without it: whoever gets that for `postmaster`.',
    ),
  digest: digest,
  aliasTargets: aliasTargets
    .prefault({})
    .describe('What becomes of addresses that aliases lead to and that refuse mail for good.'),
  listeners: z
    .array(sections.listener)
    .min(1)
    .describe('Where this relay accepts SMTP connections; at least one.'),
  domains: z
    .record(domainName, sections.domain)
    .describe(
      'The domains that this relay is responsible for, by name. Mail for any other domain is refused.',
    ),
  routes: z
    .record(domainName, sections.route)
    .default({})
    .describe(
      "Where the mail for a destination domain goes instead of to the hosts that DNS names: `{ host, port, tls }`, `'file:FOLDER'`, which writes every message as a file into that folder, or `{ url }`, a gateway that takes Batch SMTP over HTTPS.",
    ),
  maps: maps.prefault({}).describe('Files with aliases and routes.'),
  destinations: z
    .record(domainName, sections.destination)
    .default({})
    .describe('What is different for single destination domains, by name: how much they get at a time.'),
  resolver: sections.resolver.prefault({}).describe('How DNS is asked.'),
  delivery: sections.delivery.prefault({}).describe('How messages are sent on.'),
  queue: sections.queue.prefault({}).describe('When deliveries are tried again and when they are given up.'),
  retention: retention
    .prefault({})
    .describe('How long what is kept of finished messages is kept: [privacy.md](privacy.md).'),
  limits: sections.limits.prefault({}).describe('What a client may ask of this relay.'),
  rates: rates
    .prefault({})
    .describe(
      'How often clients, accounts and senders may come. Clients of `trustedClients` are not counted.',
    ),
  filter: filter
    .exactOptional()
    .describe(
      'A content filter that every message is shown to, before it is taken. Without it there is none.',
    ),
  bounces: sections.bounces.prefault({}).describe('How failures travel back.'),
  submission: submission
    .prefault({})
    .describe('Accounts that submit mail by listeners of kind `submission`.'),
  lists: sections.lists.prefault({}).describe('What may be asked of lists by mail.'),
  reflector: sections.reflector
    .prefault({})
    .describe('How much is answered in domains that have a `reflector`.'),
  http: sections.http
    .exactOptional()
    .describe(
      'HTTP listener for links in mail: one-click unsubscribe (RFC 8058), confirmation, `/health`. Without it there is none, and lists are left by mail alone.',
    ),
  admin: admin
    .exactOptional()
    .describe(
      'Listener for metrics, probes and the pages of the operator (docs/metrics.md, docs/admin.md). Without it there is none.',
    ),
  batchSmtp: batchSmtp
    .prefault({})
    .describe('Batch SMTP over HTTPS, for places without TCP: [space.md](space.md).'),
  tlsReports: sections.tlsReports
    .prefault({})
    .describe('Daily reports to domains about TLS with their mail hosts (RFC 8460).'),
  dmarcReports: dmarcReports
    .prefault({})
    .describe('Daily aggregate reports to domains about DMARC of mail in their name (RFC 9990).'),
  dmarcFailureReports: dmarcFailureReports
    .prefault({})
    .describe('Reports to domains about single messages in their name that fail DMARC (RFC 9991).'),
  processes: storeSection.processes,
  store: storeSection.store.prefault({}).describe('The database.'),
  watchdogSeconds: z
    .int()
    .min(0)
    .default(30)
    .describe(
      'When the main thread has not turned for so long, the process says where it stands and ends with status 1, so that its supervisor starts it again. 0 turns that off.',
    ),
  log: sections.log.prefault({}).describe('What is logged and how.'),
  profile: wireProfile
    .default(defaultProfile)
    .describe(
      'Wire profile in which a message that has no DKIM2 yet is signed. A chain that exists is continued in its own profile.',
    ),
  profiles: z
    .record(domainName, wireProfile)
    .default({})
    .describe(
      'Destination domains for which a message that has no DKIM2 yet is signed in another wire profile.',
    ),
  revision: revision
    .default('09')
    .describe(
      'Revision of draft-ietf-dkim-dkim2-spec by which chains of profile `message-instance` are verified and continued.',
    ),
  revisions: z
    .record(domainName, revision)
    .default({})
    .describe(
      'Destination domains for which hops of profile `message-instance` are written by another revision.',
    ),
  trustedSealers: trustedSealers,
  peerRevisions: z
    .record(domainName, revision)
    .default({})
    .describe(
      'Domains that sign by another revision: what they hand over, by `d=` of the highest DKIM2-Signature, is verified by it.',
    ),
})

/** Makes every property of a configuration read-only, however deep. */
type ReadonlyDeep<T> = T extends readonly (infer Item)[]
  ? readonly ReadonlyDeep<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: ReadonlyDeep<T[Key]> }
    : T

/** What a configuration file exports: settings that have a default may be left out. */
export type RelayConfigInput = z.input<typeof relayConfigSchema>

/** A validated configuration: every default filled in, every folder and file name absolute, deeply frozen. */
export type RelayConfig = ReadonlyDeep<z.output<typeof relayConfigSchema>>

export type ListenerConfig = RelayConfig['listeners'][number]
export type DomainConfig = RelayConfig['domains'][string]
export type AdmitConfig = DomainConfig['admit']
export type RouteConfig = RelayConfig['routes'][string]

/**
 * Gives a configuration file its types, so that an editor completes and checks it.
 *
 * @param config the settings, as they are returned
 */
export function defineConfig(config: RelayConfigInput): RelayConfigInput {
  return config
}
