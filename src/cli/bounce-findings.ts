/**
 * What a relay with this configuration would find out about a message to one of its bounce addresses. The same steps as judging
 * and passing on in relay/, with a database that is only read and a key that is never made; nothing is sent.
 */
import { createSecretKey } from 'node:crypto'
import { existsSync } from 'node:fs'
import { authenticateReport } from '../bounce/authenticate-report.ts'
import { isBounceLocalPart } from '../bounce/bounce-address.ts'
import { classifyBounce } from '../bounce/classify.ts'
import { composeReturn } from '../bounce/compose-return.ts'
import type { ReportFindings } from '../bounce/explain-report.ts'
import { whyNotPassedOn } from '../bounce/notify.ts'
import { privacyOf, rewriteRecipients } from '../bounce/privacy.ts'
import { readReport } from '../bounce/read-report.ts'
import { rebuild } from '../bounce/rebuild.ts'
import type { Report } from '../bounce/report.ts'
import { databaseFile } from '../config/folders.ts'
import type { RelayConfig } from '../config/schema.ts'
import type { TxtLookup } from '../dkim2/index.ts'
import { verifyChain } from '../dkim2/index.ts'
import { verifyReturned } from '../dkim2/returned.ts'
import { readListSettings } from '../lists/settings.ts'
import { parseMailbox } from '../message/mailbox.ts'
import type { Message } from '../message/message.ts'
import { fieldValue, readMessage } from '../message/message.ts'
import { knownDelivery, requestOf } from '../service/bounces/judge-bounce.ts'
import { aliasesOf, recipientDirectory } from '../service/directory.ts'
import { askedFor, returnPathOf, signingDomainOf } from '../service/reports/send-report.ts'
import { returnedMaxAgeSeconds } from '../service/settings.ts'
import { loadBounceKeys } from '../sign/bounce-keys.ts'
import { openStoreBeside } from '../store/open-store.ts'
import type { DeliveryHistory, StoredMessageWithOctets } from '../store/records.ts'
import type { Store } from '../store/store.ts'

export interface BounceQuestion {
  readonly message: Message
  /** MAIL FROM of its transaction; reports have the null one. */
  readonly reversePath: string
  /** RCPT TO; undefined: the first bounce address in the To field. */
  readonly forwardPath?: string
  readonly config: RelayConfig
  readonly lookup: TxtLookup
  /** Unix seconds. */
  readonly nowSeconds: number
}

export interface BounceAnswer {
  readonly findings: ReportFindings
  /** Why something could not be found out on this machine. */
  readonly remarks: readonly string[]
}

/** Finds out all that it can; nothing is changed. @throws KeyError, StoreError */
export async function bounceFindings(question: BounceQuestion): Promise<BounceAnswer> {
  const { message, reversePath, lookup, nowSeconds, config } = question
  const reading = await readReport(message)
  const bounce = classifyBounce(message, reversePath, reading)
  const forwardPath = question.forwardPath ?? addressedTo(message, config)
  const { address, remarks } = await judgeAddress(forwardPath, question)
  const envelope = forwardPath === undefined ? {} : { envelope: { reversePath, forwardPaths: [forwardPath] } }
  const verdict = await verifyChain(message, { ...envelope, lookup, nowSeconds })
  if (!('report' in bounce)) return { findings: { bounce, address, verdict }, remarks }
  const { report } = bounce
  const returned =
    report.returned &&
    (await verifyReturned(report.returned, {
      lookup,
      nowSeconds,
      maxAgeSeconds: returnedMaxAgeSeconds(config),
    }))
  const found = { bounce, address, verdict, returned }
  if (address?.kind !== 'genuine') return { findings: found, remarks }
  const stored = await readStored(address, config)
  if (stored === 'no database') {
    const remark = `${databaseFile(config)}: no database; what the address stands for is not known here`
    return { findings: found, remarks: [...remarks, remark] }
  }
  const delivery = stored && knownDelivery(stored.delivery)
  const mark = stored?.delivery.dsn
  const isRepeated = (mark === 'sent' || mark === 'counted') && bounce.kind === 'failed'
  const judged = authenticateReport({ verdict, returned, delivery, isRepeated }, config.bounces)
  const unwanted = stored && whyNotPassedOn(bounce.kind, requestOf(stored.delivery))
  const next = stored && (await wouldSend(report, returned?.state === 'pass', stored, question))
  return { findings: { ...found, delivery, judged, unwanted, ...next }, remarks }
}

