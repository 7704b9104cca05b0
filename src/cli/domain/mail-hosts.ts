/** Where the mail of a domain goes: MX, null MX, SRV, and what its hosts promise of their TLS. */
import { isIP } from 'node:net'
import { danePolicy } from '../../discover/dane.ts'
import { isForbiddenAddress } from '../../discover/forbidden-addresses.ts'
import type { Answer, AnswerFacts, HostAddress, MailExchange } from '../../dns/resolver.ts'
import type { Grade } from './finding.ts'
import {
  type DomainFacts,
  type DomainFinding,
  finding,
  isValidated,
  unknownFinding,
  worstGrade,
} from './finding.ts'

/** Hosts that are looked at; large providers have five. */
const maxHosts = 10

/** A host with its addresses. */
export interface MailHost {
  readonly name: string
  readonly addresses: Answer<HostAddress>
}

export interface MailHosts {
  readonly finding: DomainFinding
  readonly hosts: readonly MailHost[]
  /** What is known of the answer that named them. */
  readonly named: AnswerFacts
  /** The domain says that it takes no mail. */
  readonly isNull: boolean
}

/** RFC 5321 section 5.1, RFC 7505. */
export async function mailHosts({ domain, resolver }: DomainFacts): Promise<MailHosts> {
  const of = { kind: 'MX', name: domain }
  const answer = await resolver.mx(domain)
  if (answer.kind === 'temporary')
    return { finding: unknownFinding(of, answer.reason), hosts: [], named: {}, isNull: false }
  if (answer.kind === 'absent') return withoutExchange(domain, await resolver.addresses(domain))
  const records = answer.records.toSorted((a, b) => a.preference - b.preference)
  const found = records.map(({ preference, exchange }) => `${preference} ${exchange || '.'}`)
  const said = { ...of, found, isAuthentic: isValidated(answer) }
  if (records.some(({ exchange }) => exchange === '')) return nullExchange(said, records, answer)
  const hosts = await Promise.all(
    records
      .slice(0, maxHosts)
      .map(async ({ exchange: name }) => ({ name, addresses: await resolver.addresses(name) })),
  )
  const judged = hosts.map(judgeHost)
  // Mail is lost only where no host is left.
  const isLost = judged.every(({ grade }) => grade === 'bad')
  const grade = isLost ? 'bad' : worstGrade(judged.map(one => (one.grade === 'bad' ? 'weak' : one.grade)))
  const text = isLost
    ? 'no host takes its mail'
    : `mail goes to ${hosts.length === 1 ? 'one host' : `${hosts.length} hosts`}`
  const details = judged.map(one => one.text)
  return { finding: finding({ ...said, grade, text, details }), hosts, named: answer, isNull: false }
}

function nullExchange(
  said: Pick<DomainFinding, 'kind' | 'name' | 'found' | 'isAuthentic'>,
  records: readonly MailExchange[],
  named: AnswerFacts,
): MailHosts {
  const isAlone = records.length === 1
  const text = isAlone
    ? 'null MX: the domain takes no mail (RFC 7505)'
    : 'a null MX beside others, which no one may publish (RFC 7505 section 3)'
  return {
    finding: finding({ ...said, grade: isAlone ? 'good' : 'bad', text }),
    hosts: [],
    named,
    isNull: true,
  }
}

/** RFC 5321 section 5.1: a domain with an address and no MX is its own mail host. */
function withoutExchange(domain: string, addresses: Answer<HostAddress>): MailHosts {
  const of = { kind: 'MX', name: domain }
  if (addresses.kind === 'temporary')
    return { finding: unknownFinding(of, addresses.reason), hosts: [], named: {}, isNull: false }
  const isHost = addresses.kind === 'records'
  const text = isHost
    ? 'no MX: mail goes to the address of the domain itself'
    : 'no MX and no address: nobody can answer mail of this domain'
  const zoneLines = isHost ? [`${domain}. IN MX 10 ${domain}.`] : [`${domain}. IN MX 0 .`]
  return {
    finding: finding({ ...of, grade: isHost ? 'weak' : 'bad', text, zoneLines }),
    hosts: isHost ? [{ name: domain, addresses }] : [],
    named: addresses,
    isNull: false,
  }
}

