/** Tools for one message: nothing is sent or changed. */
import { explain, explanationText } from '../../dkim2/explain.ts'
import { highestVersion } from '../../dkim2/highest-version.ts'
import type { Reading } from '../../dkim2/profile.ts'
import { undo } from '../../dkim2/undo.ts'
import { verifyChain } from '../../dkim2/verify.ts'
import { versionChanges } from '../../dkim2/version-changes.ts'
import { verdictReport } from '../../hoplog/verdict-report.ts'
import { silentLog } from '../../log/log.ts'
import type { Message } from '../../message/message.ts'
import { messageChunks, readMessage } from '../../message/message.ts'
import { printable } from '../../message/printable.ts'
import type { Asked, Performers } from '../../operator/operations.ts'
import { OperationFailed, UsageError } from '../../operator/problems.ts'
import { previewMessage } from '../preview/preview-message.ts'
import type { DeskDependencies } from './desk-dependencies.ts'

type ToolsDesk = Pick<Performers, 'verify' | 'explain' | 'preview' | 'undo'>
type Dependencies = Pick<DeskDependencies, 'config' | 'resolver' | 'clock' | 'random'>

export function toolsDesk(dependencies: Dependencies): ToolsDesk {
  return {
    async verify(asked) {
      const { verdict } = await verified(asked, dependencies)
      return {
        verdict: verdictReport(verdict),
        envelope: asked.mailFrom === undefined ? 'not checked' : 'checked',
      }
    },
    async explain(asked) {
      const { message, verdict, reading } = await verified(asked, dependencies)
      return {
        verdict: verdictReport(verdict),
        explanation: explanationText(explain(message, verdict, reading)),
        changes: versionChanges(message, reading),
      }
    },
    preview: asked => previewed(asked, dependencies),
    undo: async ({ octets, to, revision }) => undone(messageOf(octets), to, readingOf(revision)),
  }
}

/** @throws UsageError where there is none */
function messageOf(octets: Uint8Array): Message {
  if (octets.length === 0) throw new UsageError('expected a message in the body, found nothing')
  return readMessage(Buffer.from(octets))
}

function readingOf(revision: Asked<'undo'>['revision']): Reading {
  return revision === undefined ? {} : { revision }
}

async function verified(
  { octets, mailFrom, rcptTo, revision }: Asked<'verify'>,
  { config, resolver, clock }: Dependencies,
) {
  if ((mailFrom === undefined) !== (rcptTo === undefined))
    throw new UsageError('mailFrom and rcptTo make the envelope together; give both or neither')
  const reading = { revision: revision ?? (await config()).revision }
  const message = messageOf(octets)
  const dns = await resolver()
  const verdict = await verifyChain(message, {
    lookup: name => dns.txt(name),
    nowSeconds: Math.floor(clock() / 1000),
    ...reading,
    ...(mailFrom !== undefined &&
      rcptTo !== undefined && { envelope: { reversePath: mailFrom, forwardPaths: rcptTo } }),
  })
  return { message, verdict, reading }
}

/** @throws UsageError for what is no address, or a listener that there is not */
async function previewed(
  { octets, mailFrom, rcptTo, client, helo, listener, copies }: Asked<'preview'>,
  { config, resolver, clock, random }: Dependencies,
) {
  const settings = await config()
  const names = settings.listeners.map(({ name }) => name)
  if (listener !== undefined && !names.includes(listener))
    throw new UsageError(
      `--listener ${listener}: there is none of that name; the configuration has ${names.join(', ')}`,
    )
  return previewMessage(
    {
      octets: Buffer.from(octets),
      mailFrom,
      rcptTo,
      ...(client !== undefined && { client }),
      ...(helo !== undefined && { helo }),
      ...(listener !== undefined && { listener }),
      ...(copies !== undefined && { copies }),
    },
    settings,
    { clock, random, log: silentLog, resolver: await resolver() },
  )
}

/** @throws OperationFailed where there is no such version, or it cannot be recreated */
function undone(message: Message, to: number | undefined, reading: Reading): Buffer {
  const answer = undo(message, to ?? Math.max(0, highestVersion(message, reading) - 1), {}, reading)
  switch (answer.kind) {
    case 'undone':
      return Buffer.concat(messageChunks(answer.message))
    case 'absent':
      throw new OperationFailed('the message has no such version')
    case 'unrecoverable':
      throw new OperationFailed(`version ${answer.version} cannot be recreated: the one after it says so`)
    case 'malformed':
      throw new OperationFailed(printable(answer.error))
  }
}
