/** The objects that the path of a message needs, opened from the configuration and closed again in the opposite order. */
import type { KeyObject } from 'node:crypto'
import { createSecretKey } from 'node:crypto'
import type { AdmitWorld } from '../admit/admit.ts'
import type { LookUps } from '../admit/look-ups.ts'
import { boundedLookUps } from '../admit/look-ups.ts'
import type { Directory } from '../admit/recipients.ts'
import { bounceAddress } from '../bounce/bounce-address.ts'
import { databaseFile } from '../config/folders.ts'
import { ConfigError } from '../config/problem.ts'
import type { RelayConfig } from '../config/schema.ts'
import { SmtpPool } from '../deliver/smtp-pool.ts'
import type { DiscoverContext } from '../discover/find-next-hops.ts'
import type { StsPolicies } from '../discover/sts-policies.ts'
import { defaultTimeBounds } from '../dkim2/custody.ts'
import { defaultBounds, profiles } from '../dkim2/index.ts'
import { cachingResolver } from '../dns/caching-resolver.ts'
import type { Resolver } from '../dns/resolver.ts'
import { stubResolver } from '../dns/stub-resolver.ts'
import type { AliasDirectory } from '../expand/alias-directory.ts'
import { makeFolder } from '../files/make-folder.ts'
import * as limits from '../limits.ts'
import type { ListTable, MailingList } from '../lists/list-table.ts'
import { unsubscribeUrl } from '../lists/tokens.ts'
import type { Logger } from '../log/log.ts'
import type { Mailbox } from '../message/mailbox.ts'
import { receivedField } from '../receive/received-field.ts'
import { ensureListTokenKeys } from '../sign/bounce-key.ts'
import { ensureKeys } from '../sign/generate.ts'
import type { Keyring, SigningKey } from '../sign/keyring.ts'
import type { Store } from '../store/questions.ts'
import type { QueueIds } from '../store/queue-ids.ts'
import { queueIds } from '../store/queue-ids.ts'
import { openStore } from '../store/store.ts'
import { BounceKeyWatch } from './bounces/bounce-key-watch.ts'
import type { BounceWorld } from './bounces/judge-bounce.ts'
import { aliasesOf, claimOf, findOwn, isCarriable, recipientDirectory, withListOwners } from './directory.ts'
import type { ExpandWorld } from './forward/expand-envelope.ts'
import type { SignWorld } from './forward/sign-copies.ts'
import { HeldMessages } from './held-messages.ts'
import { KeyWatch } from './key-watch.ts'
import { ListWatch } from './lists/list-watch.ts'
import { aliasProblems } from './losing-mail.ts'
import type { MessageCache } from './message-cache.ts'
import { messageCache } from './message-cache.ts'
import type { CopyWorld } from './posts/copies-of-post.ts'
import type { CandidatePost, PostJudgement } from './posts/judge-post.ts'
import { judgePost } from './posts/judge-post.ts'
import type { PostWorld } from './posts/post-path.ts'
import { recordResolver } from './record-resolver.ts'
import {
  authoritiesOf,
  deliverSettings,
  discoverSettings,
  farValidators,
  keptUntil,
  resolverSettings,
  returnedMaxAgeSeconds,
  tlsReportSettings,
} from './settings.ts'
import { openStsPolicies, stsLookup } from './tls/sts.ts'
import { TlsCounting } from './tls/tls-counting.ts'
import type { TlsReportSettings } from './tls-reports/tls-reports.ts'
import type { World } from './world.ts'
import { nowSeconds } from './world.ts'