function judgeHost({ name, addresses }: MailHost): { readonly grade: Grade; readonly text: string } {
  if (isIP(name)) return { grade: 'bad', text: `${name}: an address, where a name must stand` }
  if (addresses.kind === 'temporary') return { grade: 'unknown', text: `${name}: ${addresses.reason}` }
  if (addresses.kind === 'absent') return { grade: 'bad', text: `${name}: has no address` }
  const texts = addresses.records.map(({ address }) => address)
  const inside = addresses.records.filter(({ address, family }) => isForbiddenAddress(address, family))
  if (inside.length === texts.length) {
    return { grade: 'bad', text: `${name}: ${texts.join(', ')}, which nobody outside can reach` }
  }
  const alias = addresses.canonicalName
  if (alias !== undefined && alias !== name) {
    return {
      grade: 'weak',
      text: `${name}: an alias of ${alias}, which MX must not name (RFC 2181 section 10.3)`,
    }
  }
  return { grade: 'good', text: `${name}: ${texts.join(', ')}` }
}

/** draft-nurpmeso-smtp-tls-srv. */
export async function serviceFinding({ domain, resolver }: DomainFacts): Promise<DomainFinding> {
  const of = { kind: 'SRV', name: `_smtp-tls._tcp.${domain}` }
  const answer = await resolver.srv(of.name)
  if (answer.kind === 'temporary') return unknownFinding(of, answer.reason)
  if (answer.kind === 'absent') {
    return finding({ ...of, grade: 'absent', text: 'no host is announced that takes mail over TLS alone' })
  }
  const found = answer.records.map(({ priority, weight, port, target }) =>
    [priority, weight, port, target || '.'].join(' '),
  )
  const said = { ...of, found, isAuthentic: isValidated(answer) }
  const isNull = answer.records.some(({ target }) => target === '')
  if (isNull) return finding({ ...said, grade: 'good', text: 'the domain takes no mail' })
  const bad = answer.records.find(({ port, target }) => port === 0 || isIP(target) !== 0)
  return bad === undefined
    ? finding({ ...said, grade: 'good', text: 'senders that know SRV come over TLS, or not at all' })
    : finding({ ...said, grade: 'bad', text: `${bad.port} ${bad.target} leads nowhere` })
}

/** RFC 7672, for each mail host on port 25. */
export async function daneFindings(
  { domain, resolver }: DomainFacts,
  { hosts, named }: MailHosts,
): Promise<DomainFinding[]> {
  return Promise.all(
    hosts.map(async ({ name, addresses }) => {
      const of = { kind: 'TLSA', name: `_25._tcp.${name}` }
      const answer = await resolver.tlsa(of.name)
      if (answer.kind === 'temporary') return unknownFinding(of, answer.reason)
      const found =
        answer.kind === 'absent'
          ? []
          : answer.records.map(({ usage, selector, matchingType, association }) =>
              [usage, selector, matchingType, association.toString('hex')].join(' '),
            )
      const said = { ...of, found, isAuthentic: isValidated(answer) }
      const question = { host: name, port: 25, source: 'mx', domain, named, addresses } as const
      const policy = await danePolicy(question, resolver)
      if (policy.kind === 'temporary') return unknownFinding(of, policy.reason)
      return policy.kind === 'dane'
        ? daneFinding(said, policy.records.length)
        : withoutDane(said, policy.kind === 'none' ? policy.reason : 'no DANE')
    }),
  )
}

type Said = Pick<DomainFinding, 'kind' | 'name' | 'found' | 'isAuthentic'>

/** @param usable records that mean something to senders */
function daneFinding(said: Said, usable: number): DomainFinding {
  if (usable > 0)
    return finding({ ...said, grade: 'good', text: 'senders that use DANE demand this certificate' })
  const text = 'no record can be used: senders demand TLS, and no certificate (RFC 7672 section 2.2)'
  return finding({ ...said, grade: 'weak', text })
}

function withoutDane(said: Said, reason: string): DomainFinding {
  return finding({ ...said, grade: said.found.length > 0 ? 'weak' : 'absent', text: reason })
}
