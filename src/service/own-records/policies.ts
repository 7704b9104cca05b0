/** The records that others judge this relay and its TLS by: SPF, MTA-STS, TLSRPT, TLSA. */
import { createHash } from 'node:crypto'
import { checkSpf } from '../../admit/sender-authentication.ts'
import { daneVerdict } from '../../deliver/dane.ts'
import { readStsRecord } from '../../discover/sts-policy.ts'
import type { Answer } from '../../dns/resolver.ts'
import { zoneFileLine } from '../../sign/zone-line.ts'
import { leavingOf } from '../leaving-addresses.ts'
import { recordResolver } from '../record-resolver.ts'
import { goodRecord, type OwnFacts, type OwnRecord, unknownRecord } from './own-record.ts'

/**
 * SPF of a domain: forwarded mail has reverse-paths in it. Held against every address that its mail leaves from, or may.
 *
 * @param wanted what to publish where there is none
 */
export async function senderPolicyRecord(
  domain: string,
  facts: OwnFacts,
  wanted = `v=spf1 a:${facts.config.hostname} mx -all`,
): Promise<OwnRecord> {
  const of = { kind: 'SPF', name: domain }
  const zoneLines = [zoneFileLine(domain, wanted)]
  const answer = await facts.resolver.txt(domain)
  if (answer.kind === 'temporary') return unknownRecord(of, answer.reason)
  const found = textsOf(answer).filter(text => /^v=spf1( |$)/i.test(text))
  if (found.length === 0) {
    const text = 'receivers that ask for SPF find nothing that speaks for this relay'
    return { ...of, state: 'missing', breaksMail: false, found, text, zoneLines }
  }
  const refused = await refusedAddresses(domain, facts)
  if (refused.length === 0) return goodRecord(of, found, 'speaks for the addresses of this relay')
  const text = `does not speak for ${refused.join(', ')}: receivers may refuse what this relay sends`
  return {
    ...of,
    state: 'different',
    breaksMail: refused.some(one => one.endsWith('(fail)')),
    found,
    text,
    zoneLines,
  }
}

async function refusedAddresses(
  domain: string,
  { config, resolver, addresses }: OwnFacts,
): Promise<string[]> {
  const named = leavingOf(domain, config)
  const ofName = addresses.kind === 'records' ? addresses.records : []
  const chosen = ofName.filter(({ family }) => named.families.has(family)).map(({ address }) => address)
  const results = await Promise.all(
    [...new Set([...named.addresses, ...chosen])].map(async address => {
      const input = {
        reversePath: `postmaster@${domain}`,
        peerAddress: address,
        helo: config.hostname,
        hostname: config.hostname,
        resolver: recordResolver(resolver),
      }
      return { address, spf: await checkSpf(input) }
    }),
  )
  return results.filter(({ spf }) => spf !== 'pass').map(({ address, spf }) => `${address} (${spf})`)
}

/** The record that announces an MTA-STS policy. */
export async function stsRecord(domain: string, { resolver, now }: OwnFacts): Promise<OwnRecord> {
  const of = { kind: 'MTA-STS', name: `_mta-sts.${domain}` }
  const id = new Date(now).toISOString().replace(/\D/g, '').slice(0, 14)
  const zoneLines = [zoneFileLine(of.name, `v=STSv1; id=${id}`)]
  const policy = `with the policy at https://mta-sts.${domain}/.well-known/mta-sts.txt`
  const answer = await resolver.txt(of.name)
  const record = await readStsRecord(answer)
  if (record.kind === 'temporary') return unknownRecord(of, record.reason)
  if (record.kind === 'id') return goodRecord(of, textsOf(answer), policy)
  const found = textsOf(answer)
  const text = found.length === 0 ? `asks senders for TLS, ${policy}` : 'senders take no policy from it'
  return {
    ...of,
    state: found.length === 0 ? 'missing' : 'different',
    breaksMail: false,
    found,
    text,
    zoneLines,
  }
}

/** Where others report how TLS to this relay went (RFC 8460 section 3). */
export async function tlsReportRecord(domain: string, { resolver, config }: OwnFacts): Promise<OwnRecord> {
  const of = { kind: 'TLSRPT', name: `_smtp._tls.${domain}` }
  const address = config.postmaster ?? `postmaster@${domain}`
  const zoneLines = [zoneFileLine(of.name, `v=TLSRPTv1; rua=mailto:${address}`)]
  const answer = await resolver.txt(of.name)
  if (answer.kind === 'temporary') return unknownRecord(of, answer.reason)
  const found = textsOf(answer)
  const reporting = found.filter(text => /^v=TLSRPTv1\s*;/.test(text) && /;\s*rua\s*=/.test(text))
  if (reporting.length === 1) return goodRecord(of, found, 'senders report how TLS went')
  const state = found.length === 0 ? 'missing' : 'different'
  const text = state === 'missing' ? 'asks senders to report how TLS went' : 'senders take no address from it'
  return { ...of, state, breaksMail: false, found, text, zoneLines }
}

/** TLSA of a listener (RFC 7672): a record that its certificate does not match keeps mail away. */
export async function tlsaRecord(port: number, facts: OwnFacts): Promise<OwnRecord> {
  const { config, resolver, chains, now } = facts
  const of = { kind: 'TLSA', name: `_${port}._tcp.${config.hostname}` }
  const answer = await resolver.tlsa(of.name)
  if (answer.kind === 'temporary') return unknownRecord(of, answer.reason)
  const chain = chains.get(port)
  const [own] = chain ?? []
  if (chain === undefined || own === undefined) return unknownRecord(of, 'the start makes the certificate')
  const key = own.publicKey.export({ type: 'spki', format: 'der' })
  const zoneLines = [`${of.name}. IN TLSA 3 1 1 ${createHash('sha256').update(key).digest('hex')}`]
  if (answer.kind === 'absent') {
    const text =
      'tells senders the key of the certificate; worth something in a zone that is signed with DNSSEC'
    return { ...of, state: 'missing', breaksMail: false, found: [], text, zoneLines }
  }
  const { records } = answer
  const found = records.map(({ usage, selector, matchingType, association }) =>
    [usage, selector, matchingType, association.toString('hex')].join(' '),
  )
  const names = { baseDomain: config.hostname, certificateNames: [config.hostname] }
  const verdict = daneVerdict({ kind: 'dane', name: of.name, records, ...names }, chain, now)
  if (verdict.kind === 'match') return goodRecord(of, found, 'matches the certificate')
  const text = `senders that use DANE deliver nothing: ${verdict.reason}`
  return { ...of, state: 'different', breaksMail: true, found, text, zoneLines }
}

function textsOf(answer: Answer<string>): readonly string[] {
  return answer.kind === 'records' ? answer.records : []
}
