/** Mailing lists, their subscribers, and the posts that wait for an owner. */
import { z } from 'zod'
import {
  address,
  addresses,
  cursor,
  flag,
  listOf,
  maybe,
  named,
  octets,
  orNull,
  pageLimit,
  text,
  time,
  whole,
} from './fields.ts'
import { operation } from './operation.ts'

const counts = z.object({ active: whole, suspended: whole })
const settings = z.record(z.string(), z.unknown()).describe('docs/list-settings.md has them.')

const line = {
  address: text,
  title: text,
  createdAt: time,
  subscribers: counts,
}
const listLine = named('List', z.object(line))
const listReport = { ...line, settings }

const subscriber = named(
  'Subscriber',
  z.object({
    address: text,
    state: text,
    subscribedAt: time,
    suspendedAt: orNull(time),
    suspendedBy: orNull(text),
    reason: orNull(text),
    bounceScore: z.number(),
    bouncedAt: orNull(time),
    probes: whole,
    probeDueAt: orNull(time),
  }),
)

const heldPost = named(
  'HeldPost',
  z.object({
    post: whole,
    list: text,
    queueId: text,
    heldAt: time,
    from: text,
    reversePath: text,
    subject: text,
    reason: orNull(text),
  }),
)

export const peopleActions = ['subscribe', 'unsubscribe', 'suspend', 'resume'] as const
export type PeopleAction = (typeof peopleActions)[number]

export const postActions = ['approve', 'reject'] as const

const list = address.describe('The address of the list.')
const reason = z.string().max(1_000)

/** Settings that one request gives by name. */
const maxAssignments = 100
/** The longest setting is a footer of 10,000 characters. */
const maxAssignment = 20_000

export const listOperations = {
  lists: operation({
    method: 'get',
    path: '/lists',
    scope: 'read',
    summary: 'The lists, in the order of their addresses.',
    body: 'none',
    asked: z.strictObject({
      limit: pageLimit(100),
      after: maybe(address.describe('`next` of the page before.')),
    }),
    answer: z.object({ lists: listOf(listLine), next: orNull(text) }),
  }),
  showList: operation({
    method: 'get',
    path: '/lists/{list}',
    scope: 'read',
    summary: 'A list with its settings, and its subscribers whose mail fails.',
    body: 'none',
    asked: z.strictObject({ list, limit: pageLimit(50).describe('How many of those whose mail fails.') }),
    answer: z.object({ ...listReport, failing: listOf(subscriber) }),
  }),
  createList: operation({
    method: 'post',
    path: '/lists',
    scope: 'lists',
    summary: 'Makes a list; its domain is one of the configuration.',
    body: 'json',
    asked: z.strictObject({ address: list, settings }),
    logged: ['address'],
    answer: z.object({ address: text, settings }),
  }),
  changeList: operation({
    method: 'patch',
    path: '/lists/{list}',
    scope: 'lists',
    summary: 'Changes settings of a list; those that are not named stay as they are.',
    body: 'json',
    asked: z.strictObject({
      list,
      settings: maybe(settings.describe('As a JSON merge patch (RFC 7396): null takes the default back.')),
      set: maybe(
        z
          .array(z.string().max(maxAssignment))
          .max(maxAssignments)
          .readonly()
          .describe('The same as `name=value`, as the command `lists set` has them.'),
      ),
    }),
    answer: z.object(listReport),
  }),
  deleteList: operation({
    method: 'delete',
    path: '/lists/{list}',
    scope: 'lists',
    summary: 'Removes a list with all its subscribers.',
    body: 'none',
    asked: z.strictObject({ list }),
    answer: z.object({ address: text, subscribers: whole }),
  }),
  listSubscribers: operation({
    method: 'get',
    path: '/lists/{list}/subscribers',
    scope: 'read',
    summary: 'The subscribers of a list, the first to come first.',
    body: 'none',
    asked: z.strictObject({
      list,
      state: maybe(z.enum(['active', 'suspended'])),
      limit: pageLimit(100),
      after: maybe(cursor.describe('`next` of the page before.')),
    }),
    answer: z.object({ subscribers: listOf(subscriber), next: orNull(text) }),
  }),
  showSubscriber: operation({
    method: 'get',
    path: '/lists/{list}/subscribers/{subscriber}',
    scope: 'read',
    summary: 'One subscriber.',
    body: 'none',
    asked: z.strictObject({ list, subscriber: address }),
    answer: subscriber,
  }),
  changeSubscribers: operation({
    method: 'post',
    path: '/lists/{list}/subscribers',
    scope: 'lists',
    summary:
      'Subscribes, unsubscribes, suspends or resumes people, without asking them: all that are named, or none.',
    body: 'json',
    asked: z.strictObject({
      list,
      action: z.enum(peopleActions),
      addresses,
      reason: maybe(reason.describe('Of `suspend`: why.')),
    }),
    logged: ['action', 'addresses'],
    answer: z.object({ results: listOf(z.object({ address: text, done: z.boolean(), result: text })) }),
  }),
  importSubscribers: operation({
    method: 'post',
    path: '/lists/{list}/import',
    scope: 'lists',
    summary: 'Subscribes the addresses of a CSV file, without asking them.',
    body: 'octets',
    asked: z.strictObject({
      list,
      skipBad: maybe(flag.describe('Import the rest when lines are wrong; without it nothing is.')),
      dryRun: maybe(flag.describe('Only say what is wrong.')),
      octets,
    }),
    logged: ['skipBad', 'dryRun'],
    answer: z.object({
      added: whole,
      present: whole.describe('Were subscribed before.'),
      repeated: whole.describe('Stood in the file more than once.'),
      bad: listOf(z.object({ line: whole, problem: text })),
      isWhole: z.boolean().describe('False: the file cannot be read to its end.'),
      imported: z.boolean().describe('False: nothing was changed.'),
    }),
  }),
  heldPosts: operation({
    method: 'get',
    path: '/held-posts',
    scope: 'read',
    summary: 'The posts that wait for an owner, oldest first.',
    body: 'none',
    asked: z.strictObject({
      list: maybe(list),
      limit: pageLimit(100),
      after: maybe(cursor.describe('`next` of the page before.')),
    }),
    answer: z.object({ posts: listOf(heldPost), next: orNull(text) }),
  }),
  decidePosts: operation({
    method: 'post',
    path: '/held-posts',
    scope: 'lists',
    summary: 'Sends held posts to their lists, or rejects them: all that are named, or none.',
    body: 'json',
    asked: z.strictObject({
      action: z.enum(postActions),
      posts: z.array(z.int().min(1)).min(1).max(500).readonly(),
      reason: maybe(reason.describe('Of `reject`: why, for the author.')),
      silent: maybe(z.boolean().describe('Of `reject`: the author does not hear of it.')),
    }),
    logged: ['action', 'posts'],
    answer: z.object({ results: listOf(z.object({ post: whole, done: z.boolean(), result: text })) }),
  }),
}
