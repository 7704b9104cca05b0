/** The kinds of message as they are judged in the session, by the role of the first recipient. */
import { BounceJudge } from './bounces/bounce-judge.ts'
import { CommandJudge } from './commands/command-judge.ts'
import { ForwardJudge } from './forward/forward-judge.ts'
import type { Judges } from './kinds.ts'
import { commandDependencies, countedRequest } from './lists/list-world.ts'
import type { Parts } from './parts.ts'
import { bounceDependencies, judgePostTo } from './session-dependencies.ts'

export function judgesOf(parts: Parts): Judges {
  const forward = new ForwardJudge({ judgePost: (post, listId) => judgePostTo(parts, post, listId) })
  const command = new CommandJudge({
    commandDependencies: () => commandDependencies(parts),
    listRequest: (asked, request) => countedRequest(asked, request, parts.config.lists),
  })
  const bounce = new BounceJudge(lookUps => bounceDependencies(parts, lookUps))
  return { alias: forward, list: forward, originate: forward, bounce, 'list-command': command }
}
