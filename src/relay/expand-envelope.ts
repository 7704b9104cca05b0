/** The first half of forward(): who gets a copy of a message, with which envelope (stage 4). */
import type { AdmissionRecord } from '../admit/admit.ts'
import type { AliasDirectory } from '../expand/alias-directory.ts'
import type { ExpandBounds } from '../expand/expand.ts'
import { expandRecipient } from '../expand/expand.ts'
import { domainOf } from '../message/mailbox.ts'
import type { Envelope } from '../smtp/envelope.ts'

/** One copy that is to go out, before it is signed. */
export interface Forwarding {
  readonly ordinal: number
  /** Forward-path as received. */
  readonly recipient: string
  readonly forwardPath: string
  /** '' is the null reverse-path. */
  readonly reversePath: string
  /** Domain that signs, lower-case. */
  readonly domain: string
  /** `alias` for what an alias leads to, `originate` for mail of our own clients, `dsn` for reports of ours. */
  readonly kind: 'alias' | 'originate' | 'dsn'
  /** Set when there is nowhere to go: enhanced status code and reason. */
  readonly failure?: string
}

export interface ExpandWorld {
  readonly aliases: AliasDirectory
  readonly expandBounds: ExpandBounds
  /** The reverse-path of a copy (bounce/bounce-address). */
  bounceAddress(queueId: string, ordinal: number, domain: string): string
  isCarriable(address: string): boolean
}

/** Stage 4: who gets a copy, with which envelope. */
export function expandEnvelope(queueId: string, envelope: Envelope, world: ExpandWorld): Forwarding[] {
  const forwardings: Forwarding[] = []
  for (const recipient of envelope.forwardPaths) {
    const isAlias = world.aliases.isOwnDomain(domainOf(recipient))
    const domain = isAlias ? domainOf(recipient) : domainOf(envelope.reversePath)
    const targets = isAlias
      ? expandRecipient(recipient, world.aliases, world.expandBounds)
      : ([{ kind: 'external', forwardPath: recipient }] as const)
    for (const target of targets) {
      const ordinal = forwardings.length
      const common = { ordinal, recipient, domain, kind: isAlias ? 'alias' : 'originate' } as const
      const reversePath = reversePathFor(
        queueId,
        ordinal,
        envelope.reversePath,
        isAlias ? domain : undefined,
        world,
      )
      if (target.kind === 'failed') {
        const failure = `${target.enhanced} ${target.reason}`
        forwardings.push({ ...common, forwardPath: target.address, reversePath, failure })
      } else
        forwardings.push({
          ...common,
          forwardPath: target.forwardPath,
          reversePath,
          ...carriageFailure(target.forwardPath, world),
        })
    }
  }
  return forwardings
}

/** A report stays without a return address; mail of our own clients keeps theirs; a forwarded copy gets its bounce address. */
function reversePathFor(
  queueId: string,
  ordinal: number,
  reversePath: string,
  aliasDomain: string | undefined,
  world: ExpandWorld,
): string {
  if (reversePath === '' || aliasDomain === undefined) return reversePath
  return world.bounceAddress(queueId, ordinal, aliasDomain)
}

function carriageFailure(forwardPath: string, world: ExpandWorld): { failure?: string } {
  return world.isCarriable(forwardPath)
    ? {}
    : { failure: `5.1.3 ${forwardPath} cannot be carried in a signature` }
}

/** A hop that asked for `donotexplode` gets no second copy: none goes out, and the sender hears why. */
export function respectFlags(
  record: Pick<AdmissionRecord, 'hops'>,
  forwardings: readonly Forwarding[],
): Forwarding[] {
  const asked = record.hops.find(hop => hop.flags.includes('donotexplode'))
  if (asked === undefined || forwardings.length < 2) return [...forwardings]
  const failure = `5.7.1 hop i=${asked.sequence} asked that the message is not exploded (donotexplode)`
  return forwardings.map(forwarding => ({ ...forwarding, failure }))
}
