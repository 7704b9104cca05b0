/**
 * What this relay would do with a message, found out by the functions that it would do it with: the session, the judgement, expansion, the
 * revisions of lists and the signatures. Nothing is written, sent or changed.
 */
import type { Admitted } from '../../admit/admit.ts'
import { isAsciiText } from '../../message/header-field.ts'
import type { Received } from '../../receive/received.ts'
import type { Peer } from '../../record/peer.ts'
import type { RecipientRole } from '../../record/recipient-role.ts'
import type { SmtpReply } from '../../smtp/reply.ts'
import type { NewMessage } from '../../store/records.ts'
import { accept } from '../accept.ts'
import { refusalOfSize } from '../domain-limits.ts'
import { forward } from '../forward/forward.ts'
import { judgeSender, judgeTransaction } from '../judge-envelope.ts'
import { withinTime } from '../judgement-time.ts'
import { judgesOf } from '../judges.ts'
import { keepUntil } from '../keep-until.ts'
import { outgoingMessage, withoutFields } from '../outgoing.ts'
import { admitDependencies, lookUpsOf } from '../session-dependencies.ts'
import type { PreviewDependencies } from './preview-dependencies.ts'
import type { PreviewedCopy } from './previewed-copy.ts'
import { previewCopy } from './previewed-copy.ts'
import type { PreviewedPost } from './previewed-post.ts'
import { previewPost } from './previewed-post.ts'
import { shapeFault } from './shape-fault.ts'

/** A message as a client would hand it over. */
export interface PreviewedTransaction {
  readonly queueId: string
  readonly peer: Peer
  readonly listener: string
  /** The client is in the trusted networks of the listener. */
  readonly trusted: boolean
  /** Without angle brackets; '' is the null reverse-path. */
  readonly reversePath: string
  readonly forwardPaths: readonly string[]
  readonly octets: Buffer
}

/** A command of the session with the reply to it. `DATA` is the end of the message. */
export interface PreviewedReply {
  readonly command: 'MAIL' | 'RCPT' | 'DATA'
  /** '' for DATA. */
  readonly path: string
  readonly reply: SmtpReply
}

export interface Preview {
  /** In the order of the session, which ends with the first refusal of MAIL, or where no recipient was left. */
  readonly replies: readonly PreviewedReply[]
  /** Absent where the message is refused. */
  readonly taken?: PreviewedTaking
  /** What of the session has its own memory, or is another program: asking would leave traces there. */
  readonly notAsked: readonly ('rates' | 'filter')[]
}

export interface PreviewedTaking {
  /** As it would be stored. */
  readonly message: NewMessage
  readonly admitted: Admitted
  readonly copies: readonly PreviewedCopy[]
  readonly posts: readonly PreviewedPost[]
}

/** @param maxCopies how many copies of a post are made, for its first subscribers */
export async function preview(
  transaction: PreviewedTransaction,
  dependencies: PreviewDependencies,
  maxCopies: number,
): Promise<Preview> {
  const { replies, recipients } = judgeEnvelope(transaction, dependencies)
  const notAsked = gatesOf(dependencies)
  if (recipients.length === 0) return { replies, notAsked }
  const fault = shapeFault(transaction.octets, dependencies.config.limits.maxMessageBytes)
  if (fault !== undefined) return { replies: [...replies, atEnd(fault)], notAsked }
  const received = receivedOf(transaction, recipients, dependencies)
  const { reply, spooled } = await judgeMessage(received, dependencies)
  const all = [...replies, atEnd(reply)]
  return spooled === undefined
    ? { replies: all, notAsked }
    : { replies: all, taken: await carryOut(spooled, dependencies, maxCopies), notAsked }
}

function gatesOf({ config }: PreviewDependencies): Preview['notAsked'] {
  const { networks, senderDomains, aliases } = config.rates
  const isLimited = [networks, senderDomains, aliases].some(limits => Object.keys(limits).length > 0)
  return [...(isLimited ? (['rates'] as const) : []), ...(config.filter ? (['filter'] as const) : [])]
}

function atEnd(reply: SmtpReply): PreviewedReply {
  return { command: 'DATA', path: '', reply }
}

const ok: SmtpReply = { code: 250, enhanced: '2.1.0', text: 'OK' }

interface Recipient {
  readonly path: string
  readonly role: RecipientRole
}

