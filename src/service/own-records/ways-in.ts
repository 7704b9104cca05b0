/** The records by which others find this relay: addresses of its name, MX and SRV of its domains. */
import type { X509Certificate } from 'node:crypto'
import type { ServiceRecord } from '../../dns/resolver.ts'
import { isCertificateFor } from '../../tls/certificate-name.ts'
import { goodRecord, type OwnFacts, type OwnRecord, unknownRecord } from './own-record.ts'

/** The addresses of the name that MX and SRV lead to. */
export function addressRecord({ config, addresses }: OwnFacts): OwnRecord {
  const of = { kind: 'addresses', name: config.hostname }
  if (addresses.kind === 'temporary') return unknownRecord(of, addresses.reason)
  if (addresses.kind === 'records') {
    const found = addresses.records.map(({ address }) => address)
    return goodRecord(of, found, 'where mail for the domains is sent to')
  }
  return {
    ...of,
    state: 'missing',
    breaksMail: true,
    found: [],
    text: 'nobody can connect to this relay by its name',
    zoneLines: [`${config.hostname}. IN A ADDRESS`, `${config.hostname}. IN AAAA ADDRESS`],
  }
}

/** MX of a domain: hosts that do not know SRV look for it. */
export async function exchangeRecord(domain: string, { config, resolver }: OwnFacts): Promise<OwnRecord> {
  const of = { kind: 'MX', name: domain }
  const zoneLines = [`${domain}. IN MX 10 ${config.hostname}.`]
  const answer = await resolver.mx(domain)
  if (answer.kind === 'temporary') return unknownRecord(of, answer.reason)
  if (answer.kind === 'absent') {
    const text = 'without it most of the world finds no host for this domain'
    return { ...of, state: 'missing', breaksMail: true, found: [], text, zoneLines }
  }
  const found = answer.records.map(({ preference, exchange }) => `${preference} ${exchange || '.'}`)
  if (answer.records.some(({ exchange }) => exchange.toLowerCase() === config.hostname)) {
    return goodRecord(of, found, 'leads to this relay')
  }
  const isNull = answer.records.length === 1 && answer.records[0]?.exchange === ''
  const text = isNull ? 'it says that the domain takes no mail' : 'mail for the domain goes to other hosts'
  return { ...of, state: 'different', breaksMail: isNull, found, text, zoneLines }
}

/** SRV of a domain (draft-nurpmeso-smtp-tls-srv): whoever knows it comes over TLS, or not at all. */
export async function serviceRecord(domain: string, facts: OwnFacts): Promise<OwnRecord> {
  const { config, resolver } = facts
  const of = { kind: 'SRV', name: `_smtp-tls._tcp.${domain}` }
  const zoneLines = serviceLines(of.name, facts)
  const answer = await resolver.srv(of.name)
  if (answer.kind === 'temporary') return unknownRecord(of, answer.reason)
  if (answer.kind === 'absent') {
    const text = zoneLines.length > 0 ? 'announces TLS that cannot be stripped' : 'no listener has TLS'
    return { ...of, state: 'missing', breaksMail: false, found: [], text, zoneLines }
  }
  const found = answer.records.map(serviceText)
  const own = answer.records.filter(({ target }) => target.toLowerCase() === config.hostname)
  if (own.length === 0) {
    const isNone = answer.records.length === 1 && answer.records[0]?.target === ''
    const text = isNone ? 'it says that the domain takes no mail' : 'senders that know SRV go to other hosts'
    return { ...of, state: 'different', breaksMail: isNone, found, text, zoneLines }
  }
  const problem = own.map(record => serviceProblem(record, domain, facts)).find(one => one !== undefined)
  if (problem === undefined) return goodRecord(of, found, 'leads to this relay over TLS')
  return { ...of, state: 'different', breaksMail: true, found, text: problem, zoneLines }
}

function serviceText({ priority, weight, port, target }: ServiceRecord): string {
  return `${priority} ${weight} ${port} ${target || '.'}`
}

/** Port 25 means STARTTLS, every other one TLS from the first octet. */
function serviceLines(name: string, { config }: OwnFacts): string[] {
  return config.listeners
    .filter(({ kind }) => kind === 'mx')
    .filter(({ tls, port }) => (port === 25 ? tls === 'starttls' : tls === 'implicit' && port !== 0))
    .map(({ port }) => `${name}. IN SRV ${port === 25 ? 10 : 0} 1 ${port} ${config.hostname}.`)
}

function serviceProblem({ port }: ServiceRecord, domain: string, facts: OwnFacts): string | undefined {
  const { config, chains } = facts
  const wanted = port === 25 ? 'starttls' : 'implicit'
  const listener = config.listeners.find(one => one.port === port && one.kind === 'mx')
  if (listener === undefined) return `no listener has port ${port}`
  if (listener.tls !== wanted)
    return `the listener on port ${port} has tls: '${listener.tls}', not '${wanted}'`
  const [certificate] = chains.get(port) ?? []
  return certificate === undefined ? undefined : certificateProblem(certificate, domain, facts)
}

/** Senders hold the certificate against the name of the host and that of the domain. */
function certificateProblem(
  certificate: X509Certificate,
  domain: string,
  { config, now }: OwnFacts,
): string | undefined {
  if (certificate.validToDate.getTime() < now) return 'the certificate that senders demand has expired'
  const names = [config.hostname, domain]
  if (!names.some(name => isCertificateFor(certificate, name))) {
    return `the certificate is for neither ${names.join(' nor ')}, and senders demand that`
  }
  const isSelfSigned = certificate.checkIssued(certificate)
  return isSelfSigned
    ? 'senders demand a certificate of a known authority; this one is self-signed'
    : undefined
}