export interface Parts {
  readonly config: RelayConfig
  readonly world: World
  readonly log: Logger
  readonly store: Store
  /** Resolves if the store dies: nothing can be accepted or recorded any more. */
  readonly died: Promise<Error>
  readonly queueIds: QueueIds
  readonly keys: KeyWatch
  readonly generatedKeys: readonly SigningKey[]
  readonly bounceKeys: BounceKeyWatch
  /** Of the list tokens (lists/tokens): the current one, then the one before it where there is one. */
  readonly tokenKeys: readonly [KeyObject, ...KeyObject[]]
  readonly aliases: AliasDirectory
  readonly lists: ListWatch
  readonly directory: Directory
  readonly resolver: Resolver
  readonly pool: SmtpPool
  readonly counting: TlsCounting
  /** Absent: MTA-STS is turned off. */
  readonly sts: StsPolicies | undefined
  /** Absent: no TLS reports are sent. */
  readonly tlsReports: TlsReportSettings | undefined
  readonly cache: MessageCache
  readonly held: HeldMessages
  /** Closes connections to peers first and the store last: what they still have to say is written down. */
  readonly closing: AsyncDisposableStack
}

/**
 * Opens everything but the listeners.
 *
 * @throws ConfigError, KeyError, StoreError or an error of the file system; nothing is left open then
 */
export async function openParts(config: RelayConfig, world: World): Promise<Parts> {
  const closing = new AsyncDisposableStack()
  try {
    return await openAll(config, world, closing)
  } catch (error) {
    await closing.disposeAsync()
    throw error
  }
}

/** What was opened is put on the stack at once, so that a failure of the next leaves nothing behind. */
async function openAll(config: RelayConfig, world: World, closing: AsyncDisposableStack): Promise<Parts> {
  await makeFolder(config.dataDirectory)
  const { keyring, generated } = await ensureKeys(config.keysDirectory, Object.keys(config.domains))
  // A domain whose keys cannot sign stops the start, not the first message.
  validateSigners(keyring, config)
  const tokenKeys = await listTokenKeys(config, world)
  const aliases = aliasesOf(config)
  const authorities = await authoritiesOf(config)
  const died = Promise.withResolvers<Error>()
  const store = await openStore({
    file: databaseFile(config),
    commitDelayMilliseconds: config.store.commitDelayMilliseconds,
    onDeath: error => died.resolve(error),
    onDamage: error => world.log.error({ error }, 'the database is damaged: no mail is accepted or sent'),
  })
  closing.defer(() => store.close())
  const lists = new ListWatch({ store, log: world.log })
  closing.defer(() => lists.stop())
  await lists.start()
  refuseLosingMail(aliasProblems(config, aliases, lists.table))
  const resolver = openResolver(config, world)
  const cache = messageCache(limits.maxCachedMessageBytes)
  const counting = new TlsCounting({ store, log: world.log, clock: () => world.clock() })
  closing.defer(() => counting.settled())
  const bounceKeys = await bounceKeyWatch(config, world)
  closing.defer(() => bounceKeys.stop())
  const keys = keyWatch(keyring, resolver, config, world)
  closing.defer(() => keys.stop())
  await keys.start()
  const pool = openPool(config, world, counting, authorities)
  closing.defer(() => pool.closeAll(limits.quitGraceMilliseconds))
  return {
    config,
    world,
    log: world.log,
    store,
    died: died.promise,
    queueIds: queueIds({ clock: () => world.clock(), last: await store.lastQueueId() }),
    keys,
    generatedKeys: generated,
    bounceKeys,
    tokenKeys,
    aliases,
    lists,
    directory: recipientDirectory(
      config,
      aliases,
      () => bounceKeys.accepted,
      () => world.clock(),
      () => lists.table,
    ),
    resolver,
    pool,
    counting,
    sts: config.delivery.mtaSts
      ? openStsPolicies({ config, world, store, resolver, counting, authorities })
      : undefined,
    tlsReports: tlsReportSettings(config, authorities),
    cache,
    held: new HeldMessages(
      { cache, store },
      { maxBytes: config.delivery.maxMemoryBytes, maxMessageBytes: config.limits.maxMessageBytes },
    ),
    closing,
  }
}

function openPool(
  config: RelayConfig,
  world: World,
  counting: TlsCounting,
  authorities: readonly string[] | undefined,
): SmtpPool {
  return new SmtpPool(
    deliverSettings(config, () => world.clock(), authorities),
    event => world.log.warn({ ...event }, 'delivery'),
    event => counting.session(event),
  )
}

