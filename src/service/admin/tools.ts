/** The tools of the pages: a message is verified and explained, previewed, or taken back to the version before. */
import { explain, explanationText } from '../../dkim2/explain.ts'
import { undo } from '../../dkim2/undo.ts'
import { verifyChain } from '../../dkim2/verify.ts'
import { versionChanges } from '../../dkim2/version-changes.ts'
import type { ToolAnswer, ToolRequest } from '../../http/admin/tools-page.ts'
import { parseMailbox } from '../../message/mailbox.ts'
import type { Message } from '../../message/message.ts'
import { messageChunks, readMessage } from '../../message/message.ts'
import type { PathDependencies } from '../path-dependencies.ts'
import { previewMessage } from '../preview/preview-message.ts'
import { previewText } from '../preview/preview-text.ts'
import { nowSeconds } from '../relay-dependencies.ts'

type ToolDependencies = Pick<PathDependencies, 'config' | 'clock' | 'random' | 'log' | 'resolver'>

/** Never rejects for what a person has pasted. */
export async function useTool(request: ToolRequest, dependencies: ToolDependencies): Promise<ToolAnswer> {
  const wrong = [request.mailFrom || undefined, ...request.rcptTo].find(
    path => path !== undefined && parseMailbox(path) === undefined,
  )
  if (wrong !== undefined)
    return { tool: 'none', problem: `${wrong}: expected an address such as ann@alias.example` }
  if (request.tool === 'preview') return previewed(request, dependencies)
  const message = readMessage(request.octets)
  return request.tool === 'undo' ? undone(message) : explained(message, request, dependencies)
}

async function explained(
  message: Message,
  { mailFrom, rcptTo }: ToolRequest,
  dependencies: ToolDependencies,
): Promise<ToolAnswer> {
  const verdict = await verifyChain(message, {
    lookup: name => dependencies.resolver.txt(name),
    nowSeconds: nowSeconds(dependencies),
    revision: dependencies.config.revision,
    ...(mailFrom !== undefined && { envelope: { reversePath: mailFrom, forwardPaths: rcptTo } }),
  })
  const text = explanationText(explain(message, verdict))
  const remark = mailFrom === undefined ? 'The envelope was not checked: none was given.\n' : ''
  return { tool: 'explain', text: text + remark, changes: versionChanges(message) }
}

function undone(message: Message): ToolAnswer {
  const changes = versionChanges(message)
  const highest = Math.max(1, ...changes.map(change => change.version))
  const answer = undo(message, highest - 1)
  if (answer.kind === 'undone')
    return { tool: 'undo', text: Buffer.concat(messageChunks(answer.message)).toString('utf8') }
  if (answer.kind === 'absent') return { tool: 'none', problem: 'The message has no earlier version.' }
  if (answer.kind === 'unrecoverable')
    return {
      tool: 'none',
      problem: `Version ${answer.version} cannot be recreated: the one after it says so.`,
    }
  return { tool: 'none', problem: answer.error }
}

async function previewed(
  { octets, mailFrom = '', rcptTo }: ToolRequest,
  { config, clock, random, log, resolver }: ToolDependencies,
): Promise<ToolAnswer> {
  const report = await previewMessage({ octets, mailFrom, rcptTo }, config, { clock, random, log, resolver })
  return { tool: 'preview', text: previewText(report, (_, text) => text) }
}
