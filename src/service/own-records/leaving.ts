/** The addresses that mail leaves from, held against reverse DNS: receivers refuse hosts whose address and name do not fit. */
import { reverseName } from '../../dns/reverse-name.ts'
import type { LeavingAddress } from '../leaving-addresses.ts'
import { goodRecord, type OwnFacts, type OwnRecord, unknownRecord } from './own-record.ts'

/** PTR of an address: the name in EHLO, and that leads back to the address (RFC 8601 section 2.7.3 calls that `iprev`). */
export async function pointerRecord(
  { address, ehloName }: LeavingAddress,
  { resolver }: OwnFacts,
): Promise<OwnRecord> {
  const of = { kind: 'PTR', name: reverseName(address) }
  const zoneLines = [`${of.name}. IN PTR ${ehloName}.`]
  const common = { ...of, breaksMail: false, zoneLines }
  const [answer, forward] = await Promise.all([resolver.pointers(of.name), resolver.addresses(ehloName)])
  if (answer.kind === 'temporary') return unknownRecord(of, answer.reason)
  if (forward.kind === 'temporary') return unknownRecord(of, forward.reason)
  if (answer.kind === 'absent') {
    const text = `${address} has no name: many receivers refuse what comes from there`
    return { ...common, state: 'missing', found: [], text }
  }
  const found = answer.records
  if (!found.some(name => name.toLowerCase() === ehloName)) {
    const text = `${address} has another name than ${ehloName}, which is said there in EHLO`
    return { ...common, state: 'different', found, text }
  }
  const back = forward.kind === 'records' ? forward.records : []
  if (back.some(one => reverseName(one.address) === of.name)) {
    return goodRecord(of, found, `${address} and its name in EHLO lead to each other`)
  }
  const text = `${ehloName} does not lead back to ${address}`
  const type = address.includes(':') ? 'AAAA' : 'A'
  return { ...common, state: 'different', found, text, zoneLines: [`${ehloName}. IN ${type} ${address}`] }
}
