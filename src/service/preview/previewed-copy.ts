/** One copy of a message as it would leave: its hop or why it has none, where it would go, and what the verifier there will say. */
import { planDelivery } from '../../discover/find-next-hops.ts'
import { requiringTls } from '../../discover/require-tls.ts'
import type { Plan } from '../../discover/trace.ts'
import { type SignedHop, type Verdict, verifyChain } from '../../dkim2/index.ts'
import { asciiDomainOf } from '../../message/mailbox.ts'
import { readMessage } from '../../message/message.ts'
import type { AddedSignatures } from '../../record/added-signatures.ts'
import type { AdmissionRecord } from '../../record/admission-record.ts'
import type { StoredDelivery } from '../../store/records.ts'
import { forwardDependencies } from '../forward/forward-dependencies.ts'
import type { OutgoingMessage } from '../message-cache.ts'
import { nowSeconds } from '../relay-dependencies.ts'
import type { PreviewDependencies } from './preview-dependencies.ts'
import { whyUnsigned } from './why-unsigned.ts'

/** What is written down of a hop. */
export type PreviewedHop = Omit<SignedHop, 'fields'>

export interface PreviewedCopy {
  /** Forward-path as received. */
  readonly recipient: string
  /** What MAIL and RCPT will say; '' is the null reverse-path. */
  readonly reversePath: string
  readonly forwardPath: string
  /** Why it goes nowhere: enhanced status code and reason; the sender hears of it. */
  readonly failure?: string
  /** Undefined: it goes out, or fails, without a hop of this relay. */
  readonly hop?: PreviewedHop
  /** Why there is no hop, in one line with the rule. */
  readonly whyUnsigned?: string
  /** What DKIM and ARC add. Absent for one that goes nowhere. */
  readonly added?: AddedSignatures
  /** Where it would go. Absent for one that goes nowhere. */
  readonly plan?: Plan
  /** What the verifier of the next hop will say. Absent for one that goes nowhere. */
  readonly verdict?: Verdict
}

/** A delivery before it is in the store, or as that answers it. */
export type PlannedDelivery = Pick<
  StoredDelivery,
  'recipient' | 'reversePath' | 'forwardPath' | 'prefix' | 'hop'
> & {
  readonly failure?: { readonly reason: string }
  readonly reason?: string | null
  readonly added?: AddedSignatures | null
}

/** What the copies of one message share. */
export interface CopySource {
  /** What follows the delivery's own fields. */
  readonly content: Buffer
  readonly record: AdmissionRecord
  readonly withoutHop: readonly string[]
  readonly tlsRequired: OutgoingMessage['tlsRequired']
}

export async function previewCopy(
  delivery: PlannedDelivery,
  { content, record, withoutHop, tlsRequired }: CopySource,
  dependencies: PreviewDependencies,
): Promise<PreviewedCopy> {
  const { recipient, reversePath, forwardPath } = delivery
  const failure = delivery.failure?.reason ?? delivery.reason ?? undefined
  const envelope = { recipient, reversePath, forwardPath }
  if (failure !== undefined) return { ...envelope, failure }
  const hop = delivery.hop as PreviewedHop | null
  const unsigned = withoutHop.map(reason => whyUnsigned(reason, record, asciiDomainOf(recipient)))
  return {
    ...envelope,
    ...(hop === null ? { whyUnsigned: unsigned.join('; ') } : { hop }),
    added: delivery.added ?? {},
    plan: await planOf(asciiDomainOf(forwardPath), tlsRequired, dependencies),
    verdict: await verifyChain(readMessage(Buffer.concat([delivery.prefix, content])), {
      envelope: { reversePath, forwardPaths: [forwardPath] },
      lookup: dependencies.nextHopLookup,
      nowSeconds: nowSeconds(dependencies),
      revision: forwardDependencies(dependencies).revisionFor(asciiDomainOf(forwardPath)),
    }),
  }
}

/** As `discoverFor`, with what was asked on the way. */
async function planOf(
  domain: string,
  tlsRequired: OutgoingMessage['tlsRequired'],
  { discover }: PreviewDependencies,
): Promise<Plan> {
  const plan = await planDelivery(domain, {
    ...discover,
    ...(tlsRequired === 'no' && { waivesPolicies: true }),
  })
  return tlsRequired === 'yes' ? { ...plan, discovery: requiringTls(domain, plan.discovery) } : plan
}