/** @throws ConfigError with a line for each problem */
function refuseLosingMail(problems: readonly string[]): void {
  if (problems.length === 0) return
  throw new ConfigError(
    ['mail would be lost with this configuration:', ...problems.map(line => `  ${line}`)].join('\n'),
  )
}

async function listTokenKeys(config: RelayConfig, world: World): Promise<[KeyObject, ...KeyObject[]]> {
  const [current, ...earlier] = await ensureListTokenKeys(config.keysDirectory, size => world.random(size))
  return [createSecretKey(current), ...earlier.map(one => createSecretKey(one))]
}

function openResolver(config: RelayConfig, world: World): Resolver {
  const settings = resolverSettings(config.resolver, octets => world.random(octets))
  const far = farValidators(config)
  if (far.length > 0)
    world.log.warn({ servers: far }, 'DNSSEC validation is left to servers elsewhere: is the way there safe?')
  const resolver = world.resolver ?? stubResolver(settings)
  return cachingResolver(resolver, { clock: () => world.clock(), ...limits.resolverCache })
}

/** @throws KeyError naming the domain that could not sign what comes, in one of the profiles */
function validateSigners(keyring: Keyring, config: RelayConfig): void {
  for (const [domain, settings] of Object.entries(config.domains)) {
    for (const profile of profiles.values()) keyring.signers(domain, { ...settings.signing, profile })
  }
}

function bounceKeyWatch(config: RelayConfig, world: World): Promise<BounceKeyWatch> {
  return BounceKeyWatch.start({
    folder: config.keysDirectory,
    log: world.log,
    clock: () => world.clock(),
    random: octets => world.random(octets),
  })
}

function keyWatch(keyring: Keyring, resolver: Resolver, config: RelayConfig, world: World): KeyWatch {
  return new KeyWatch(keyring, {
    folder: config.keysDirectory,
    resolver,
    log: world.log,
    clock: () => world.clock(),
    keepMilliseconds: (config.queue.lifetimeSeconds + defaultTimeBounds.maxAgeSeconds) * 1000,
    validate: fresh => validateSigners(fresh, config),
  })
}

function chainWorkBytes(sizeBytes: number): number {
  const { baseBytes, perOctet } = limits.chainWork
  return Math.min(defaultBounds.maxWorkBytes, baseBytes + perOctet * sizeBytes)
}

/** What the judgement of one message may ask of DNS until it ends. */
export function lookUpsOf({ config, resolver }: Parts, ends: AbortSignal): LookUps {
  const ours = { lookup: (name: string) => resolver.txt(name), resolver: recordResolver(resolver) }
  return boundedLookUps(ours, { maxNames: config.limits.maxNamesPerMessage, ends })
}

/** What admission needs to know, at this moment. */
export function admitWorld(parts: Parts, lookUps: LookUps, ends: AbortSignal): AdmitWorld {
  return {
    authservId: parts.config.hostname,
    lookUps,
    ends,
    nowSeconds: nowSeconds(parts.world),
    loopBounds: {
      maxReceivedFields: limits.maxReceivedFields,
      maxOwnReceivedFields: limits.maxOwnReceivedFields,
      maxHops: limits.maxHops,
      hostname: parts.config.hostname,
    },
    chainBounds: sizeBytes => ({
      maxKeyNames: parts.config.limits.maxNamesPerMessage,
      maxWorkBytes: chainWorkBytes(sizeBytes),
    }),
    signatureBounds: limits.dkimSignatures,
    isOwnDomain: domain => parts.aliases.isOwnDomain(domain),
    findOwn: domain => findOwn(parts.config, domain),
    revisionOf: signer => parts.config.peerRevisions[signer ?? ''] ?? parts.config.revision,
    receivedField: received => receivedField(received, { hostname: parts.config.hostname }),
  }
}

/** What the judgement of a bounce needs to know, at this moment. */
export function bounceWorld(parts: Parts, { lookup }: LookUps): BounceWorld {
  const { requireSignature, returnedChain } = parts.config.bounces
  return {
    store: parts.store,
    lookup,
    nowSeconds: nowSeconds(parts.world),
    maxAgeSeconds: returnedMaxAgeSeconds(parts.config),
    wholeChain: returnedChain === 'strict',
    requireSignature,
  }
}

