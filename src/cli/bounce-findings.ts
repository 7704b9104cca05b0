/**
 * What a relay with this configuration would find out about a message to one of its bounce addresses: judged and composed by the
 * functions of the service, with a database that is only read and a key that is never made; nothing is sent.
 */
import { createSecretKey } from 'node:crypto'
import { existsSync } from 'node:fs'
import { isBounceLocalPart } from '../bounce/bounce-address.ts'
import type { ReportFindings } from '../bounce/explain-report.ts'
import { storePlace } from '../config/folders.ts'
import type { RelayConfig } from '../config/schema.ts'
import type { TxtLookup } from '../dkim2/index.ts'
import { verifyChain } from '../dkim2/index.ts'
import { parseMailbox } from '../message/mailbox.ts'
import type { Message } from '../message/message.ts'
import { fieldValue } from '../message/message.ts'
import type { BounceRecord, DeliveryName } from '../record/bounce-record.ts'
import type { ArrivedBounce } from '../service/bounces/judge-bounce.ts'
import { examineBounce, readBounce } from '../service/bounces/judge-bounce.ts'
import { composeOnward } from '../service/bounces/pass-bounce-on.ts'
import { aliasesOf, recipientDirectory } from '../service/directory.ts'
import { countedCopy } from '../service/lists/count-failures.ts'
import { readTable } from '../service/lists/list-watch.ts'
import { bounceDependencies } from '../service/session-dependencies.ts'
import { loadBounceKeys } from '../sign/bounce-keys.ts'
import { openStoreBeside } from '../store/open-store.ts'
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
  const forwardPath = question.forwardPath ?? addressedTo(message, config)
  const { address, remarks } = await judgeAddress(forwardPath, question)
  const envelope = forwardPath === undefined ? {} : { envelope: { reversePath, forwardPaths: [forwardPath] } }
  const verdict = await verifyChain(message, { ...envelope, lookup, nowSeconds })
  const arrived = { message, reversePath, verdict }
  if (address?.kind !== 'genuine') {
    return { findings: { address, verdict, ...(await readUnknown(arrived, question)) }, remarks }
  }
  const place = storePlace(config)
  if (typeof place === 'string' && !existsSync(place)) {
    const remark = `${place}: no database; what the address stands for is not known here`
    const findings = { address, verdict, ...(await readUnknown(arrived, question)) }
    return { findings, remarks: [...remarks, remark] }
  }
  const store = await openStoreBeside(place, 'read')
  try {
    return { findings: { address, verdict, ...(await findIn(store, arrived, address, question)) }, remarks }
  } finally {
    await store.close()
  }
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

/** What the message itself tells: nothing is known of the delivery. */
async function readUnknown(arrived: ArrivedBounce, question: BounceQuestion) {
  return await readBounce(arrived, undefined, judging({ delivery: async () => undefined }, question))
}

function judging(store: Pick<Store, 'delivery'>, { config, nowSeconds, lookup }: BounceQuestion) {
  return bounceDependencies({ config, store, clock: () => nowSeconds * 1000 }, { lookup })
}

async function findIn(
  store: Store,
  arrived: ArrivedBounce,
  { queueId, ordinal }: DeliveryName,
  question: BounceQuestion,
): Promise<Omit<ReportFindings, 'address' | 'verdict'>> {
  const { judgement, ...found } = await examineBounce(arrived, { queueId, ordinal }, judging(store, question))
  if (judgement.kind !== 'pass-on') return found
  return { ...found, ...(await wouldSend(store, arrived.message, judgement.bounce, question)) }
}

/** The report of ours that would go to the previous hop, and where. */
async function wouldSend(
  store: Store,
  message: Message,
  bounce: BounceRecord,
  { config, nowSeconds }: BounceQuestion,
): Promise<Pick<ReportFindings, 'target' | 'rebuilt' | 'composed'>> {
  const { table } = readTable(await store.lists())
  if ((await countedCopy(bounce, { store, lists: table })) !== undefined) {
    return { target: { kind: 'none', reason: 'it counts on the subscriber of the list' } }
  }
  const onward = await composeOnward(
    { message, bounce },
    {
      store,
      hostname: config.hostname,
      returnBodyMaxBytes: config.bounces.returnBodyMaxBytes,
      isOwnDomain: domain => aliasesOf(config).isOwnDomain(domain),
      clock: () => nowSeconds * 1000,
      // What a real report has by chance.
      random: octets => Buffer.alloc(octets),
      nextQueueId: () => 'preview',
    },
  )
  if (onward.kind === 'none') return { target: onward }
  const { frame, rebuilt, composed } = onward
  return { target: { kind: 'send', forwardPath: frame.to }, rebuilt, composed }
}
