/** All parsers of octets from outside. */

import type { Target } from './target.ts'
import { batchTargets } from './targets-batch.ts'
import { chainTargets } from './targets-chain.ts'
import { dnsTargets } from './targets-dns.ts'
import { listTargets } from './targets-list.ts'
import { messageTargets } from './targets-message.ts'
import { signTargets } from './targets-sign.ts'
import { smtpTargets } from './targets-smtp.ts'
import { subscriberTargets } from './targets-subscribers.ts'
import { tlsTargets } from './targets-tls.ts'

export type { Target } from './target.ts'

export const targets: readonly Target[] = [
  ...messageTargets,
  ...chainTargets,
  ...listTargets,
  ...subscriberTargets,
  ...signTargets,
  ...smtpTargets,
  ...batchTargets,
  ...dnsTargets,
  ...tlsTargets,
]