function judgeEnvelope(
  { reversePath, forwardPaths, trusted }: PreviewedTransaction,
  { directory }: PreviewDependencies,
): { readonly replies: readonly PreviewedReply[]; readonly recipients: readonly Recipient[] } {
  const refused = judgeSender(reversePath, directory)
  const replies: PreviewedReply[] = [{ command: 'MAIL', path: reversePath, reply: refused ?? ok }]
  const recipients: Recipient[] = []
  for (const path of refused === undefined ? forwardPaths : []) {
    const transaction = { reversePath, trusted, roles: recipients.map(({ role }) => role) }
    const verdict = judgeTransaction(path, transaction, directory)
    const reply = verdict.kind === 'refused' ? verdict.reply : { ...ok, enhanced: '2.1.5' }
    replies.push({ command: 'RCPT', path, reply })
    if (verdict.kind === 'accepted' && !recipients.some(one => one.path === path))
      recipients.push({ path, role: verdict.role })
  }
  return { replies, recipients }
}

function receivedOf(
  { queueId, peer, listener, trusted, reversePath, octets }: PreviewedTransaction,
  recipients: readonly Recipient[],
  { clock }: PreviewDependencies,
): Received {
  const forwardPaths = recipients.map(({ path }) => path)
  const smtpUtf8 = [reversePath, ...forwardPaths].some(path => !isAsciiText(path))
  const envelope = { reversePath, forwardPaths, smtpUtf8 }
  const roles = recipients.map(({ role }) => role)
  return { queueId, receivedAtMilliseconds: clock(), listener, peer, envelope, roles, octets, trusted }
}

interface Spooled {
  readonly message: NewMessage
  readonly admitted: Admitted
}

/** The client of a preview never goes. */
const stays = new AbortController().signal

async function judgeMessage(
  received: Received,
  dependencies: PreviewDependencies,
): Promise<{ readonly reply: SmtpReply; readonly spooled: Spooled | undefined }> {
  const spooled: Spooled[] = []
  const judges = judgesOf(dependencies)
  const { config, store, log } = dependencies
  const tooBig = refusalOfSize(received, config)
  if (tooBig !== undefined) return { reply: tooBig, spooled: undefined }
  const reply = await withinTime(config.limits.judgementTimeoutSeconds * 1000, stays, ends => {
    const lookUps = lookUpsOf(dependencies, ends)
    return accept(received, {
      store,
      log,
      gone: stays,
      recipientsPerDay: config.submission.recipientsPerDay,
      keepUntil: milliseconds => keepUntil(dependencies, milliseconds),
      verdict: () => undefined,
      admitDependencies: () => admitDependencies(dependencies, lookUps, ends),
      countDmarc: () => {},
      judge: (admitted, log) =>
        judges[received.roles[0]?.kind ?? 'originate'].judge(admitted, { log, lookUps }),
      // Nothing is sent, to a filter neither.
      filter: async admitted => ({ kind: 'passed', admitted }),
      spooled: (message, admitted) => void spooled.push({ message, admitted }),
    })
  })
  return { reply, spooled: spooled[0] }
}

async function carryOut(
  { message: stored, admitted }: Spooled,
  dependencies: PreviewDependencies,
  maxCopies: number,
): Promise<PreviewedTaking> {
  const taken = { message: stored, admitted, copies: [], posts: [] }
  if ('next' in stored.record) return taken
  const { queueId, removed, prepend } = stored
  const { record, received } = admitted
  const message = withoutFields(admitted.message, removed)
  const { envelope, octets } = received
  const spooled = { queueId, envelope, record, message, prepend, sizeBytes: octets.length }
  const { planned, stored: posts, withoutHop } = await forward(spooled, dependencies)
  const { chunks, tlsRequired } = outgoingMessage({ ...stored, message: admitted.message, admission: record })
  const source = { content: Buffer.concat(chunks), record, withoutHop, tlsRequired }
  const copies: PreviewedCopy[] = []
  for (const delivery of planned) copies.push(await previewCopy(delivery, source, dependencies))
  const post = { message, record, prepend, reversePath: envelope.reversePath, tlsRequired }
  const previewed: PreviewedPost[] = []
  for (const one of posts) previewed.push(await previewPost(one, post, dependencies, maxCopies))
  return { ...taken, copies, posts: previewed }
}
