/** What the stages about lists are told from outside. */
import { addressKey } from '../../lists/list-address.ts'
import type { RequestCommand } from '../../record/command-record.ts'
import type { AskedOfList } from '../commands/command-judge.ts'
import type { CommandDependencies } from '../commands/judge-command.ts'
import { countedAs } from '../commands/judge-command.ts'
import { isCarriable } from '../directory.ts'
import type { JudgingDependencies } from '../judging-dependencies.ts'
import { keepUntil } from '../keep-until.ts'
import type { CountedRequest } from '../kinds.ts'
import type { PathDependencies } from '../path-dependencies.ts'
import type { CountDependencies } from './count-failures.ts'
import type { ListDesk } from './list-desk.ts'
import type { CareDependencies } from './subscriber-care.ts'

const dayMilliseconds = 86_400_000
/** Who only claims to be a subscriber makes the list write to that subscriber at most once a day. */
const unvouchedPerAddress = 1

/** What the judgement of commands needs to know, at this moment. */
export function commandDependencies(dependencies: JudgingDependencies): CommandDependencies {
  return {
    lists: dependencies.lists.table,
    store: dependencies.store,
    tokenKeys: dependencies.tokenKeys,
    nowMilliseconds: dependencies.clock(),
    isCarriable: address => isCarriable(dependencies.config, address),
  }
}

/** A request as it is stored, with the limits that it is counted against. */
export function countedRequest(
  asked: AskedOfList,
  { listId, isVouched }: RequestCommand,
  settings: PathDependencies['config']['lists'],
): CountedRequest {
  const { what: kind, address, network, at } = asked
  const { requestsPerAddress, requestsPerNetwork: perNetwork, requestsPerList: perList } = settings
  return {
    request: {
      listId,
      kind,
      address,
      addressKey: addressKey(address),
      countedAs: countedAs(address, isVouched),
      network,
      createdAt: at,
      expiresAt: at + settings.confirmWithinSeconds * 1000,
    },
    limits: {
      since: at - dayMilliseconds,
      perAddress: isVouched ? requestsPerAddress : Math.min(requestsPerAddress, unvouchedPerAddress),
      perNetwork,
      perList,
    },
  }
}

/** What the counting of failures needs to know, at this moment. */
export function countDependencies(dependencies: PathDependencies): CountDependencies {
  return {
    store: dependencies.store,
    lists: dependencies.lists.table,
    log: dependencies.log,
    clock: () => dependencies.clock(),
    keepUntil: milliseconds => keepUntil(dependencies, milliseconds),
  }
}

/** What looking after subscribers needs. */
export function careDependencies(
  dependencies: PathDependencies,
  sendNotice: CareDependencies['sendNotice'],
): CareDependencies {
  const { store, lists, log, clock } = dependencies
  return { store, lists: lists.table, log, clock, sendNotice }
}

/** Where requests are dealt with. */
export function listDesk(dependencies: PathDependencies, sendNotice: ListDesk['sendNotice']): ListDesk {
  const { lists, http } = dependencies.config
  return {
    store: dependencies.store,
    tokenKeys: dependencies.tokenKeys,
    confirmMilliseconds: lists.confirmWithinSeconds * 1000,
    decideMilliseconds: lists.decideWithinSeconds * 1000,
    ownPageMilliseconds: lists.unsubscribeLinkSeconds * 1000,
    publicUrl: http?.publicUrl,
    clock: () => dependencies.clock(),
    sendNotice,
  }
}
