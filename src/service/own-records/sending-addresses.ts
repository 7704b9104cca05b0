/** What receivers look up about the addresses that this relay sends from: their names, and SPF of its own name. */
import { sameAddress } from '../../discover/forbidden-addresses.ts'
import { reverseName } from '../../dns/reverse-name.ts'
import { goodRecord, type OwnFacts, type OwnRecord, unknownRecord } from './own-record.ts'
import { senderPolicyRecord } from './policies.ts'

/** Names of one address that are looked up in turn; more than one is rare. */
const maxNames = 10

/** PTR of every address of the relay's name: many receivers refuse mail from an address without a name that leads back to it. */
export function reverseRecords(facts: OwnFacts): Promise<OwnRecord>[] {
  const { addresses } = facts
  return addresses.kind === 'records'
    ? addresses.records.map(({ address }) => reverseRecord(address, facts))
    : []
}

async function reverseRecord(address: string, { config, resolver }: OwnFacts): Promise<OwnRecord> {
  const of = { kind: 'PTR', name: reverseName(address) }
  const answer = await resolver.pointers(of.name)
  if (answer.kind === 'temporary') return unknownRecord(of, answer.reason)
  const zoneLines = [`${of.name}. IN PTR ${config.hostname}.`]
  if (answer.kind === 'absent') {
    const text = `many receivers refuse mail of ${address}, which has no name; its network's owner publishes it`
    return { ...of, state: 'missing', breaksMail: false, found: [], text, zoneLines }
  }
  const found = answer.records
  if (found.includes(config.hostname)) return goodRecord(of, found, `${address} has the name of this relay`)
  const leads = await Promise.all(found.slice(0, maxNames).map(name => leadsTo(name, address, resolver)))
  if (leads.includes(true)) {
    const text = `${address} has another name than this relay, which leads back to it: it will do`
    return { ...of, state: 'different', breaksMail: false, found, text, zoneLines }
  }
  const text = `the name of ${address} does not lead back to it: many receivers refuse such mail`
  return { ...of, state: 'different', breaksMail: false, found, text, zoneLines }
}

async function leadsTo(name: string, address: string, resolver: OwnFacts['resolver']): Promise<boolean> {
  const answer = await resolver.addresses(name)
  return answer.kind === 'records' && answer.records.some(one => sameAddress(one.address, address))
}

/** Reports have no reverse-path: receivers ask for SPF of the name in EHLO (RFC 7208 section 2.4). */
export function ownNamePolicy(facts: OwnFacts): Promise<OwnRecord>[] {
  const { config } = facts
  // An own domain has a record of its own among the others.
  if (config.domains[config.hostname] !== undefined) return []
  return [senderPolicyRecord(config.hostname, facts, 'v=spf1 a -all')]
}