function listAt(mailbox: Mailbox, aliases: AliasDirectory, table: ListTable): MailingList | undefined {
  const claim = claimOf(mailbox, aliases, table)
  return claim?.kind === 'list' ? table.list(claim.listId) : undefined
}

/** What forwarding needs to know, at this moment. */
export function forwardWorld(parts: Parts): ExpandWorld & SignWorld {
  const { config, bounceKeys } = parts
  const { keyring } = parts.keys
  const now = parts.world.clock()
  const expiresAtMilliseconds = now + config.bounces.tokenLifetimeSeconds * 1000
  return {
    aliases: withListOwners(parts.aliases, () => parts.lists.table),
    expandBounds: { maxDepth: limits.maxAliasDepth, maxTargets: limits.maxAliasTargets },
    listAt: mailbox => listAt(mailbox, parts.aliases, parts.lists.table),
    defaultDomain: Object.keys(config.domains)[0] ?? config.hostname,
    bounceAddress: (queueId, ordinal, domain) =>
      bounceAddress(bounceKeys.current, { queueId, ordinal, expiresAtMilliseconds }, domain),
    signers: (domain, profile) => keyring.signers(domain, { ...config.domains[domain]?.signing, profile }),
    isCarriable: address => isCarriable(config, address),
    profileFor: destination => config.profiles[destination] ?? config.profile,
    revisionFor: destination => config.revisions[destination] ?? config.revision,
    nowMilliseconds: now,
    firstRetryAt: now + (config.queue.retrySeconds[0] ?? config.queue.thenEverySeconds) * 1000,
    expiresAt: now + config.queue.lifetimeSeconds * 1000,
  }
}

/** Whether a message may go to a list; one that was deleted since RCPT is judged when the message is expanded. */
export async function judgePostTo(
  { lists, store }: Parts,
  post: CandidatePost,
  listId: number,
): Promise<PostJudgement> {
  const list = lists.table.list(listId)
  return list === undefined ? { kind: 'accepted' } : judgePost(post, list, store)
}

/** The link in a copy that ends the subscription it was sent for; none without an HTTP listener. */
function oneClickUrl({ config, tokenKeys, world }: Parts): CopyWorld['unsubscribeUrl'] {
  const { http, lists } = config
  if (http === undefined) return () => undefined
  const expiresAtMilliseconds = world.clock() + lists.unsubscribeLinkSeconds * 1000
  return ({ address: listAddress }, { id, addressKey }) =>
    unsubscribeUrl(http.publicUrl, tokenKeys[0], { id, addressKey, listAddress, expiresAtMilliseconds })
}

/** What the path of a post needs to know. */
export function postWorld(parts: Parts, path: Pick<PostWorld, 'queue' | 'isStopping' | 'fewerThan'>) {
  const { store, log, resolver, world, lists, config } = parts
  return {
    store,
    log,
    resolver,
    hasOwnLinks: config.http !== undefined,
    clock: () => world.clock(),
    list: (id: number) => lists.table.list(id),
    copyWorld: () => ({ ...forwardWorld(parts), unsubscribeUrl: oneClickUrl(parts) }),
    keepUntil: (milliseconds: number) => keepUntil(parts, milliseconds),
    ...path,
  }
}

/** Where a domain is looked for. */
export function discoverContext(
  parts: Parts,
  listeners: readonly { address: string; port: number }[],
): DiscoverContext {
  return {
    settings: discoverSettings(parts.config, listeners),
    resolver: parts.resolver,
    random: () => parts.world.random(4).readUInt32BE() / 2 ** 32,
    daneUnknown: failed => parts.counting.daneUnknown(failed),
    ...(parts.sts !== undefined && { sts: stsLookup(parts.sts, parts.counting, parts.log) }),
  }
}

/** See `keptUntil`. */
export function keepUntil(parts: Parts, milliseconds: number): number {
  return keptUntil(parts.config, milliseconds)
}
