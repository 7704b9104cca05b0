/** The kinds of message as they are judged in the session, by the role of the first recipient. */
import { BounceJudge } from './bounces/bounce-judge.ts'
import { CommandJudge } from './commands/command-judge.ts'
import { ForwardJudge } from './forward/forward-judge.ts'
import type { JudgingDependencies } from './judging-dependencies.ts'
import type { Judges } from './kinds.ts'
import { commandDependencies, countedRequest } from './lists/list-dependencies.ts'
import { ReflectionLimits } from './reflector/reflection-limits.ts'
import { ReflectorJudge } from './reflector/reflector-judge.ts'
import { bounceDependencies, judgePostTo } from './session-dependencies.ts'

export function judgesOf(dependencies: JudgingDependencies): Judges {
  const forward = new ForwardJudge({ judgePost: (post, listId) => judgePostTo(dependencies, post, listId) })
  const command = new CommandJudge({
    commandDependencies: () => commandDependencies(dependencies),
    listRequest: (asked, request) => countedRequest(asked, request, dependencies.config.lists),
  })
  const bounce = new BounceJudge(lookUps => bounceDependencies(dependencies, lookUps))
  const reflector = new ReflectorJudge({
    limits: new ReflectionLimits(dependencies.config.reflector),
    isOwnDomain: domain => dependencies.aliases.isOwnDomain(domain),
  })
  return { alias: forward, list: forward, originate: forward, bounce, 'list-command': command, reflector }
}
