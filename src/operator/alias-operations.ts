/** Aliases: those of the configuration, of map files and of the database; the last can be changed. */
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
  texts,
  time,
  whole,
} from './fields.ts'
import { operation } from './operation.ts'

const shownSource = text.describe('`configuration`, `database`, or the name of a map file.')

const shownAlias = named(
  'Alias',
  z.object({
    alias: text,
    source: shownSource,
    inForce: z.boolean().describe('False: another source has an alias of this name and goes first.'),
    targets: texts,
    suspended: texts.describe('Targets that get no mail, because they refuse it for good.'),
  }),
)

const shownTarget = named(
  'AliasTarget',
  z.object({
    address: text,
    state: z.enum(['active', 'suspended']),
    failures: z.number().describe('Of those that count, what time has not taken off yet.'),
    suspendedAt: orNull(time),
    probes: whole.describe('Sent since it is suspended.'),
    nextProbeAt: orNull(time).describe('null: not suspended, or a probe is on its way.'),
    reason: orNull(text).describe('Of the last failure.'),
  }),
)

const changed = z.object({
  alias: text,
  targets: texts,
  remarks: texts.describe('What it leads to that is not there.'),
})

export const aliasOperations = {
  listAliases: operation({
    method: 'get',
    path: '/aliases',
    scope: 'read',
    summary: 'Aliases in the order of their names, wherever they stand.',
    body: 'none',
    asked: z.strictObject({
      text: maybe(address.describe('Only those that have this in them or in an address that they lead to.')),
      suspended: maybe(flag.describe('Only those with a suspended target.')),
      limit: pageLimit(100),
      after: maybe(z.string().max(1_100).describe('`next` of the page before.')),
    }),
    answer: z.object({
      aliases: listOf(shownAlias),
      total: whole.describe('Of all pages together.'),
      next: orNull(text),
    }),
  }),
  addAlias: operation({
    method: 'post',
    path: '/aliases',
    scope: 'aliases',
    summary: 'Makes an alias of the database, or lets one lead to more addresses.',
    body: 'json',
    asked: z.strictObject({ alias: address, targets: addresses }),
    logged: ['alias'],
    answer: changed,
  }),
  setAlias: operation({
    method: 'put',
    path: '/aliases/{alias}',
    scope: 'aliases',
    summary: 'Makes an alias of the database, or lets one lead to these addresses and no others.',
    body: 'json',
    asked: z.strictObject({ alias: address, targets: addresses }),
    answer: changed,
  }),
  removeAlias: operation({
    method: 'delete',
    path: '/aliases/{alias}',
    scope: 'aliases',
    summary: 'Removes an alias of the database, or some of the addresses that it leads to.',
    body: 'none',
    asked: z.strictObject({ alias: address, target: maybe(addresses) }),
    repeated: ['target'],
    answer: z.object({ alias: text, targets: texts.describe('What is left.') }),
  }),
  importAliases: operation({
    method: 'post',
    path: '/aliases/import',
    scope: 'aliases',
    summary: 'Sets the aliases of a map file, one a line; nothing is changed where a line is wrong.',
    body: 'octets',
    asked: z.strictObject({
      replace: maybe(flag.describe('Remove what is not in the file.')),
      dryRun: maybe(flag.describe('Only say what is wrong.')),
      octets,
    }),
    logged: ['replace', 'dryRun'],
    answer: z.object({
      added: whole,
      changed: whole,
      same: whole,
      removed: whole,
      bad: listOf(z.object({ line: whole, problem: text })),
      remarks: texts,
      imported: z.boolean(),
    }),
  }),
  exportAliases: operation({
    method: 'get',
    path: '/aliases/export',
    scope: 'read',
    summary: 'The aliases of the database in the order of their last changes, a page at a time.',
    body: 'none',
    asked: z.strictObject({ after: maybe(cursor), limit: pageLimit(500) }),
    answer: z.object({
      aliases: listOf(z.object({ localPart: text, domain: text, targets: orNull(text) })),
      next: orNull(text),
    }),
  }),
  showAlias: operation({
    method: 'get',
    path: '/aliases/{alias}',
    scope: 'read',
    summary: 'Where an alias leads, wherever it stands, and how the mail to each of these addresses fares.',
    body: 'none',
    asked: z.strictObject({ alias: address }),
    answer: z.object({ alias: text, source: shownSource, targets: listOf(shownTarget) }),
  }),
  resumeTargets: operation({
    method: 'post',
    path: '/aliases/targets/resume',
    scope: 'aliases',
    summary: 'Lets suspended addresses that aliases lead to get mail again, without waiting for a probe.',
    body: 'json',
    asked: z.strictObject({ addresses }),
    answer: z.object({ resumed: whole.describe('How many of them were suspended.') }),
  }),
}
