/** lists held | approve | reject: posts that wait for an owner. */
import type { Command } from 'commander'
import type { RelayConfig } from '../../config/schema.ts'
import { isoTime } from '../../hoplog/record.ts'
import { rejectionOf } from '../../lists/post-decision.ts'
import { fieldValue, lowerAscii, readMessage } from '../../message/message.ts'
import { oneLine, printable } from '../../message/printable.ts'
import { keptUntil } from '../../service/settings.ts'
import type { StoredPost } from '../../store/post-records.ts'
import type { OperatorChange, Store } from '../../store/store.ts'
import { withStore } from '../database.ts'
import type { ConfigOption, JsonOption } from '../options.ts'
import { positiveNumber, withConfig, withJson } from '../options.ts'
import type { Finish, Terminal } from '../terminal.ts'
import { jsonText, tableText } from '../terminal.ts'
import { findList } from './find-list.ts'

interface HeldOptions extends ConfigOption, JsonOption {
  readonly limit: number
}

interface RejectOptions extends ConfigOption, JsonOption {
  readonly reason?: string
  readonly silent?: true
}

/** Adds the three commands. */
export function addHeldPosts(lists: Command, terminal: Terminal, finish: Finish): void {
  withJson(withConfig(lists.command('held')))
    .description('list the posts that wait for an owner, oldest first')
    .argument('[list]')
    .option('--limit <number>', 'how many', positiveNumber, 50)
    .action(async (address: string | undefined, options: HeldOptions) => {
      const held = await withStore(options.config, 'read', store =>
        heldReports(store, address, options.limit),
      )
      terminal.out(options.json ? jsonText(held) : heldText(held))
      finish(0)
    })
  withJson(withConfig(lists.command('approve')))
    .description('send held posts to their lists')
    .argument('<number...>', 'as lists held shows them', collectNumber)
    .action(async (posts: number[], options: ConfigOption & JsonOption) =>
      report(await decide(posts, options, approval), options, terminal, finish),
    )
  withJson(withConfig(lists.command('reject')))
    .description('reject held posts; their authors are told')
    .argument('<number...>', 'as lists held shows them', collectNumber)
    .option('--reason <text>', 'why, for the author')
    .option('--silent', 'the author does not hear of it')
    .action(async (posts: number[], options: RejectOptions) =>
      report(await decide(posts, options, rejection(options, terminal)), options, terminal, finish),
    )
}

function collectNumber(text: string, before: readonly number[] = []): number[] {
  return [...before, positiveNumber(text)]
}

interface HeldReport {
  readonly post: number
  readonly list: string
  readonly queueId: string
  readonly heldAt: string
  readonly from: string
  readonly reversePath: string
  readonly subject: string
  readonly reason: string | null
}

async function heldReports(store: Store, address: string | undefined, limit: number): Promise<HeldReport[]> {
  const list = address === undefined ? {} : { listId: (await findList(store, address)).id }
  const reports: HeldReport[] = []
  for (const post of await store.heldPosts({ ...list, limit })) reports.push(await heldReport(post, store))
  return reports
}

async function heldReport(post: StoredPost, store: Store): Promise<HeldReport> {
  const stored = await store.message(post.queueId)
  const { fields } = readMessage(stored?.octets ?? Buffer.alloc(0))
  const value = (name: string) => {
    const field = fields.find(one => lowerAscii(one.name) === name)
    return oneLine(field === undefined ? '' : fieldValue(field))
  }
  return {
    post: post.id,
    list: post.listAddress,
    queueId: post.queueId,
    heldAt: isoTime(post.createdAt),
    from: value('from'),
    reversePath: stored?.envelope.reversePath ?? '',
    subject: value('subject'),
    reason: post.reason,
  }
}

function heldText(held: readonly HeldReport[]): string {
  if (held.length === 0) return 'no post is held\n'
  const rows = held.map(({ post, list, heldAt, from, subject }) => [
    String(post),
    list,
    heldAt,
    printable(from),
    printable(subject),
  ])
  return tableText(['post', 'list', 'held at', 'from', 'subject'], rows)
}

interface Decision {
  /** What becomes of a post that was held. */
  readonly done: string
  change(
    post: Pick<StoredPost, 'id' | 'listAddress'>,
    config: RelayConfig,
  ): OperatorChange<'approvePost' | 'rejectPost'>
}

const approval: Decision = { done: 'approved', change: post => ['approvePost', post.id] }

function rejection({ reason = '', silent }: RejectOptions, terminal: Terminal): Decision {
  const change: Decision['change'] = ({ id, listAddress }, config) => {
    const at = terminal.clock()
    const times = { at, keepUntil: keptUntil(config, at) }
    const { failure, ...quiet } = rejectionOf(listAddress, oneLine(reason), times)
    const told = silent || failure === undefined ? quiet : { ...quiet, failure }
    return ['rejectPost', id, told]
  }
  return { done: 'rejected', change }
}

interface DecisionResult {
  readonly post: number
  readonly done: boolean
  readonly result: string
}

function decide(
  posts: readonly number[],
  { config }: ConfigOption,
  decision: Decision,
): Promise<DecisionResult[]> {
  return withStore(config, 'change', async (store, settings) => {
    const found = await Promise.all(posts.map(id => store.post(id)))
    const changes = posts.map((id, index) =>
      decision.change({ id, listAddress: found[index]?.listAddress ?? '' }, settings),
    )
    // All of them or none, and the relay sees them together.
    const answers = await store.together(changes)
    return Promise.all(posts.map(async (id, index) => resultOf(id, answers[index] === true, decision, store)))
  })
}

async function resultOf(
  id: number,
  done: boolean,
  decision: Decision,
  store: Store,
): Promise<DecisionResult> {
  if (done) return { post: id, done, result: decision.done }
  const post = await store.post(id)
  return { post: id, done, result: post === undefined ? 'no such post' : `not held, but ${post.state}` }
}

function report(
  results: readonly DecisionResult[],
  { json }: JsonOption,
  terminal: Terminal,
  finish: Finish,
): void {
  const text = results.map(({ post, result }) => `${post}: ${result}\n`).join('')
  terminal.out(json ? jsonText(results) : text)
  finish(results.every(({ done }) => done) ? 0 : 1)
}
