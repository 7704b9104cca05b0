/** The operator's desk: what an operator asks for and changes is done here, whoever asks: pages, API or command line. */
import type { Performers } from '../../operator/operations.ts'
import { accountsDesk } from './accounts-desk.ts'
import { aliasTargetsDesk } from './alias-targets-desk.ts'
import { aliasesDesk } from './aliases-desk.ts'
import type { DeskDependencies } from './desk-dependencies.ts'
import { forgetDesk } from './forget-desk.ts'
import { listsDesk } from './lists-desk.ts'
import { messagesDesk } from './messages-desk.ts'
import { postsDesk } from './posts-desk.ts'
import { queueDesk } from './queue-desk.ts'
import { relayDesk } from './relay-desk.ts'
import { subscribersDesk } from './subscribers-desk.ts'
import { toolsDesk } from './tools-desk.ts'

export function operatorDesk(dependencies: DeskDependencies): Performers {
  return {
    ...messagesDesk(dependencies),
    ...queueDesk(dependencies),
    ...aliasesDesk(dependencies),
    ...aliasTargetsDesk(dependencies),
    ...listsDesk(dependencies),
    ...subscribersDesk(dependencies),
    ...postsDesk(dependencies),
    ...accountsDesk(dependencies),
    ...forgetDesk(dependencies),
    ...relayDesk(dependencies),
    ...toolsDesk(dependencies),
  }
}