/** The first bounce address of an own domain that the To field names. */
function addressedTo(message: Message, config: RelayConfig): string | undefined {
  const aliases = aliasesOf(config)
  const values = message.fields.filter(({ name }) => name.toLowerCase() === 'to').map(fieldValue)
  const addresses = values.flatMap(value => value.match(/[^\s<>,;:"()]+@[^\s<>,;:"()]+/g) ?? [])
  return addresses.find(address => {
    const mailbox = parseMailbox(address)
    return mailbox && isBounceLocalPart(mailbox.localPart) && aliases.isOwnDomain(mailbox.domain)
  })
}

async function judgeAddress(
  forwardPath: string | undefined,
  { config, nowSeconds }: BounceQuestion,
): Promise<{ address: ReportFindings['address']; remarks: readonly string[] }> {
  const mailbox = forwardPath === undefined ? undefined : parseMailbox(forwardPath)
  const aliases = aliasesOf(config)
  if (!mailbox || !aliases.isOwnDomain(mailbox.domain)) return { address: undefined, remarks: [] }
  const { current, earlier } = await loadBounceKeys(config.keysDirectory)
  if (current === undefined) {
    const remark = `${config.keysDirectory}: holds no key of bounce addresses; the address is not judged`
    return { address: undefined, remarks: [remark] }
  }
  const keys = [current, ...earlier.map(({ key }) => key)].map(key => createSecretKey(key))
  const directory = recipientDirectory(
    config,
    aliases,
    () => keys,
    () => nowSeconds * 1000,
  )
  return { address: directory.readBounce(mailbox), remarks: [] }
}

/** What the database knows of a delivery. */
interface Stored {
  readonly failed: StoredMessageWithOctets
  readonly delivery: DeliveryHistory
  /** It is a copy for a subscriber, whose list counts failures. */
  readonly isCounted: boolean
}

async function readStored(
  { queueId, ordinal }: { readonly queueId: string; readonly ordinal: number },
  config: RelayConfig,
): Promise<Stored | undefined | 'no database'> {
  const file = databaseFile(config)
  if (!existsSync(file)) return 'no database'
  const store = await openStoreBeside(file, 'read')
  try {
    const failed = await store.message(queueId)
    const history = await store.showMessage(queueId)
    const delivery = history?.deliveries.find(one => one.ordinal === ordinal)
    return failed && delivery && { failed, delivery, isCounted: await isCounted(store, delivery) }
  } finally {
    await store.close()
  }
}

async function isCounted(store: Store, { subscriberId }: DeliveryHistory): Promise<boolean> {
  const subscriber = subscriberId === null ? undefined : await store.subscriberById(subscriberId)
  if (subscriber === undefined) return subscriberId !== null
  const list = (await store.lists()).find(one => one.id === subscriber.listId)
  const reading = readListSettings(list?.settings)
  return reading.kind === 'wrong' || reading.settings.bounces === 'count'
}

/** The report of ours that would go to the previous hop, and where. */
async function wouldSend(
  report: Report,
  isVerified: boolean,
  { failed, delivery, isCounted }: Stored,
  question: BounceQuestion,
): Promise<Pick<ReportFindings, 'target' | 'rebuilt' | 'composed'>> {
  if (isCounted) return { target: { kind: 'none', reason: 'it counts on the subscriber of the list' } }
  const target = returnPathOf(failed)
  if (target.kind === 'none') return { target }
  const { config, nowSeconds } = question
  const to = target.forwardPath
  const domain = signingDomainOf(failed, delivery.recipient, aliasesOf(config))
  const nextHops = delivery.log.map(attempt => attempt.nextHop)
  const { envelopeId, originalRecipient, returns } = askedFor(failed, delivery.recipient)
  const asked = [envelopeId, originalRecipient]
  const privacy = privacyOf({ delivery, nextHops, ownNames: [config.hostname, domain], to, asked })
  const original = failed.octets === null ? undefined : readMessage(failed.octets)
  const rebuilt = rebuild({ stored: original, returned: report.returned, isVerified })
  const composed = await composeReturn({
    frame: {
      ...previewNames,
      messageId: `${previewNames.queueId}.report@${domain}`,
      reportingMta: config.hostname,
      from: `postmaster@${domain}`,
      to,
      arrivedAtMilliseconds: failed.receivedAt,
      composedAtMilliseconds: nowSeconds * 1000,
      originalEnvelopeId: envelopeId,
      returnBodyMaxBytes: config.bounces.returnBodyMaxBytes,
    },
    recipients: [rewriteRecipients(report, delivery, privacy, originalRecipient)],
    headerOnly: returns === 'hdrs',
    rebuilt,
    privacy,
    original,
  })
  return { target, rebuilt, composed }
}

/** What a real report has by chance. */
const previewNames = { boundary: 'preview', queueId: 'preview' }
