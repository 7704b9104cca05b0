/** The entries of the table of requests (requests.ts) that are about mailing lists (subscribers, commands, failures, posts) and aliases. */
import { aliasEntries } from './alias-entries.ts'
import { answerOf } from './answers.ts'
import { change, codedChange, decodedQuestion, encodedChange, question, type Table } from './entry.ts'
import * as failures from './failed-copies.ts'
import * as news from './list-news.ts'
import * as listRequests from './list-requests.ts'
import * as lists from './lists.ts'
import { changeWithMail, deliveryRows, messageRow, plannedDeliveries } from './planned.ts'
import * as posts from './posts.ts'
import * as subscribers from './subscribers.ts'

export const listEntries = {
  listsVersion: question(lists.listsVersion),
  lists: decodedQuestion(lists.lists, answerOf.lists),
  list: decodedQuestion(lists.list, answerOf.list),
  subscribers: question(subscribers.subscribers),
  subscriber: question(subscribers.subscriber),
  subscriberById: question(subscribers.subscriberById),
  hasLeft: question(subscribers.hasLeft),
  failingSubscribers: question(subscribers.failingSubscribers),
  subscriberCounts: question(subscribers.subscriberCounts),
  listRequest: question(listRequests.listRequest),
  createList: encodedChange(lists.createList, (_, list) => [lists.listInsert(list)]),
  changeList: encodedChange(lists.changeList, (_, listId, settings, seenVersion) => [
    listId,
    JSON.stringify(settings),
    seenVersion ?? null,
  ]),
  deleteList: change(lists.deleteList),
  subscribe: change(subscribers.subscribe),
  unsubscribe: change(subscribers.unsubscribe),
  removeSubscribers: change(subscribers.removeSubscribers),
  removeSubscriber: change(subscribers.removeSubscriber),
  suspendSubscribers: change(subscribers.suspendSubscribers),
  resumeSubscribers: change(subscribers.resumeSubscribers),
  spoolRequest: encodedChange(listRequests.spoolRequest, (blobs, message, request, limits) => [
    messageRow(blobs, message),
    request,
    limits,
  ]),
  carryOut: codedChange(
    listRequests.carryOut,
    (blobs, order, notice) => [
      order,
      notice === undefined ? null : messageRow(blobs, notice.message),
      deliveryRows(blobs, notice?.deliveries ?? []),
    ],
    ({ isDone, ids }, _, notice) => ({
      isDone,
      deliveries:
        notice === undefined ? [] : plannedDeliveries(notice.message.queueId, notice.deliveries, ids),
    }),
  ),
  pruneRequests: change(listRequests.pruneRequests),

  failedCopies: question(failures.failedCopies),
  failuresLeft: question(failures.failuresLeft),
  probesDue: question(failures.probesDue),
  untoldNews: question(news.untoldNews),
  listNews: question(news.listNews),
  countFailures: change(failures.countFailures),
  countBounce: change(failures.countBounce),
  noteUnread: change(failures.noteUnread),
  changeSubscriber: change(failures.changeSubscriber),
  spoolProbe: changeWithMail(failures.spoolProbe),
  spoolNews: changeWithMail(news.spoolNews),

  post: question(posts.post),
  postsOf: question(posts.postsOf),
  openPosts: question(posts.openPosts),
  heldPosts: question(posts.heldPosts),
  hasMessageId: question(posts.hasMessageId),
  postsTold: question(posts.postsTold),
  postOctets: decodedQuestion(posts.postOctets, answerOf.postOctets),
  approvePost: change(posts.approvePost),
  rejectPost: change(posts.rejectPost),
  planPosts: codedChange(
    posts.planPosts,
    (blobs, queueId, planned, ofMessage, outcome) => [
      queueId,
      deliveryRows(blobs, planned),
      ofMessage,
      outcome,
    ],
    (answer, queueId, planned) => ({
      deliveries: plannedDeliveries(queueId, planned, answer.ids),
      posts: answer.posts,
    }),
  ),
  revisePost: encodedChange(posts.revisePost, (blobs, { octets: bytes, ...revision }) => {
    const octets = { bytes }
    blobs.push(octets)
    return [{ ...revision, octets }]
  }),
  planCopies: codedChange(
    posts.planCopies,
    (blobs, page, planned) => [page, deliveryRows(blobs, planned)],
    (ids, { queueId }, planned) => ids && plannedDeliveries(queueId, planned, ids),
  ),
  endPost: change(posts.endPost),

  ...aliasEntries,
} satisfies Partial<Table>
